"""Intuit's OAuth 2.0 on one origin: token, revoke, discovery, key set, userinfo."""

import base64
import binascii

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import identity, wire
from sandbox.authorize import AUTHORIZE, authorize
from sandbox.entrance import bearer
from sandbox.grants import Grant, Issued
from sandbox.scopes import MEANINGS, OPENID
from sandbox.tokens import InvalidGrant
from sandbox.wire import Document
from sandbox.world import Client, World

TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
REVOKE = "/v2/oauth2/tokens/revoke"
USERINFO = "/v1/openid_connect/userinfo"
KEYS = "/op/v1/jwks"
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"
CLAIMS = ("sub", "aud", "iss", "exp", "iat", "auth_time", "realmid", "nonce")


async def token(request: Request) -> Response:
    """Trade a code or a refresh token for tokens."""
    world: World = request.app.state.world
    form = await request.form()
    doubled = [name for name in form if len(form.getlist(name)) > 1]
    client = _client(world, request, form)
    if client is None:
        return _error(401, "invalid_client")
    grant_type = _text(form, "grant_type")
    needed = {"authorization_code": ("code", "redirect_uri"), "refresh_token": ("refresh_token",)}.get(grant_type)
    if needed is None:
        return _error(400, "unsupported_grant_type" if grant_type else "invalid_request")
    if doubled or not all(_text(form, name) for name in needed):
        return _error(400, "invalid_request")
    try:
        grant, issued = _trade(world, client, form)
    except InvalidGrant as refusal:
        return _error(400, "invalid_grant", str(refusal))
    request.scope["sandbox.realm"] = grant.realm_id or None
    # The tokens are spent by now; losing this answer is what leaves a client with a value that no longer works.
    request.scope["sandbox.cut"] = world.mischief.loses_token_answer(grant.realm_id)
    return _json(_token_body(world, request, grant, issued))


async def revoke(request: Request) -> Response:
    """End the consent behind a token."""
    world: World = request.app.state.world
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    form = await request.form() if is_form else FormData()
    client = _client(world, request, form)
    if client is None:
        return _error(401, "invalid_client")
    try:
        body = {"token": _text(form, "token")} if is_form else wire.decode(await request.body())
    except msgspec.DecodeError:
        return _error(400, "invalid_request")
    token_value = body.get("token") if isinstance(body, dict) else None
    revoked = isinstance(token_value, str) and world.tokens.revoke(token_value, client.client_id)
    return Response(status_code=200) if revoked else _error(400, "invalid_request", "Token invalid")


async def discovery(request: Request) -> Response:
    """Answer the discovery document with this sandbox's own addresses."""
    origin = _origin(request)
    document = {
        "issuer": _issuer(request),
        "authorization_endpoint": origin + AUTHORIZE,
        "token_endpoint": origin + TOKEN,
        "userinfo_endpoint": origin + USERINFO,
        "revocation_endpoint": origin + REVOKE,
        "jwks_uri": origin + KEYS,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": list(MEANINGS),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": list(CLAIMS),
    }
    return _json(document)


async def key_set(request: Request) -> Response:
    """Answer the public keys that id_tokens are signed with."""
    world: World = request.app.state.world
    return _json(world.signer.key_set())


async def userinfo(request: Request) -> Response:
    """Say who the user is, as far as the token's scopes go."""
    world: World = request.app.state.world
    access = world.tokens.find(bearer(request))
    if access is None or OPENID not in access.scope.split():
        refusal = _error(401, "invalid_token", "Token invalid")
        refusal.headers["WWW-Authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
        return refusal
    return _json(identity.user(world.tokens.grant_of(access)))


routes = [
    Route(AUTHORIZE, authorize, methods=["GET", "POST"]),
    Route(TOKEN, token, methods=["POST"]),
    Route(REVOKE, revoke, methods=["POST"]),
    Route(USERINFO, userinfo),
    Route(KEYS, key_set),
    Route("/.well-known/openid_configuration", discovery),
    Route("/.well-known/openid_sandbox_configuration", discovery),
]


def _origin(request: Request) -> str:
    world: World = request.app.state.world
    return world.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")


def _issuer(request: Request) -> str:
    return f"{_origin(request)}/op/v1"


def _client(world: World, request: Request, form: FormData) -> Client | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return world.client(_text(form, "client_id"), _text(form, "client_secret"))
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return world.client(client_id, secret)


def _trade(world: World, client: Client, form: FormData) -> tuple[Grant, Issued]:
    if _text(form, "grant_type") == "authorization_code":
        return world.tokens.exchange(_text(form, "code"), client.client_id, _text(form, "redirect_uri"))
    grant, issued = world.tokens.refresh(_text(form, "refresh_token"), client.client_id)
    world.log.count_refresh(grant.realm_id or "none")
    return grant, issued


def _token_body(world: World, request: Request, grant: Grant, issued: Issued) -> Document:
    body: Document = msgspec.structs.asdict(issued)
    hard_end = body.pop("hard_expires_in")
    if request.headers.get(HARD_EXPIRY_HEADER) == "true":
        body["x_refresh_token_hard_expires_in"] = hard_end
    if OPENID in grant.scope.split():
        issuer, now = _issuer(request), world.clock.now()
        body["id_token"] = world.signer.id_token(grant, issuer, now, issued.expires_in)
    return body


def _json(body: Document) -> Response:
    return Response(wire.encode(body), media_type="application/json", headers={"Cache-Control": "no-store"})


def _error(status: int, error: str, description: str | None = None) -> Response:
    body = {"error": error} | ({"error_description": description} if description else {})
    return Response(wire.encode(body), status, media_type="application/json")


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""

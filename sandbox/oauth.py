"""Intuit's OAuth 2.0 on one origin: authorize, token, revoke, discovery."""

import base64
import binascii
from urllib.parse import urlencode

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import wire
from sandbox.consent import consent_page, refusal_page
from sandbox.tokens import InvalidGrant, Issued
from sandbox.world import SCOPES, Client, World

AUTHORIZE = "/connect/oauth2"
TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
REVOKE = "/v2/oauth2/tokens/revoke"
ASKED = ("client_id", "redirect_uri", "scope", "response_type", "state", "claims")
"""Parameters of the authorization request that the consent form carries along."""
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"
HARD_EXPIRY_SECONDS = 157_680_000
"""Five years, the hard cap on every grant."""


async def authorize(request: Request) -> Response:
    """Show the consent page, or answer at once when a decision comes along."""
    world: World = request.app.state.world
    given: dict[str, str] = dict(request.query_params)
    if request.method == "POST":
        given = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    client = world.clients.get(given.get("client_id", ""))
    redirect_uri = given.get("redirect_uri", "")
    if client is None or redirect_uri not in client.redirect_uris:
        return HTMLResponse(refusal_page(_why_not(client, redirect_uri)), 400)
    if given.get("response_type") != "code":
        return _back(given, {"error": "unsupported_response_type"})
    scopes = given.get("scope", "").split()
    if not scopes or any(scope not in SCOPES for scope in scopes):
        return _back(given, {"error": "invalid_scope"})
    return _decide(world, client, given, _decision(world, request, given))


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
        realm_id, issued = _trade(world, client, form)
    except InvalidGrant as refusal:
        return _error(400, "invalid_grant", str(refusal))
    request.scope["sandbox.realm"] = realm_id
    return Response(_token_body(issued, request), media_type="application/json", headers={"Cache-Control": "no-store"})


async def revoke(request: Request) -> Response:
    """End the consent behind a token."""
    world: World = request.app.state.world
    client = _client(world, request, FormData())
    if client is None:
        return _error(401, "invalid_client")
    try:
        body = wire.decode(await request.body())
    except msgspec.DecodeError:
        return _error(400, "invalid_request")
    token_value = body.get("token") if isinstance(body, dict) else None
    revoked = isinstance(token_value, str) and world.tokens.revoke(token_value, client.client_id)
    return Response(status_code=200) if revoked else _error(400, "invalid_request", "Token invalid")


async def discovery(request: Request) -> Response:
    """Answer the discovery document with this sandbox's own addresses."""
    world: World = request.app.state.world
    origin = world.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    document = {
        "issuer": f"{origin}/op/v1",
        "authorization_endpoint": origin + AUTHORIZE,
        "token_endpoint": origin + TOKEN,
        "revocation_endpoint": origin + REVOKE,
        "response_types_supported": ["code"],
        "scopes_supported": list(SCOPES),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    }
    return Response(wire.encode(document), media_type="application/json")


routes = [
    Route(AUTHORIZE, authorize, methods=["GET", "POST"]),
    Route(TOKEN, token, methods=["POST"]),
    Route(REVOKE, revoke, methods=["POST"]),
    Route("/.well-known/openid_configuration", discovery),
    Route("/.well-known/openid_sandbox_configuration", discovery),
]


def _decision(world: World, request: Request, given: dict[str, str]) -> str | None:
    """Find the decision: the form's button, or what a test sends along with the request."""
    if given.get("sandbox_approve") == "1" or world.settings.auto_approve:
        return "approve"
    headers = request.headers
    return given.get("sandbox_decision") or headers.get("sandbox_decision") or headers.get("sandbox-decision")


def _decide(world: World, client: Client, given: dict[str, str], decision: str | None) -> Response:
    realm_id = given.get("sandbox_realm") or world.settings.default_realm
    if not world.is_realm(realm_id):
        return HTMLResponse(refusal_page("sandbox_realm must be a company id: 4 to 20 digits."), 400)
    if decision is None:
        asked = {name: given[name] for name in ASKED if name in given}
        return HTMLResponse(consent_page(client, asked, _companies(world, realm_id), realm_id))
    if decision != "approve":
        return _back(given, {"error": "access_denied"})
    world.company(realm_id)
    code = world.tokens.authorize(client.client_id, given["redirect_uri"], realm_id, given["scope"])
    return _back(given, {"code": code, "realmId": realm_id})


def _companies(world: World, chosen: str) -> list[tuple[str, str]]:
    realms = {world.settings.default_realm: None, chosen: None, **dict.fromkeys(world.companies)}
    return [(realm, _company_name(world, realm)) for realm in realms]


def _company_name(world: World, realm_id: str) -> str:
    # Looking at the page must not open a company for every number in an address.
    books = world.companies.get(realm_id)
    document = books.find("CompanyInfo", "1") if books else None
    return str(document["CompanyName"]) if document else f"New company from the seed {world.settings.default_seed}"


def _back(given: dict[str, str], answer: dict[str, str]) -> Response:
    state = {"state": given["state"]} if "state" in given else {}
    redirect_uri = given["redirect_uri"]
    joint = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode({**answer, **state})}", 302)


def _why_not(client: Client | None, redirect_uri: str) -> str:
    if client is None:
        return "No app with this client_id is registered with the sandbox. Check SANDBOX_CLIENT_ID."
    return (
        f"The redirect_uri {redirect_uri or '(none)'} is not registered for {client.name}. It must match exactly; "
        "add it to SANDBOX_REDIRECT_URIS."
    )


def _client(world: World, request: Request, form: FormData) -> Client | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return world.client(_text(form, "client_id"), _text(form, "client_secret"))
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return world.client(client_id, secret)


def _trade(world: World, client: Client, form: FormData) -> tuple[str, Issued]:
    if _text(form, "grant_type") == "authorization_code":
        return world.tokens.exchange(_text(form, "code"), client.client_id, _text(form, "redirect_uri"))
    realm_id, issued = world.tokens.refresh(_text(form, "refresh_token"), client.client_id)
    world.log.count_refresh(realm_id)
    return realm_id, issued


def _token_body(issued: Issued, request: Request) -> bytes:
    body = msgspec.structs.asdict(issued)
    if request.headers.get(HARD_EXPIRY_HEADER) == "true":
        body["x_refresh_token_hard_expires_in"] = HARD_EXPIRY_SECONDS
    return wire.encode(body)


def _error(status: int, error: str, description: str | None = None) -> Response:
    body = {"error": error} | ({"error_description": description} if description else {})
    return Response(wire.encode(body), status, media_type="application/json")


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""

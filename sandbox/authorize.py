"""The authorization endpoint: a person, or a test, lets an app into a company."""

from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox import scopes
from sandbox.consent import consent_page, refusal_page
from sandbox.world import Client, World

AUTHORIZE = "/connect/oauth2"
ASKED = ("client_id", "redirect_uri", "scope", "response_type", "state", "claims", "nonce")
"""Parameters of the authorization request that the consent form carries along."""


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
    if scopes.unknown(given.get("scope", "")):
        return _back(given, {"error": "invalid_scope"})
    return _decide(world, client, given, _decision(world, request, given))


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
    if not scopes.has_realm(given["scope"]):
        code = world.tokens.authorize(client.client_id, given["redirect_uri"], "", given["scope"], _claims(given))
        return _back(given, {"code": code})
    world.company(realm_id)
    code = world.tokens.authorize(client.client_id, given["redirect_uri"], realm_id, given["scope"], _claims(given))
    return _back(given, {"code": code, "realmId": realm_id})


def _claims(given: dict[str, str]) -> dict[str, str]:
    """Read what the app wants repeated in the id_token: its nonce, from `nonce` or from a JSON `claims` request."""
    if "nonce" in given:
        return {"nonce": given["nonce"]}
    try:
        asked = msgspec.json.decode(given.get("claims", "{}"))
        nonce = asked["id_token"]["nonce"]["value"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return {}
    return {"nonce": str(nonce)}


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

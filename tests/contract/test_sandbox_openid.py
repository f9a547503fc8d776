"""OpenID Connect and the hard corners of token life, as a client meets them over HTTP."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest

from sandbox.app import SandboxApp, build_app
from sandbox.settings import RefreshRotation, SandboxSettings
from tests.unit.sandbox.sandbox_served import BASIC, REDIRECT, SCOPE, code_for, exchanged, token_call

pytestmark = pytest.mark.anyio

EVERYTHING = f"{SCOPE} openid profile email phone address"
DAY = 24 * 3600
LOST = {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}


@pytest.fixture
def app() -> SandboxApp:
    return build_app(SandboxSettings())


@pytest.fixture
async def http(app: SandboxApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


def client_of(app: SandboxApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox.test")


async def company(http: httpx2.AsyncClient) -> dict[str, Any]:
    made: dict[str, Any] = (await http.post("/_sandbox/companies", json={})).json()
    return made


async def refreshed(http: httpx2.AsyncClient, token: str, **headers: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await http.post("/oauth2/v1/tokens/bearer", data=form, auth=BASIC, headers=headers)


async def userinfo(http: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await http.get("/v1/openid_connect/userinfo", headers={"Authorization": f"Bearer {token}"})


async def test_an_id_token_verifies_with_the_key_set_that_discovery_names(http: httpx2.AsyncClient) -> None:
    """An independent library checks it: signature, audience, issuer, expiry."""
    found = (await http.get("/.well-known/openid_sandbox_configuration")).json()
    keys = (await http.get(found["jwks_uri"])).json()["keys"]
    realm_id, issued = await exchanged(http, scope=EVERYTHING, nonce="n-1")
    key = next(key for key in keys if key["kid"] == jwt.get_unverified_header(issued["id_token"])["kid"])
    claims = jwt.decode(
        issued["id_token"], jwt.PyJWK(key), algorithms=["RS256"], audience=BASIC[0], issuer=found["issuer"]
    )
    assert (claims["realmid"], claims["aud"], claims["nonce"]) == (realm_id, [BASIC[0]], "n-1")
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["sub"] == (await userinfo(http, issued["access_token"])).json()["sub"]


async def test_the_key_keeps_its_leading_zeros_out_of_the_set(http: httpx2.AsyncClient) -> None:
    """RFC 7518 wants the shortest form of the numbers."""
    key = (await http.get("/op/v1/jwks")).json()["keys"][0]
    modulus = base64.urlsafe_b64decode(key["n"] + "==")
    assert (len(modulus), modulus[0] != 0, key["e"]) == (256, True, "AQAB")


@pytest.mark.parametrize(
    ("scope", "members"),
    [
        ("openid", {"sub"}),
        ("openid email", {"sub", "email", "emailVerified"}),
        ("openid profile phone", {"sub", "givenName", "familyName", "phoneNumber", "phoneNumberVerified"}),
        (EVERYTHING, {"sub", "email", "emailVerified", "givenName", "familyName", "address"}),
    ],
)
async def test_userinfo_tells_what_the_scopes_allow(http: httpx2.AsyncClient, scope: str, members: set[str]) -> None:
    """A client must not come to rely on what it did not ask for."""
    given = await code_for(http, scope=scope)
    answer = await token_call(http, grant_type="authorization_code", code=given["code"], redirect_uri=REDIRECT)
    told = (await userinfo(http, answer.json()["access_token"])).json()
    assert members <= set(told)
    assert ("email" in told) is ("email" in scope)


async def test_scopes_without_a_company_bring_no_realm_and_open_no_books(http: httpx2.AsyncClient) -> None:
    """Signing in with Intuit is not connecting a company."""
    given = await code_for(http, scope="openid email")
    assert "realmId" not in given
    answer = await token_call(http, grant_type="authorization_code", code=given["code"], redirect_uri=REDIRECT)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}", "Accept": "application/json"}
    read = await http.get("/v3/company/9130347596842560/invoice/102", headers=headers)
    assert (read.status_code, read.json()["fault"]["error"][0]["code"]) == (403, "3100")


async def test_the_payment_scope_alone_does_not_open_the_books(http: httpx2.AsyncClient) -> None:
    """It has a realm, but accounting is another scope."""
    realm_id, issued = await exchanged(http, scope="com.intuit.quickbooks.payment")
    headers = {"Authorization": f"Bearer {issued['access_token']}", "Accept": "application/json"}
    assert (await http.get(f"/v3/company/{realm_id}/invoice/102", headers=headers)).status_code == 403


async def test_userinfo_refuses_a_token_without_openid_or_none_at_all(http: httpx2.AsyncClient) -> None:
    """401 is the only refusal it has."""
    made = await company(http)
    assert (await userinfo(http, made["access_token"])).status_code == 401
    assert (await http.get("/v1/openid_connect/userinfo")).status_code == 401


async def test_five_years_after_consent_no_refresh_helps(http: httpx2.AsyncClient) -> None:
    """The hard end is told on request, shortens the rolling one, and then holds."""
    token = (await company(http))["refresh_token"]
    asked = {"x-include-refresh-token-hard-expires-in": "true"}
    first = (await refreshed(http, token, **asked)).json()
    assert 157_680_000 - 60 <= first["x_refresh_token_hard_expires_in"] <= 157_680_000
    token = first["refresh_token"]
    for _ in range(18):
        await http.post("/_sandbox/clock", json={"advance_seconds": 100 * DAY})
        token = (await refreshed(http, token)).json()["refresh_token"]
    last = (await refreshed(http, token, **asked)).json()
    assert last["x_refresh_token_expires_in"] == last["x_refresh_token_hard_expires_in"] <= 25 * DAY
    await http.post("/_sandbox/clock", json={"advance_seconds": 26 * DAY})
    assert (await refreshed(http, token)).json() == LOST


async def test_a_refresh_token_that_nobody_uses_for_101_days_is_dead(http: httpx2.AsyncClient) -> None:
    """Each refresh starts the time anew; silence ends it."""
    token = (await company(http))["refresh_token"]
    await http.post("/_sandbox/clock", json={"advance_seconds": 100 * DAY})
    token = (await refreshed(http, token)).json()["refresh_token"]
    await http.post("/_sandbox/clock", json={"advance_seconds": 101 * DAY})
    assert (await refreshed(http, token)).json() == LOST


async def test_the_slower_of_two_refreshes_loses_after_a_rotation(http: httpx2.AsyncClient) -> None:
    """Two processes with one token: the second one finds its value replaced, as it would at Intuit."""
    made = await company(http)
    rotated = await http.post(f"/_sandbox/companies/{made['realm_id']}/rotate_tokens")
    assert rotated.json() == {"access": 0, "refresh": 1}
    lost = await refreshed(http, made["refresh_token"])
    assert (lost.status_code, lost.json()) == (400, LOST)


async def test_a_lost_token_answer_leaves_a_client_with_a_dead_token() -> None:
    """The endpoint has replaced the token and the client never hears of it: it must ask its owner to connect again."""
    app = build_app(SandboxSettings(refresh_rotation=RefreshRotation.EVERY_REFRESH))
    async with client_of(app) as http:
        made, other = await company(http), await company(http)
        await http.post("/_sandbox/faults", json={"lost_token_answer": True, "realm_id": made["realm_id"]})
        assert (await refreshed(http, other["refresh_token"])).status_code == 200
        with pytest.raises(ConnectionAbortedError):
            await refreshed(http, made["refresh_token"])
        assert (await refreshed(http, made["refresh_token"])).json() == LOST
        assert (await http.get("/_sandbox/faults")).json() == {"faults": []}


async def test_the_next_access_token_of_a_realm_lives_as_long_as_ordered(http: httpx2.AsyncClient) -> None:
    """A test of expiry in the middle of a task needs a short token once, from the first consent on."""
    ordered = await http.post("/_sandbox/companies/123456789/next_token", json={"expires_in": 5})
    assert ordered.json() == {"expires_in": 5}
    _, issued = await exchanged(http, sandbox_realm="123456789")
    assert issued["expires_in"] == 5
    await http.post("/_sandbox/clock", json={"advance_seconds": 6})
    headers = {"Authorization": f"Bearer {issued['access_token']}", "Accept": "application/json"}
    assert (await http.get("/v3/company/123456789/invoice/102", headers=headers)).status_code == 401
    assert (await refreshed(http, issued["refresh_token"])).json()["expires_in"] == 3600


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_either_token_ends_both(http: httpx2.AsyncClient, which: str) -> None:
    """A person who disconnects expects nothing to be left."""
    made = await company(http)
    revoked = await http.post("/v2/oauth2/tokens/revoke", json={"token": made[which]}, auth=BASIC)
    assert revoked.status_code == 200
    headers = {"Authorization": f"Bearer {made['access_token']}", "Accept": "application/json"}
    assert (await http.get(f"/v3/company/{made['realm_id']}/invoice/102", headers=headers)).status_code == 401
    assert (await refreshed(http, made["refresh_token"])).json() == LOST


async def test_expired_access_tokens_are_forgotten(http: httpx2.AsyncClient, app: SandboxApp) -> None:
    """A refresh a minute for a year must not fill the memory."""
    made = await company(http)
    for _ in range(600):
        app.world.clock.advance(timedelta(minutes=61))
        await refreshed(http, (made := made | (await refreshed(http, made["refresh_token"])).json())["refresh_token"])
    assert len(app.world.tokens.state.access) <= 300

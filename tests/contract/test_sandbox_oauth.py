"""The sandbox's OAuth over real HTTP: consent, tokens, rotation, revocation, discovery."""

import httpx2
import pytest

from sandbox.app import build_app
from sandbox.settings import RefreshRotation, SandboxSettings
from tests.unit.sandbox.sandbox_served import (
    BASIC,
    REDIRECT,
    SCOPE,
    Realm,
    code_for,
    exchanged,
    http,
    origin,
    realm,
    token_call,
)

__all__ = ["http", "origin", "realm"]
"""Fixtures that pytest finds by name."""

pytestmark = pytest.mark.anyio


async def test_the_dance_ends_with_tokens_that_open_the_chosen_company(http: httpx2.AsyncClient) -> None:
    """Discovery, consent, code, token, read: what the connect flow does, with only the origin known."""
    found = (await http.get("/.well-known/openid_configuration")).json()
    assert found["token_endpoint"] == f"{str(http.base_url).rstrip('/')}/oauth2/v1/tokens/bearer"
    given = await code_for(http, sandbox_realm="123456789")
    assert (given["realmId"], given["state"]) == ("123456789", "s&1")
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": REDIRECT}
    issued = (await http.post(found["token_endpoint"], data=form, auth=BASIC)).json()
    assert (issued["token_type"], issued["expires_in"], issued["x_refresh_token_expires_in"]) == (
        "bearer",
        3600,
        8726400,
    )
    headers = {"Authorization": f"Bearer {issued['access_token']}", "Accept": "application/json"}
    company = (await http.get("/v3/company/123456789/companyinfo/123456789", headers=headers)).json()
    assert company["CompanyInfo"]["CompanyName"] == "Quillfeather Consulting"
    again = await http.post(found["token_endpoint"], data=form, auth=BASIC)
    assert (again.status_code, again.json()["error_description"]) == (400, "Invalid authorization code")


async def test_the_consent_page_names_app_scope_and_company_and_escapes_what_it_shows(http: httpx2.AsyncClient) -> None:
    """A person decides on this page, so it must not be made to say something else."""
    asked = {"client_id": BASIC[0], "scope": SCOPE, "redirect_uri": REDIRECT, "response_type": "code"}
    page = await http.get("/connect/oauth2", params=asked | {"state": '"><script>'})
    assert page.status_code == 200
    for words in ("Connect Daybook", "Read and change the books", "Quillfeather Consulting", "Approve", "Refuse"):
        assert words in page.text
    assert "<script>" not in page.text
    form = asked | {"state": "s", "sandbox_decision": "refuse", "sandbox_realm": "9130347596842560"}
    refused = await http.post("/connect/oauth2", data=form)
    assert refused.headers["location"] == f"{REDIRECT}?error=access_denied&state=s"


@pytest.mark.parametrize(
    "wrong", [{"redirect_uri": f"{REDIRECT}/"}, {"client_id": "stranger"}, {"sandbox_realm": "abc"}]
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    http: httpx2.AsyncClient, wrong: dict[str, str]
) -> None:
    """An open redirect would hand the code to whoever asked."""
    asked = {"client_id": BASIC[0], "scope": SCOPE, "redirect_uri": REDIRECT, "response_type": "code"}
    answer = await http.get("/connect/oauth2", params=asked | {"sandbox_decision": "approve"} | wrong)
    assert (answer.status_code, answer.headers.get("location")) == (400, None)


async def test_an_unknown_scope_is_sent_back_as_such(http: httpx2.AsyncClient) -> None:
    """Intuit answers invalid_scope to the redirect address."""
    asked = {"client_id": BASIC[0], "scope": "everything", "redirect_uri": REDIRECT, "response_type": "code"}
    answer = await http.get("/connect/oauth2", params=asked)
    assert answer.headers["location"] == f"{REDIRECT}?error=invalid_scope"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT}, 400, "invalid_grant"),
    ],
)
async def test_a_token_call_is_refused_as_intuit_refuses_it(
    http: httpx2.AsyncClient, form: dict[str, str], status: int, error: str
) -> None:
    """Clients decide by `error` whether a company must be reconnected."""
    answer = await http.post("/oauth2/v1/tokens/bearer", data=form, auth=BASIC)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    wrong = await http.post("/oauth2/v1/tokens/bearer", data=form, auth=("sandbox-client", "guess"))
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})


async def test_with_rotation_at_every_refresh_a_value_works_once() -> None:
    """Keeping the older of two values disconnects the company; the strictest setting shows it at once."""
    app = build_app(SandboxSettings(refresh_rotation=RefreshRotation.EVERY_REFRESH))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox.test") as http:
        realm_id, issued = await exchanged(http)
        first = (await token_call(http, grant_type="refresh_token", refresh_token=issued["refresh_token"])).json()
        assert first["refresh_token"] != issued["refresh_token"]
        spent = await token_call(http, grant_type="refresh_token", refresh_token=issued["refresh_token"])
        assert spent.json() == {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
        second = await token_call(http, grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert second.status_code == 200
        counted = (await http.get("/_sandbox/counters")).json()
        assert counted["refreshes"][realm_id] == 2


async def test_daily_rotation_keeps_a_value_for_a_day() -> None:
    """Intuit's documented habit, and the default: the same value within 24 hours, a new one after."""
    app = build_app(SandboxSettings())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox.test") as http:
        _, issued = await exchanged(http)
        same = (await token_call(http, grant_type="refresh_token", refresh_token=issued["refresh_token"])).json()
        assert same["refresh_token"] == issued["refresh_token"]
        await http.post("/_sandbox/clock", json={"advance_seconds": 24 * 3600})
        new = (await token_call(http, grant_type="refresh_token", refresh_token=issued["refresh_token"])).json()
        assert new["refresh_token"] != issued["refresh_token"]


async def test_revoking_either_token_ends_both(realm: Realm) -> None:
    """Disconnecting must leave nothing that opens the company."""
    answer = await realm.http.post("/v2/oauth2/tokens/revoke", json={"token": realm.refresh}, auth=BASIC)
    assert answer.status_code == 200
    assert (await realm.get("invoice/102")).status_code == 401
    again = await realm.http.post("/v2/oauth2/tokens/revoke", json={"token": realm.refresh}, auth=BASIC)
    assert again.status_code == 400


async def test_tokens_end_when_told_to(realm: Realm) -> None:
    """Expiry is what a client must survive, so a test can bring it on."""
    path = f"/_sandbox/companies/{realm.id}/expire_tokens"
    assert (await realm.http.post(path, json={"access": True})).json() == {"access": 1, "refresh": 0}
    expired = await realm.get("invoice/102")
    assert expired.status_code == 401
    assert expired.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    error = expired.json()["fault"]["error"][0]
    assert (error["code"], expired.json()["fault"]["type"]) == ("3200", "AUTHENTICATION")
    assert (await realm.http.post(path, json={"refresh": True})).status_code == 200
    dead = await token_call(realm.http, grant_type="refresh_token", refresh_token=realm.refresh)
    assert dead.json()["error"] == "invalid_grant"


async def test_a_token_opens_its_own_company_only(realm: Realm) -> None:
    """3100 is what a wrong realm gets; the books of others stay shut."""
    answer = await realm.http.get("/v3/company/9130347596842560/invoice/102", headers=realm.headers())
    assert answer.status_code == 403
    assert answer.json()["fault"]["error"][0]["code"] == "3100"

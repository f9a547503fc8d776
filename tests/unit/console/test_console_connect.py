"""A company is linked by the person who meant to link it, and nobody learns the keys on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import grpc
import pytest

from services.console.connect import bound_state, prefers_json
from services.console.model import ConnectAnswer
from tests.unit.console.console_fakes import REALM, Console, open_console, remote

pytestmark = pytest.mark.anyio

BROWSER = {"Origin": "http://127.0.0.1:8704"}


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    async with open_console() as opened:
        yield opened


def state_in(url: str) -> str:
    """The state that Intuit would see."""
    return parse_qs(urlsplit(url).query)["state"][0]


async def test_a_script_gets_an_address_that_any_browser_may_finish(console: Console) -> None:
    """`daybook connect` has no browser of its own; the single-use state is the key."""
    begun = await console.client.post("/connect")
    url = begun.json()["authorize_url"]
    ended = await console.client.get(
        "/connect/callback", params={"state": state_in(url), "code": "c", "realmId": REALM}
    )
    assert ("set-cookie" in begun.headers, begun.json()["expires_at"]) == (False, "2026-11-22T12:10:00Z")
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == ["http://127.0.0.1:8704/connect/callback"]
    assert console.auth.finished == [ConnectAnswer(state="real-state", code="c", realm_id=REALM, oauth_error="")]
    assert (ended.status_code, "Hollow Pine Services" in ended.text) == (200, True)


async def test_the_address_in_errors_tells_a_person_what_to_do(console: Console) -> None:
    """CONNECTION_EXPIRED links here; whoever follows the link has no API token at hand."""
    page = await console.client.get("/connect", headers={"Authorization": ""})
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "daybook connect" in page.text


async def test_a_browser_keeps_the_real_state_in_its_cookie(console: Console) -> None:
    """The address that passes through Intuit, histories and proxies must not be enough to finish the attempt."""
    begun = await console.client.post("/connect", headers=BROWSER)
    cookie = begun.headers["set-cookie"]
    state = state_in(begun.json()["authorize_url"])
    assert (state, "real-state" in begun.text) == (bound_state("real-state"), False)
    assert cookie == "daybook_connect=real-state; HttpOnly; Max-Age=600; Path=/; SameSite=lax"
    ended = await console.client.get("/connect/callback", params={"state": state, "code": "c", "realmId": REALM})
    assert (ended.status_code, console.auth.finished[0].state) == (200, "real-state")
    assert "Max-Age=0" in ended.headers["set-cookie"]


@pytest.mark.parametrize("cookie", [None, "other-state", ""])
async def test_another_browser_cannot_finish_it(console: Console, cookie: str | None) -> None:
    """Otherwise somebody could link their own company into another person's session."""
    begun = await console.client.post("/connect", headers=BROWSER)
    console.client.cookies.clear()
    headers = {} if cookie is None else {"Cookie": f"daybook_connect={cookie}"}
    query = {"state": state_in(begun.json()["authorize_url"]), "code": "c", "realmId": REALM}
    ended = await console.client.get("/connect/callback", params=query, headers=headers)
    assert (ended.status_code, console.auth.finished) == (400, [])
    assert "not begun in this browser" in ended.text


async def test_over_https_the_cookie_is_bound_to_tls_and_host() -> None:
    """A neighbour on the same domain, or on the wire, must not plant or read it."""
    async with open_console(public_url="https://console.test", allowed_hosts=("console.test",)) as console:
        begun = await console.client.post("/connect", headers=BROWSER)
        assert begun.headers["set-cookie"].startswith("__Host-daybook_connect=real-state; HttpOnly;")
        assert "; Secure" in begun.headers["set-cookie"]


async def test_beginning_needs_a_token(console: Console) -> None:
    """Only those who may manage connections may begin one."""
    del console.client.headers["authorization"]
    answer = await console.client.post("/connect", headers=BROWSER)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": "c", "realmId": REALM},
        {"state": "s", "realmId": REALM},
        {"state": "s", "code": "c"},
        {"state": "s", "code": "c", "realmId": "<script>"},
        {"state": "s" * 201, "code": "c", "realmId": REALM},
        {"state": "s", "code": "c" * 513, "realmId": REALM},
    ],
)
async def test_a_redirect_that_intuit_would_not_send_is_refused(console: Console, query: dict[str, str]) -> None:
    """Nothing of the address is said again: it may be somebody's attempt to put words into the page."""
    answer = await console.client.get("/connect/callback", params=query)
    assert (answer.status_code, console.auth.finished, "<script>" in answer.text) == (400, [], False)
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_refusal_is_told_to_auth_and_shown(console: Console) -> None:
    """The attempt must end even when the person said no."""
    console.auth.fails_with = [remote(grpc.StatusCode.FAILED_PRECONDITION, "CONNECT_REFUSED", "the person refused")]
    answer = await console.client.get("/connect/callback", params={"state": "s", "error": "access_denied"})
    assert console.auth.finished == [ConnectAnswer(state="s", code="", realm_id="", oauth_error="access_denied")]
    assert (answer.status_code, "The person refused." in answer.text) == (400, True)


async def test_a_used_state_is_a_clear_page_without_code_or_state(console: Console) -> None:
    """Reloading the page is the usual cause."""
    console.auth.fails_with = [
        remote(grpc.StatusCode.FAILED_PRECONDITION, "CONNECT_STATE_INVALID", "used; begin again")
    ]
    query = {"state": "state-5521", "code": "code-7781", "realmId": REALM}
    answer = await console.client.get("/connect/callback", params=query)
    assert (answer.status_code, "Used; begin again." in answer.text) == (400, True)
    assert not [secret for secret in query.values() if secret in answer.text]


async def test_a_page_runs_nothing_and_loads_nothing(console: Console) -> None:
    """Its address carries what Intuit sent; no script or picture may learn it."""
    answer = await console.client.get("/connect/callback")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert (answer.headers["referrer-policy"], answer.headers["x-content-type-options"]) == ("no-referrer", "nosniff")


async def test_a_script_may_have_the_end_as_json(console: Console) -> None:
    """`daybook up` follows the redirect itself."""
    query = {"state": "s", "code": "c", "realmId": REALM}
    answer = await console.client.get("/connect/callback", params=query, headers={"Accept": "application/json"})
    console.auth.fails_with = [remote(grpc.StatusCode.UNAVAILABLE, "INTUIT_UNAVAILABLE")]
    failed = await console.client.get("/connect/callback", params=query, headers={"Accept": "application/json"})
    assert (answer.json()["id"], failed.status_code, failed.json()["reason"]) == (REALM, 503, "INTUIT_UNAVAILABLE")


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/json;q=0.9", False),
        ("application/json", True),
        ("application/json, text/html", True),
    ],
)
def test_browsers_get_html(accept: str, is_json: bool) -> None:
    """People read pages, programs ask for JSON."""
    assert prefers_json(accept) is is_json

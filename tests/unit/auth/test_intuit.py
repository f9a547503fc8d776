"""What Intuit's OAuth endpoints are sent, and what their answers mean."""

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from chassis.settings import Secret
from services.auth.errors import GrantRefused, IntuitThrottled, IntuitUnavailable
from services.auth.intuit import IntuitOAuth
from services.auth.model import TokenAnswer

pytestmark = pytest.mark.anyio

TOKENS = {
    "token_type": "bearer",
    "access_token": "access-secret",
    "expires_in": 3600,
    "refresh_token": "refresh-secret",
    "x_refresh_token_expires_in": 8726400,
}


def intuit(answer: Callable[[httpx2.Request], httpx2.Response]) -> IntuitOAuth:
    """Intuit's endpoints, answering so."""
    return IntuitOAuth(
        "client",
        Secret("client-secret"),
        authorize_url="https://intuit.example/connect",
        token_url="https://intuit.example/tokens",
        revoke_url="https://intuit.example/revoke",
        scopes=("accounting", "openid"),
        transport=httpx2.MockTransport(answer),
    )


def always(status: int, body: object = None, **headers: str) -> Callable[[httpx2.Request], httpx2.Response]:
    """The same answer to everything."""
    return lambda _: httpx2.Response(status, json=body, headers=headers)


async def test_a_refresh_is_a_form_with_the_apps_credentials_in_the_header() -> None:
    """The secret stays out of addresses and bodies, which proxies log."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=TOKENS)

    got = await intuit(answer).refresh(Secret("old-refresh"))
    assert got == TokenAnswer(
        access_token=Secret("access-secret"),
        access_lifetime=timedelta(hours=1),
        refresh_token=Secret("refresh-secret"),
        refresh_lifetime=timedelta(days=101),
    )
    assert str(seen[0].url) == "https://intuit.example/tokens"
    assert seen[0].headers["authorization"] == "Basic " + base64.b64encode(b"client:client-secret").decode()
    assert parse_qs(seen[0].content.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["old-refresh"]}


async def test_the_authorize_page_is_asked_for_everything_it_needs() -> None:
    """Intuit compares the redirect address to the letter."""
    url = intuit(always(500)).authorize_url("https://console.example/back?a=b", Secret("state"))
    assert url.startswith("https://intuit.example/connect?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["client"],
        "response_type": ["code"],
        "scope": ["accounting openid"],
        "redirect_uri": ["https://console.example/back?a=b"],
        "state": ["state"],
    }


async def test_the_company_is_read_from_an_id_token() -> None:
    """It says which company approved, and does not pass through a browser."""
    claims = base64.urlsafe_b64encode(json.dumps({"realmid": "4620816365"}).encode()).rstrip(b"=").decode()
    got = await intuit(always(200, {**TOKENS, "id_token": f"e30.{claims}.sig"})).exchange_code(Secret("c"), "r")
    assert got.realm_id == "4620816365"


@pytest.mark.parametrize("description", ["Incorrect or invalid refresh token", "Token invalid", None])
async def test_a_dead_grant_is_told_from_an_outage(description: str | None) -> None:
    """The one needs a person, the other only patience; mixing them up loses companies either way."""
    body = {"error": "invalid_grant"} | ({"error_description": description} if description else {})
    with pytest.raises(GrantRefused):
        await intuit(always(400, body)).refresh(Secret("old"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (503, {"error": "whatever"}),
        (302, None),
        (401, {"error": "invalid_client"}),
        (400, {"error": "invalid_request"}),
        (400, "no object"),
        (200, {"error": "invalid_grant"}),
        (200, "no object"),
        (200, {**TOKENS, "access_token": ""}),
        (200, {**TOKENS, "expires_in": 0}),
        (200, {**TOKENS, "access_token": None}),
    ],
)
async def test_any_other_answer_is_an_outage_and_never_a_token(status: int, body: object) -> None:
    """A body taken for success once turned both tokens of a company into nothing."""
    with pytest.raises(IntuitUnavailable):
        await intuit(always(status, body, location="https://elsewhere.example/")).refresh(Secret("old"))


async def test_a_throttled_answer_says_how_long_to_wait() -> None:
    """Callers pass the pause on instead of guessing."""
    with pytest.raises(IntuitThrottled) as refusal:
        await intuit(always(429, None, **{"retry-after": "17"})).refresh(Secret("old"))
    assert refusal.value.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("failure", [httpx2.ConnectError("no"), httpx2.ReadTimeout("no"), TimeoutError()])
async def test_no_answer_is_an_outage(failure: Exception) -> None:
    """However the network fails."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise failure

    with pytest.raises(IntuitUnavailable):
        await intuit(fail).refresh(Secret("old"))


async def test_a_revoked_token_may_be_dead_already() -> None:
    """Deleting a connection that its owner ended at Intuit must work."""
    bodies: list[object] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        return httpx2.Response(400, json={"error": "invalid_token"})

    await intuit(answer).revoke(Secret("refresh-secret"))
    assert bodies == [{"token": "refresh-secret"}]
    for status in (401, 500):
        with pytest.raises(IntuitUnavailable):
            await intuit(always(status)).revoke(Secret("refresh-secret"))


async def test_failures_tell_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Intuit's answers may repeat what was sent, and errors end up in logs."""
    echo = intuit(lambda request: httpx2.Response(400, json={"error": f"bad {request.content.decode()}"}))
    with caplog.at_level(logging.DEBUG, logger="services"), pytest.raises(IntuitUnavailable) as refusal:
        await echo.refresh(Secret("refresh-secret"))
    said = str(refusal.value) + "".join(str(vars(record)) for record in caplog.records)
    assert "refresh-secret" not in said
    assert refusal.value.__cause__ is None


async def test_a_call_ends_though_the_answer_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits for each read never end a call whose bytes come one by one."""
    monkeypatch.setattr("services.auth.intuit._TIMEOUT", timedelta(milliseconds=50))

    class Dripping(httpx2.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            while True:
                yield b" "
                await asyncio.sleep(0.005)

    endless = intuit(lambda _: httpx2.Response(200, stream=Dripping()))
    async with asyncio.timeout(5):
        with pytest.raises(IntuitUnavailable):
            await endless.refresh(Secret("old"))

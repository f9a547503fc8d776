"""Limits and ordered trouble over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest

from sandbox.app import SandboxApp, build_app
from sandbox.settings import SandboxSettings
from tests.unit.sandbox.sandbox_served import INVOICE, XMLNS, Realm

pytestmark = pytest.mark.anyio


@pytest.fixture
def app() -> SandboxApp:
    return build_app(SandboxSettings())


@pytest.fixture
async def realm(app: SandboxApp) -> AsyncIterator[Realm]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox.test") as http:
        made = (await http.post("/_sandbox/companies", json={})).json()
        yield Realm(http, made["realm_id"], made["access_token"], made["refresh_token"])


async def order(realm: Realm, **members: Any) -> None:
    answer = await realm.http.post("/_sandbox/faults", json=members)
    assert answer.status_code == 201, answer.text


async def test_the_eleventh_request_of_a_second_is_throttled_in_the_recorded_words(realm: Realm) -> None:
    """Clients recognise the throttle by these words, in JSON and in XML."""
    await realm.http.post("/_sandbox/limits", json={"rates": "intuit"})
    answers = [await realm.get("invoice/102") for _ in range(12)]
    throttled = [answer for answer in answers if answer.status_code == 429]
    assert throttled, [answer.status_code for answer in answers]
    error = throttled[0].json()["fault"]["error"][0]
    assert error["code"] == "3001"
    assert error["message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    assert error["detail"] == "The request limit was reached.  Try again later"
    in_xml = await realm.get("invoice/102", Accept="application/xml")
    if in_xml.status_code == 429:
        fault = ET.fromstring(in_xml.content).find(f"{XMLNS}Fault")
        assert fault is not None
        assert fault.get("type") == "SERVICE"
    await realm.http.post("/_sandbox/clock", json={"advance_seconds": 60})
    assert (await realm.get("invoice/102")).status_code == 200


async def test_a_builder_app_that_has_used_its_month_up_can_still_write(realm: Realm) -> None:
    """Reads are metered, writes are free, and failed reads are too."""
    limits = {"tier": "builder", "included": 2}
    await realm.http.post("/_sandbox/limits", json=limits)
    assert (await realm.get("invoice/999999")).status_code == 400
    assert [(await realm.get("invoice/102")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await realm.post("invoice", INVOICE)).status_code == 200
    told = (await realm.http.get("/_sandbox/limits")).json()
    assert told == {"rates": "none", "tier": "builder", "included": 2, "used": 2}


async def test_a_setting_switches_the_limits_on() -> None:
    """SANDBOX_LIMITS=intuit is for whoever cannot call the control API."""
    world = build_app(SandboxSettings(limits="intuit")).world
    assert world.limits.state.rates == "intuit"


@pytest.mark.parametrize(
    ("status", "accept", "body", "content_type", "words"),
    [
        (400, "application/json", None, "application/json", '"Fault"'),
        (401, "application/json", None, "application/json", '"intuitObject"'),
        (403, "application/xml", None, "application/json", '"intuitObject"'),
        (404, "application/json", None, "application/json", '"Fault"'),
        (413, "application/xml", None, "application/xml", "<Fault"),
        (429, "application/xml", None, "application/xml", "<Fault"),
        (429, "application/json", "gateway", "application/json", '"fault"'),
        (500, "application/json", None, "application/json", "SystemFault"),
        (500, "application/xml", None, "application/xml", "SystemFault"),
        (502, "application/json", None, "text/html; charset=utf-8", "502 Bad Gateway"),
        (503, "application/json", "gateway", "application/json", '"fault"'),
        (503, "application/json", "empty", None, ""),
        (504, "application/json", None, "text/html; charset=utf-8", "504 Gateway Time-out"),
    ],
)
async def test_every_status_comes_in_the_shape_that_was_ordered(
    realm: Realm, status: int, accept: str, body: str | None, content_type: str | None, words: str
) -> None:
    """A client that parses every error as a JSON fault breaks on the day a proxy answers."""
    await order(realm, status=status, realm_id=realm.id, **({"body": body} if body else {}))
    answer = await realm.get("invoice/102", Accept=accept)
    assert (answer.status_code, answer.headers.get("content-type")) == (status, content_type)
    assert words in answer.text
    assert answer.headers["intuit_tid"]
    assert (await realm.get("invoice/102")).status_code == 200


async def test_an_error_after_the_commit_hides_work_that_was_done(realm: Realm) -> None:
    """A 500 does not mean that nothing happened: the worst thing a client can believe."""
    before = len((await realm.query("SELECT * FROM Invoice MAXRESULTS 1000"))["Invoice"])
    await order(realm, status=500, commits=True, path_suffix="/invoice", method="POST")
    assert (await realm.post("invoice", INVOICE)).status_code == 500
    assert len((await realm.query("SELECT * FROM Invoice MAXRESULTS 1000"))["Invoice"]) == before + 1


async def test_the_next_reads_are_stale_and_then_fresh_again(realm: Realm) -> None:
    """A read right after a write may not see it; what is read back must not be taken for a lost write."""
    made = (await realm.post("invoice", INVOICE)).json()["Invoice"]
    await order(realm, stale_read=True, count=2, realm_id=realm.id)
    assert (await realm.get(f"invoice/{made['Id']}")).status_code == 400
    assert await realm.query(f"SELECT * FROM Invoice WHERE Id = '{made['Id']}'") == {}
    assert (await realm.get(f"invoice/{made['Id']}")).json()["Invoice"] == made


async def test_a_write_is_never_stale(realm: Realm) -> None:
    """Only reads wait behind; a stale order stays for the read after."""
    await order(realm, stale_read=True, realm_id=realm.id)
    assert (await realm.post("invoice", INVOICE)).status_code == 200
    assert len((await realm.http.get("/_sandbox/faults")).json()["faults"]) == 1


async def test_a_request_that_takes_two_minutes_is_ended_by_the_gateway(realm: Realm, app: SandboxApp) -> None:
    """With limits on, a latency beyond 120 s ends in 504, on the sandbox's clock and so at once."""
    await realm.http.post("/_sandbox/limits", json={"rates": "intuit"})
    await order(realm, latency_seconds=600, realm_id=realm.id)
    slow = asyncio.create_task(realm.get("invoice/102"))
    async with asyncio.timeout(10):
        # The sandbox has no reason to announce that it waits, so the test looks until it does.
        while not app.world.clock.is_awaited:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await realm.http.post("/_sandbox/clock", json={"advance_seconds": 119})
        assert not slow.done()
        await realm.http.post("/_sandbox/clock", json={"advance_seconds": 1})
        answer = await slow
    assert answer.status_code == 504


@pytest.mark.parametrize("members", [{"body": "html", "latency_seconds": 1}, {"commits": True, "cut": "after_commit"}])
async def test_an_order_whose_parts_do_not_fit_is_refused(realm: Realm, members: dict[str, Any]) -> None:
    """A fault that silently does nothing would let a test pass for the wrong reason."""
    answer = await realm.http.post("/_sandbox/faults", json=members)
    assert (answer.status_code, "belong to a status" in answer.json()["error"]) == (400, True)

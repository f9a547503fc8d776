"""One request over a real socket, and what a rude network makes of it."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from chassis import deadlines
from chassis.clock import SystemClock
from chassis.errors import MeshError
from chassis.settings import Secret
from services.executor import quickbooks
from services.executor.model import Access, Operation, PlannedRequest, UpstreamResponse
from services.executor.plan import plan_request
from services.executor.quickbooks import HttpQuickBooks, open_transport
from tests.unit.executor.executor_fakes import CREATE, GET, LIST, NOW, REALM
from tests.unit.executor.loopback_quickbooks import Behaviour, Loopback, answering, cutting, loopback, silence

pytestmark = pytest.mark.anyio

ACCESS = Access(access_token=Secret("the-access-token"), digest="d", expires_at=NOW)
READ = (GET, {"id": "102"})
WRITE = (CREATE, {"DocNumber": "1"})
SHORT = timedelta(milliseconds=200)


class Company:
    """QuickBooks behind a loopback port."""

    def __init__(self, state: Loopback, adapter: HttpQuickBooks) -> None:
        self.state = state
        self._adapter = adapter

    async def send(self, operation: Operation, arguments: dict[str, Any]) -> UpstreamResponse:
        """Send what these arguments mean."""
        return await self.send_planned(operation, plan_request(operation, arguments, REALM, "r1"))

    async def send_planned(self, operation: Operation, request: PlannedRequest) -> UpstreamResponse:
        """Send, bounded."""
        return await asyncio.wait_for(self._adapter.send(operation, request, ACCESS), 10)

    async def reason(self, operation: Operation, arguments: dict[str, Any]) -> str:
        """Why sending failed."""
        with pytest.raises(MeshError) as caught:
            await self.send(operation, arguments)
        return caught.value.reason


@asynccontextmanager
async def company(*behaviours: Behaviour, timeout: timedelta = timedelta(seconds=5)) -> AsyncIterator[Company]:
    """A company that behaves like this."""
    async with loopback(*behaviours) as state:
        transport = open_transport()
        yield Company(state, HttpQuickBooks(transport, state.url, timeout, SystemClock()))
        await transport.aclose()


async def test_a_request_goes_out_as_planned() -> None:
    """QuickBooks answers XML unless JSON is asked for, and takes no body without its type."""
    async with company(answering(b'{"Invoice":{}}', content_type="application/json")) as there:
        response = await there.send(*WRITE)
        sent = there.state.received[0]
    assert sent.line == f"POST /v3/company/{REALM}/invoice?minorversion=75&requestid=r1 HTTP/1.1"
    assert sent.body == b'{"DocNumber":"1"}'
    assert sent.headers["accept"] == sent.headers["content-type"] == "application/json"
    assert sent.headers["authorization"] == "Bearer the-access-token"
    assert sent.headers["user-agent"].startswith("daybook/")
    assert (response.status, response.body, response.intuit_tid) == (200, b'{"Invoice":{}}', "1-abc")
    assert timedelta(0) < response.duration < timedelta(seconds=5)


@pytest.mark.parametrize("hostile", ["a/../b", "%2e%2e", "a?b#c", "ä 'x'", "..;/x", "a\\b", "a\r\nHost: evil"])
async def test_the_target_arrives_byte_for_byte(hostile: str) -> None:
    """A client that tidies paths would turn an encoded slash into a way to another company."""
    request = plan_request(GET, {"id": hostile}, REALM)
    async with company(answering(b"{}")) as there:
        await there.send_planned(GET, request)
        assert there.state.received[0].target == request.target
        assert "host" in there.state.received[0].headers


async def test_the_trace_goes_on_to_quickbooks() -> None:
    """One trace shows the whole call, down to the request that left the mesh."""
    parent = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=True, trace_flags=TraceFlags(1))
    token = otel_context.attach(trace.set_span_in_context(NonRecordingSpan(parent)))
    try:
        async with company(answering(b"{}")) as there:
            await there.send(*READ)
            assert there.state.received[0].headers["traceparent"].split("-")[1] == format(0xABC, "032x")
    finally:
        otel_context.detach(token)


async def test_connections_are_kept_and_cookies_are_not() -> None:
    """A handshake a call would double its time; a cookie of one company must never travel with another's request."""
    async with company(answering(b"{}", set_cookie="session=of-company-1")) as there:
        for _ in range(5):
            await there.send(*READ)
        assert there.state.connections == 1
        assert not any("cookie" in received.headers for received in there.state.received)


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    """Following one would hand the company's token to wherever it points."""
    async with company(answering(b"", 302, location="/elsewhere")) as there:
        assert (await there.send(*READ)).status == 302
        assert len(there.state.received) == 1


async def test_a_compressed_answer_is_unpacked() -> None:
    """Pages of records shrink tenfold on the way."""
    async with company(answering(gzip.compress(b'{"Invoice":{}}'), content_encoding="gzip")) as there:
        assert (await there.send(*READ)).body == b'{"Invoice":{}}'
        assert "gzip" in there.state.received[0].headers["accept-encoding"]


@pytest.mark.parametrize("call", [READ, WRITE])
async def test_what_can_not_connect_has_sent_nothing(call: tuple[Operation, dict[str, Any]]) -> None:
    """Then even a write is known not to have happened."""
    async with company(answering(b"{}")) as there:
        there._adapter._base = there._adapter._base.copy_with(port=1)
        assert await there.reason(*call) == "QUICKBOOKS_UNAVAILABLE"


@pytest.mark.parametrize(
    "rudeness",
    [
        cutting(),
        cutting(b"HTTP/1.1 200 OK\r\nContent-"),
        cutting(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Invoice":'),
        cutting(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"In\r\n'),
        cutting(b"220 mail.example ESMTP\r\n"),
        answering(b"not gzip at all", content_encoding="gzip"),
    ],
)
async def test_a_cut_answer_leaves_a_writes_outcome_unknown(rudeness: Behaviour) -> None:
    """The request was out; only QuickBooks knows whether it was written. A read just did not work."""
    async with company(rudeness) as there:
        assert await there.reason(*WRITE) == "QUICKBOOKS_OUTCOME_UNKNOWN"
        assert await there.reason(*READ) == "QUICKBOOKS_UNAVAILABLE"
        assert len(there.state.received) == 2


async def test_silence_ends_within_the_time_out() -> None:
    """Chat clients give up within a minute; a slow QuickBooks must be told to them before."""
    async with company(silence, timeout=SHORT) as there:
        assert await there.reason(*WRITE) == "QUICKBOOKS_OUTCOME_UNKNOWN"
        assert await there.reason(*READ) == "QUICKBOOKS_TIMEOUT"


async def test_a_dripping_answer_ends_within_the_time_out() -> None:
    """A byte now and then would satisfy a time-out for each read for ever."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(50):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with company(drip, timeout=SHORT) as there:
        assert await there.reason(*READ) == "QUICKBOOKS_TIMEOUT"


async def test_the_calls_own_deadline_is_kept_when_it_is_nearer() -> None:
    """The edge stops waiting then; an answer after it helps nobody."""
    async with company(silence, timeout=timedelta(minutes=5)) as there:
        with deadlines.limit(timedelta(milliseconds=300)):
            assert await there.reason(*READ) == "QUICKBOOKS_TIMEOUT"


async def test_an_endless_answer_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """One company's page must not take the room down for the others; nor may a small gzip of many zeros."""
    monkeypatch.setattr(quickbooks, "MAX_ANSWER_BYTES", 10_000)
    bomb = answering(gzip.compress(b" " * 20_000), content_encoding="gzip")
    async with company(answering(b" " * 10_001), bomb, answering(b" " * 10_000)) as there:
        assert await there.reason(LIST, {}) == "QUICKBOOKS_UNAVAILABLE"
        assert await there.reason(*WRITE) == "QUICKBOOKS_OUTCOME_UNKNOWN"
        assert len((await there.send(LIST, {})).body) == 10_000


async def test_nothing_secret_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """The token opens the books; the target names customers."""
    caplog.set_level(logging.DEBUG, "services")
    async with company(cutting()) as there:
        with pytest.raises(MeshError) as caught:
            await there.send(GET, {"id": "1"})
    said = f"{caplog.text} {[vars(record) for record in caplog.records]} {caught.value!r} {caught.value.metadata}"
    assert "the-access-token" not in said
    assert REALM not in said

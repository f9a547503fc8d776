"""One server span and one log line a request, with nothing in them that a stranger chose or a secret could be in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from chassis import signals, tracing
from chassis.errors import PeerUnavailable
from services.mcp_edge.model import ServerGrant, ToolCall, ToolOutcome
from tests.unit.mcp_edge.edge_fakes import (
    ENVELOPE,
    LEGACY_HEADERS,
    READ_TOOL,
    SERVER,
    TOKEN,
    WRITE_TOOL,
    Edge,
    FakeExecutor,
    body_of,
)

pytestmark = pytest.mark.anyio

TRACE = "0af7651916cd43dd8448eb211c80319c"
OTHER_TRACE = "1" * 32


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def only(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    return span


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_call_is_a_server_span_of_its_tool(spans: InMemorySpanExporter) -> None:
    """Names follow the conventions, so that any backend groups calls by tool."""
    await Edge().modern("tools/call", {"name": READ_TOOL}, request_id="a1")
    span = only(spans)

    assert (span.name, span.kind, span.status.is_ok) == (f"tools/call {READ_TOOL}", SpanKind.SERVER, True)
    assert attributes(span) == {
        "mcp.method.name": "tools/call",
        "mcp.protocol.version": "2026-07-28",
        "jsonrpc.request.id": "a1",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": READ_TOOL,
        "network.transport": "tcp",
        "network.protocol.name": "http",
        "daybook.mcp_server": SERVER,
    }
    assert set(attributes(span)) <= signals.ALL


async def test_a_stranger_chooses_no_span_name(spans: InMemorySpanExporter) -> None:
    """A backend's cardinality is not a client's to spend."""
    edge = Edge()
    await edge.legacy("tools/call", {"name": "made_up_name"})
    await edge.legacy("made/up")
    called, other = spans.get_finished_spans()

    assert (called.name, attributes(called)["gen_ai.tool.name"]) == ("tools/call", "_unknown")
    assert (other.name, attributes(other)["mcp.method.name"]) == ("_other", "_other")
    assert "made" not in str([called.to_json(), other.to_json()])


async def test_a_failure_is_marked_with_its_kind_and_no_words(spans: InMemorySpanExporter) -> None:
    """Messages may carry data; codes and reasons do not."""
    edge = Edge()
    edge.executor.failures = [PeerUnavailable("executor")]
    await edge.legacy("tools/call", {"name": WRITE_TOOL})
    await edge.legacy("tools/list", {"cursor": "x"})
    tool_error, protocol_error = spans.get_finished_spans()

    assert (attributes(tool_error)["error.type"], tool_error.status.is_ok) == ("tool_error", False)
    assert attributes(protocol_error)["error.type"] == "-32602"
    assert attributes(protocol_error)["rpc.response.status_code"] == "-32602"
    assert not tool_error.events
    assert tool_error.status.description is None


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return format(span.context.trace_id, "032x")


async def test_the_parent_is_the_envelopes_context_before_the_headers(spans: InMemorySpanExporter) -> None:
    """A client's trace goes on through the mesh."""
    edge = Edge()
    header = {"traceparent": f"00-{OTHER_TRACE}-b7ad6b7169203331-01"}
    meta = {**ENVELOPE, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "baggage": "a=b"}
    await edge.send(body_of("ping", {"_meta": meta}), {**LEGACY_HEADERS, **header})
    await edge.send(body_of("ping"), {**LEGACY_HEADERS, **header})
    await edge.send(body_of("ping", {"_meta": {**ENVELOPE, "traceparent": "nonsense"}}), LEGACY_HEADERS)
    enveloped, headed, neither = spans.get_finished_spans()

    assert (trace_of(enveloped), trace_of(headed)) == (TRACE, OTHER_TRACE)
    assert neither.parent is None


async def test_calls_to_other_rooms_hang_below_the_span(
    spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One trace shows where a call's time went."""
    edge = Edge()
    seen: list[str | None] = []
    answer = FakeExecutor.execute

    async def execute(self: FakeExecutor, grant: ServerGrant, call: ToolCall) -> ToolOutcome:
        seen.append(tracing.current_trace_id())
        return await answer(self, grant, call)

    monkeypatch.setattr(FakeExecutor, "execute", execute)
    await edge.modern("tools/call", {"name": READ_TOOL})

    assert seen == [trace_of(only(spans))]


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    wanted = ("method", "tool", "era", "outcome", "mcp_server", "duration_ms", "status")
    records = [record for record in caplog.records if record.name == "services.mcp_edge"]
    return [{name: getattr(record, name) for name in wanted if hasattr(record, name)} for record in records]


async def test_each_request_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Who called what, through which server, and what became of it: enough for an audit, and no more."""
    caplog.set_level(logging.INFO)
    edge = Edge()
    await edge.legacy("tools/call", {"name": READ_TOOL, "arguments": {"query": "select * from Customer"}})
    await edge.modern("tools/list")
    await edge.legacy("tools/call", {"name": "made_up"})
    await edge.send(b"{")
    await edge.send(b"{}", path="/mcp/dbm_unknown")
    base = {"mcp_server": SERVER, "duration_ms": 0.0}

    assert lines(caplog) == [
        {"method": "tools/call", "tool": READ_TOOL, "era": "legacy", "outcome": "ok", **base},
        {"method": "tools/list", "tool": None, "era": "modern", "outcome": "ok", **base},
        {"method": "tools/call", "tool": "_unknown", "era": "legacy", "outcome": "-32602", **base},
        {"outcome": "-32700", "status": 400},
        {"outcome": "NOT_FOUND", "status": 404},
    ]
    assert TOKEN not in caplog.text
    assert "Customer" not in str([vars(record) for record in caplog.records])


async def test_the_line_tells_why_a_tool_failed(caplog: pytest.LogCaptureFixture) -> None:
    """The reason, so that a rise of one kind of failure can be counted."""
    caplog.set_level(logging.INFO)
    edge = Edge()
    edge.executor.failures = [PeerUnavailable("executor")]
    await edge.legacy("tools/call", {"name": WRITE_TOOL})

    assert lines(caplog)[0]["outcome"] == "PEER_UNAVAILABLE"

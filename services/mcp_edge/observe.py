"""What is told of each request: one server span, one log line. Neither holds a token, an argument or a result."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mcp_types.version import KNOWN_PROTOCOL_VERSIONS

from chassis import signals, tracing
from chassis.clock import Clock
from services.mcp_edge.guard import Head
from services.mcp_edge.jsonrpc import Request
from services.mcp_edge.model import Era

# Ids are the client's own; a long one is cut before it reaches the span.
_ID_LIMIT = 64

log = logging.getLogger("services.mcp_edge")


class Observed:
    """One request under way."""

    def __init__(self, span: Any, method: str) -> None:
        """Take a span of `chassis.tracing`; its library stays behind that door."""
        self._span = span
        self.method = method
        self.tool: str | None = "_unknown" if method == "tools/call" else None
        self.outcome = "ok"

    def name_tool(self, tool: str) -> None:
        """Say which tool is called. Only for tools of the caller's set: a stranger must not choose span names."""
        self.tool = tool
        self._span.update_name(f"{self.method} {tool}")
        self._span.set_attribute(signals.TOOL_NAME, tool)

    def fail(self, error_type: str, *, status_code: int | None = None, reason: str | None = None) -> None:
        """Say that it failed.

        Args:
            error_type: the JSON-RPC code as text, or `tool_error`.
            reason: for the log, when it says more than the type.
        """
        self.outcome = reason or error_type
        tracing.fail(self._span, error_type)
        if status_code is not None:
            self._span.set_attribute(signals.RPC_STATUS, str(status_code))


@contextmanager
def observe(
    clock: Clock, head: Head, era: Era, request: Request, *, method: str, mcp_server: str
) -> Iterator[Observed]:
    """Open the server span, current for the work inside, and write the log line when it is over.

    Args:
        method: the JSON-RPC method if it is one of ours, else `_other`.
    """
    started = clock.monotonic()
    attributes = _attributes(head, request, method, mcp_server)
    with tracing.span(method, tracing.SERVER, attributes, parent=tracing.extract(_carrier(head, request))) as span:
        observed = Observed(span, method)
        try:
            yield observed
        except BaseException as error:
            observed.outcome = type(error).__name__
            raise
        finally:
            seconds = clock.monotonic() - started
            _log(observed, era, mcp_server, seconds)


def note_refusal(outcome: str, status: int) -> None:
    """Log a request that ended before it was a JSON-RPC request. Its path may hold a token, so it is not told."""
    log.info("refused", extra={"outcome": outcome, "status": status})


def _log(observed: Observed, era: Era, mcp_server: str, seconds: float) -> None:
    log.info(
        "request",
        extra={
            "method": observed.method,
            "tool": observed.tool,
            "era": era.value,
            "outcome": observed.outcome,
            "duration_ms": round(seconds * 1000, 2),
            "mcp_server": mcp_server,
        },
    )


def _attributes(head: Head, request: Request, method: str, mcp_server: str) -> dict[str, str]:
    attributes = {
        signals.MCP_METHOD: method,
        signals.JSONRPC_ID: request.id_json.decode()[:_ID_LIMIT].strip('"'),
        signals.NETWORK_TRANSPORT: "tcp",
        signals.NETWORK_PROTOCOL: "http",
        signals.MCP_SERVER: mcp_server,
    }
    if head.protocol_version in KNOWN_PROTOCOL_VERSIONS:
        attributes[signals.MCP_PROTOCOL_VERSION] = head.protocol_version or ""
    if method == "tools/call":
        attributes[signals.OPERATION_NAME] = "execute_tool"
        attributes[signals.TOOL_NAME] = "_unknown"
    return attributes


def _carrier(head: Head, request: Request) -> dict[str, str]:
    """The caller's trace context: from the envelope, else from the HTTP headers. A stranger's baggage is dropped."""
    meta: Any = (request.params or {}).get("_meta")
    if isinstance(meta, dict) and isinstance(meta.get("traceparent"), str):
        return {key: meta[key] for key in ("traceparent", "tracestate") if isinstance(meta.get(key), str)}
    return trace_headers(head)


def trace_headers(head: Head) -> dict[str, str]:
    """The trace context of the HTTP headers; empty when there is none."""
    pairs = {"traceparent": head.traceparent, "tracestate": head.tracestate}
    return {key: value for key, value in pairs.items() if value is not None}

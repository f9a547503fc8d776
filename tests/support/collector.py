"""An OpenTelemetry collector that remembers: a real OTLP receiver, so that exported traces can be asserted."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


@dataclass(frozen=True, kw_only=True)
class CollectedSpan:
    """One span as it arrived."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: int
    attributes: dict[str, Any]


@dataclass(frozen=True, order=True)
class Edge:
    """A call from one service to the next, by the name of the span that was entered."""

    caller: str
    callee: str
    name: str


SERVER, CLIENT = 2, 3
"""Span kinds of the OTLP protocol."""

OUTSIDE = frozenset({"quickbooks", "intuit"})
"""Client spans that lead out of the mesh, by name; nothing on their far side exports to us."""


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Receives spans over OTLP/gRPC on a free loopback port."""

    def __init__(self) -> None:
        self._spans: list[CollectedSpan] = []
        self._arrived = threading.Condition()
        self._server = grpc.server(ThreadPoolExecutor(4))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)  # type: ignore[no-untyped-call]
        self.port = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait(5)

    def Export(self, request: Any, context: Any) -> Any:
        """Take what an exporter sends."""
        with self._arrived:
            for resource in request.resource_spans:
                service = _attributes(resource.resource.attributes)["service.name"]
                self._spans += [_collected(service, span) for scope in resource.scope_spans for span in scope.spans]
            self._arrived.notify_all()
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans_of(self, trace_id: str) -> list[CollectedSpan]:
        """Every span of one trace that has arrived."""
        with self._arrived:
            return [span for span in self._spans if span.trace_id == trace_id]

    def wait_for(self, trace_id: str, services: set[str], within_seconds: float = 10) -> list[CollectedSpan]:
        """Wait until each of these services has exported something of the trace, then return what has arrived of it."""
        end = time.monotonic() + within_seconds
        with self._arrived:
            while True:
                found = [span for span in self._spans if span.trace_id == trace_id]
                missing = services - {span.service for span in found}
                left = end - time.monotonic()
                if not missing:
                    return found
                if left <= 0:
                    raise AssertionError(f"no span of {trace_id} from {sorted(missing)} within {within_seconds} s")
                self._arrived.wait(left)


def edges(spans: list[CollectedSpan]) -> set[Edge]:
    """Who called whom: server spans below another service's span, and client spans to what exports none."""
    by_id = {span.span_id: span for span in spans}
    found = set()
    for span in spans:
        parent = by_id.get(span.parent_id)
        if span.kind == SERVER:
            found.add(Edge(parent.service if parent else "client", span.service, span.name))
        elif span.kind == CLIENT and span.name in OUTSIDE:
            found.add(Edge(span.service, span.name, span.name))
    return found


def _collected(service: str, span: Any) -> CollectedSpan:
    return CollectedSpan(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=service,
        name=span.name,
        kind=span.kind,
        attributes=_attributes(span.attributes),
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}

"""Spans and their context, thin over the OpenTelemetry API.

Without an SDK (see `chassis.telemetry`) every span is free of charge and the caller's trace context still travels on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span as Span  # noqa: PLC0414 - rooms name the type through this door
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis import signals
from chassis.errors import MeshError

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("daybook")

CLIENT, SERVER, INTERNAL = SpanKind.CLIENT, SpanKind.SERVER, SpanKind.INTERNAL


@contextmanager
def span(
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, str | int | bool] | None = None,
    parent: Context | None = None,
) -> Iterator[Span]:
    """Run the work inside as one span, made current; an exception marks it failed with its reason or class.

    Args:
        attributes: names from `chassis.signals` only.
        parent: context from `extract`; default: the current one.
    """
    started = _tracer.start_span(name, context=parent, kind=kind, attributes=attributes)
    token = otel_context.attach(trace.set_span_in_context(started, parent))
    try:
        yield started
    except Exception as error:
        fail(started, error.reason if isinstance(error, MeshError) else type(error).__name__)
        raise
    finally:
        otel_context.detach(token)
        started.end()


@contextmanager
def within(context: Context) -> Iterator[None]:
    """Run the work inside below a context from `extract`, without a span of its own."""
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)


def fail(failed: Span, error_type: str) -> None:
    """Mark a span as failed. The type is a reason or a class name, never a message: messages may carry data."""
    failed.set_attribute(signals.ERROR_TYPE, error_type)
    failed.set_status(Status(StatusCode.ERROR))


def inject(headers: MutableMapping[str, str]) -> None:
    """Add the current trace context to outgoing headers or metadata (`traceparent`, `tracestate`)."""
    _propagator.inject(headers)


def extract(carrier: Mapping[str, str]) -> Context:
    """Read a trace context from incoming headers, metadata or MCP `_meta`; empty when there is none."""
    return _propagator.extract(carrier)


def current_trace_id() -> str | None:
    """The 32 hex digits of the current trace, or None outside one."""
    present = trace.get_current_span().get_span_context()
    return format(present.trace_id, "032x") if present.is_valid else None

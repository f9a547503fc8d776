"""One server span a call, below the caller's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chassis import signals, tracing
from chassis.errors import MeshError
from chassis.interceptors.call import ServedCall


@contextmanager
def trace(call: ServedCall) -> Iterator[None]:
    """The step. Streams have no span: they may stay open for hours."""
    if call.is_stream:
        yield
        return
    attributes = {signals.RPC_SYSTEM: "grpc", signals.RPC_METHOD: call.method}
    parent = tracing.extract(call.metadata)
    with tracing.span(call.method, tracing.SERVER, attributes, parent) as span:
        try:
            yield
        except MeshError as error:
            span.set_attribute(signals.RPC_STATUS, error.code.name)
            raise
        span.set_attribute(signals.RPC_STATUS, "OK")

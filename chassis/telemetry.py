"""OpenTelemetry's SDK, set up from the standard OTEL_* variables. Off unless an OTLP endpoint is named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import metadata

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from chassis.settings import SettingsError

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


class Telemetry:
    """What a room's process exports; `shutdown` sends what is still held."""

    def __init__(self, provider: TracerProvider | None) -> None:
        self._provider = provider

    def shutdown(self) -> None:
        """Send what is still held and stop; bounded by the exporter's own time-out."""
        if self._provider is not None:
            self._provider.shutdown()


def setup(room: str, environ: Mapping[str, str] | None = None) -> Telemetry:
    """Export spans as service `daybook-<room>` when an endpoint is named; do nothing otherwise.

    Raises:
        SettingsError: a protocol other than `grpc` is asked for.
    """
    environ = os.environ if environ is None else environ
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or not any(environ.get(name) for name in _ENDPOINTS):
        return Telemetry(None)
    for name in _PROTOCOLS:
        if environ.get(name, "grpc") != "grpc":
            raise SettingsError([f"{name}: only grpc is spoken here, got {environ[name]!r}"])
    # The exporter is a heavy import; a room that exports nothing does not pay for it.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    provider = TracerProvider(resource=_resource(room))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return Telemetry(provider)


def _resource(room: str) -> Resource:
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what is given here.
    own = Resource({"service.name": f"daybook-{room}", "service.version": metadata.version("daybook")})
    return own.merge(Resource.create()) if _names_itself() else Resource.create(own.attributes)


def _names_itself() -> bool:
    attributes = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in attributes

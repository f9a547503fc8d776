"""Channels to other rooms: every call has a deadline, a trace, a request id, and a replica chosen in turn.

A channel wraps the calls themselves rather than using gRPC's client interceptors: in grpc.aio those run each call in
further tasks, and OpenTelemetry's stock pair was measured to add two thirds to the CPU of a bare hop.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any, cast

import grpc

from chassis import deadlines, signals, tracing
from chassis.request_ids import REQUEST_ID_METADATA, current_request_id
from chassis.settings import TlsSettings

MAX_MESSAGE_BYTES = 36 * 1024 * 1024
"""Largest answer of QuickBooks that we pass on (32 MiB), with room for its envelope."""

_SERVICE_CONFIG = json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})

_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # A peer that vanished without a word is noticed within 40 s, even between calls.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A peer that is back is found within a second; gRPC's own ladder climbs to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.dns_min_time_between_resolutions_ms", 5_000),
)

Metadata = Sequence[tuple[str, str]]


def open_channel(target: str, peer: str, *, timeout: timedelta, tls: TlsSettings | None = None) -> grpc.aio.Channel:
    """Open a channel to a room.

    Args:
        target: gRPC target, as in `dns:///auth.daybook:8701` or `127.0.0.1:8701`.
        peer: the room's name, for spans.
        timeout: each call may take this long, or what is left of the present call's time if that is less.
        tls: this room's certificates; plaintext without.
    """
    if tls is not None and tls.is_on:
        channel = grpc.aio.secure_channel(target, _credentials(tls), options=_OPTIONS)
    else:
        channel = grpc.aio.insecure_channel(target, options=_OPTIONS)
    # The generated stubs need only the methods that RoomChannel has.
    return cast(grpc.aio.Channel, RoomChannel(channel, peer, timeout))


class RoomChannel:
    """A channel whose calls carry deadline, trace context and request id."""

    def __init__(self, channel: grpc.aio.Channel, peer: str, timeout: timedelta) -> None:
        self._channel = channel
        self._peer = peer
        self._timeout = timeout

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """A callable that answers once; generated stubs ask for it."""
        bare = self._channel.unary_unary(method, *args, **kwargs)
        name = method.lstrip("/")
        attributes = {signals.RPC_SYSTEM: "grpc", signals.RPC_METHOD: name, signals.PEER_ROOM: self._peer}

        async def call(request: Any, *, metadata: Metadata = (), timeout: float | None = None) -> Any:
            default = self._timeout if timeout is None else timedelta(seconds=timeout)
            with tracing.span(name, tracing.CLIENT, attributes) as span:
                try:
                    limit = deadlines.budget(default).total_seconds()
                    answer = await bare(request, timeout=limit, metadata=_with_context(metadata))
                except grpc.aio.AioRpcError as error:
                    span.set_attribute(signals.RPC_STATUS, error.code().name)
                    raise
                span.set_attribute(signals.RPC_STATUS, "OK")
                return answer

        return call

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """A callable that answers with a stream. Streams outlive calls, so they have no deadline and no span."""
        bare = self._channel.unary_stream(method, *args, **kwargs)

        async def stream(request: Any, metadata: Metadata) -> AsyncIterator[Any]:
            call = bare(request, metadata=metadata)
            try:
                async for message in call:
                    yield message
            finally:
                call.cancel()

        def call(request: Any, *, metadata: Metadata = ()) -> AsyncIterator[Any]:
            return stream(request, metadata)

        return call

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        """As gRPC's own; no service of the mesh uses it."""
        return self._channel.stream_unary(*args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        """As gRPC's own; used by reflection."""
        return self._channel.stream_stream(*args, **kwargs)

    async def close(self, grace: float | None = None) -> None:
        """Close the channel; running calls get the grace in seconds."""
        await self._channel.close(grace)


def _with_context(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    carrier: dict[str, str] = {}
    tracing.inject(carrier)
    request_id = current_request_id()
    if request_id is not None:
        carrier[REQUEST_ID_METADATA] = request_id
    return (*metadata, *carrier.items())


def _credentials(tls: TlsSettings) -> grpc.ChannelCredentials:
    assert tls.ca_file and tls.key_file and tls.certificate_file
    return grpc.ssl_channel_credentials(
        tls.ca_file.read_bytes(), tls.key_file.read_bytes(), tls.certificate_file.read_bytes()
    )

"""Serving gRPC: bind, health, reflection, steps around each call, and a drain that loses nothing."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis.channels import MAX_MESSAGE_BYTES
from chassis.health import HealthServicer, Probe
from chassis.interceptors import ORDER
from chassis.interceptors.runner import Runner
from chassis.settings import SettingsError, TlsSettings
from chassis.stopping import DRAIN_GRACE, wait_for_stop

_OPTIONS: tuple[tuple[str, Any], ...] = (
    # Two servers on one port must be an error, not a lottery.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # Clients look names up again only when a connection ends: five minutes lets new replicas take their share.
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
    # Permit what our own channels send (chassis/channels.py).
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
)

log = logging.getLogger(__name__)


class RoomServer:
    """A gRPC server of one room."""

    def __init__(self, room: str, listen: str, *, tls: TlsSettings | None = None) -> None:
        """Prepare a server.

        Args:
            listen: `host:port`; port 0 takes a free one.

        Raises:
            SettingsError: it would speak plaintext beyond loopback.
        """
        self.room = room
        self.host, _, port = listen.rpartition(":")
        self.port = int(port)
        self._tls = tls if tls is not None and tls.is_on else None
        if self._tls is None and not is_loopback(self.host):
            raise SettingsError([f"{room} listens on {listen}: plaintext is for loopback only; set DAYBOOK_TLS_*"])
        self._callers: dict[str, frozenset[str]] = {}
        self._draining = asyncio.Event()
        self._health = HealthServicer(self._draining)
        runner = Runner(room, ORDER, self._callers, self._draining)
        self._server = grpc.aio.server(interceptors=[runner], options=_OPTIONS)
        self._services = [health.SERVICE_NAME, reflection.SERVICE_NAME]

    @property
    def address(self) -> str:
        """`host:port` as bound."""
        return f"{self.host}:{self.port}"

    def register(
        self,
        add_to_server: Callable[[Any, grpc.aio.Server], None],
        servicer: Any,
        service: str,
        callers: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        """Serve one service.

        Args:
            add_to_server: the generated `add_…Servicer_to_server`.
            service: full name, as in `daybook.auth.v1.GrantService`.
            callers: which rooms may call a method, by its short name; a method without an entry is open to any room.
        """
        add_to_server(servicer, self._server)
        self._services.append(service)
        self._health.add_service(service)
        self._callers.update({f"{service}/{method}": rooms for method, rooms in (callers or {}).items()})

    def probe(self, name: str, check: Probe) -> None:
        """Make readiness depend on this check."""
        self._health.add_probe(name, check)

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            SettingsError: the address is taken or can't be bound.
        """
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)  # type: ignore[no-untyped-call]
        reflection.enable_server_reflection(self._services, self._server)
        wanted = self.address
        try:
            self.port = self._bind(wanted)
        except RuntimeError as error:
            raise SettingsError([f"{self.room} can't listen on {wanted}: it is in use or not ours"]) from error
        await self._server.start()
        log.info("serving", extra={"address": self.address, "tls": self._tls is not None})

    def _bind(self, address: str) -> int:
        if self._tls is None:
            return self._server.add_insecure_port(address)
        return self._server.add_secure_port(address, _credentials(self._tls))

    async def drain(self, grace: timedelta = DRAIN_GRACE) -> None:
        """Say NOT_SERVING, end streams, let running calls finish, stop."""
        started = time.monotonic()
        self._draining.set()
        await self._server.stop(grace.total_seconds())
        log.info("drained", extra={"seconds": round(time.monotonic() - started, 3)})

    async def wait(self) -> None:
        """Return when the process is told to stop."""
        await wait_for_stop()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _credentials(tls: TlsSettings) -> grpc.ServerCredentials:
    """Server credentials that read the files anew for each handshake, so that certificates rotate without a restart."""
    last = _configuration(tls)

    def fetch() -> Any:
        nonlocal last
        try:
            last = _configuration(tls)
        except OSError:
            # Half-way through a rotation a file may be missing for a moment: the last good set still serves.
            log.warning("could not read the certificates; the last ones stay in use")
        return last

    return grpc.dynamic_ssl_server_credentials(last, fetch, require_client_authentication=True)


def _configuration(tls: TlsSettings) -> Any:
    assert tls.ca_file and tls.key_file and tls.certificate_file
    pair = (tls.key_file.read_bytes(), tls.certificate_file.read_bytes())
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=tls.ca_file.read_bytes())

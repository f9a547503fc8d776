"""Health as Kubernetes and gRPC clients ask for it: `""`, `liveness` and `readiness`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

Probe = Callable[[], Awaitable[bool]]

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN

# A probe that hangs is a failed probe; kubelet's own time-out is one second by default.
_PROBE_TIMEOUT_SECONDS = 0.8
_WATCH_PERIOD_SECONDS = 1.0

log = logging.getLogger(__name__)


class HealthServicer(health_pb2_grpc.HealthServicer):
    """Answers from named probes. Liveness never depends on anything outside the process."""

    def __init__(self, draining: asyncio.Event) -> None:
        self._draining = draining
        self._probes: dict[str, Probe] = {}
        self._services: set[str] = set()

    def add_probe(self, name: str, probe: Probe) -> None:
        """Make readiness depend on this probe too."""
        self._probes[name] = probe

    def add_service(self, name: str) -> None:
        """Let this service's full name be asked for; it is as ready as the room."""
        self._services.add(name)

    async def Check(self, request: Any, context: Any) -> health_pb2.HealthCheckResponse:  # noqa: N802
        """The present state of one name."""
        status = await self._status(request.service)
        if status == _UNKNOWN:
            await context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return health_pb2.HealthCheckResponse(status=status)

    async def Watch(self, request: Any, context: Any) -> AsyncIterator[health_pb2.HealthCheckResponse]:  # noqa: N802
        """The state of one name, now and at every change, until the room drains."""
        last = None
        while True:
            status = await self._status(request.service)
            if status != last:
                yield health_pb2.HealthCheckResponse(status=status)
                last = status
            if self._draining.is_set():
                return
            try:
                await asyncio.wait_for(self._draining.wait(), _WATCH_PERIOD_SECONDS)
            except TimeoutError:
                continue

    async def _status(self, service: str) -> health_pb2.HealthCheckResponse.ServingStatus:
        if service == "liveness":
            return _SERVING
        if service in {"", "readiness"} or service in self._services:
            return _SERVING if not self._draining.is_set() and await self.is_ready() else _NOT_SERVING
        return _UNKNOWN

    async def is_ready(self) -> bool:
        """Whether every probe passes, asked now."""
        verdicts = await asyncio.gather(*(self._ask(name, probe) for name, probe in self._probes.items()))
        return all(verdicts)

    async def _ask(self, name: str, probe: Probe) -> bool:
        try:
            return await asyncio.wait_for(probe(), _PROBE_TIMEOUT_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever a probe raises, the room is not ready
            log.warning("a readiness probe failed", extra={"probe": name, "error": type(error).__name__})
            return False

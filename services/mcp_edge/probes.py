"""Health for Kubernetes and load balancers, over HTTP and without a token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from services.mcp_edge.model import Response
from services.mcp_edge.ports import Peers, Room

_ALIVE = Response(status=200, body=b'{"status":"ok"}')


class Probes:
    """`/healthz`: the process answers. `/readyz`: the rooms behind it answer too."""

    def __init__(self, peers: Peers) -> None:
        self._peers: Mapping[str, Room] = {"auth": peers.auth, "registry": peers.registry, "executor": peers.executor}

    def find(self, path: str) -> Callable[[], Awaitable[Response]] | None:
        """The probe at a path, if there is one."""
        return {"/healthz": self._live, "/readyz": self._ready}.get(path)

    async def _live(self) -> Response:
        return _ALIVE

    async def _ready(self) -> Response:
        verdicts = await asyncio.gather(*(room.is_reachable() for room in self._peers.values()))
        silent = [name for name, is_there in zip(self._peers, verdicts, strict=True) if not is_there]
        if not silent:
            return _ALIVE
        return Response(status=503, body=msgspec.json.encode({"status": "not_ready", "unreachable": silent}))

"""The door: only known host names pass."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from services.console.errors import HostUnknown
from services.console.http import failure_answer
from services.console.translate import failure_of

_PROBES = ("/healthz", "/readyz")
"""Asked by the platform under the pod's own address, and they tell nothing."""


class HostGuard:
    """Answers 421 to requests for names that are not ours.

    A page of another site can point its own name at this machine (DNS rebinding); its requests then carry that name.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: tuple[str, ...]) -> None:
        self._app = app
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["path"] not in _PROBES and not self._is_ours(scope):
            await failure_answer(failure_of(HostUnknown()))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        hosts = [value.decode("latin-1").lower() for key, value in scope["headers"] if key == b"host"]
        return len(hosts) == 1 and (hosts[0] in self._allowed or without_port(hosts[0]) in self._allowed)


def without_port(host: str) -> str:
    """The host name of a `Host` header; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (not name.startswith("[") or name.endswith("]")) else host

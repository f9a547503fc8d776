"""Serving HTTP: an ASGI application under uvicorn in this event loop, with the same start and drain as a gRPC room."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import uvicorn

from chassis.settings import SettingsError
from chassis.stopping import DRAIN_GRACE, wait_for_stop

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

log = logging.getLogger(__name__)


class AsgiServer:
    """An HTTP server of one room."""

    def __init__(self, app: AsgiApp, listen: str) -> None:
        """Prepare a server on `host:port`; port 0 takes a free one."""
        self.host, _, port = listen.rpartition(":")
        self.port = int(port)
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            # The listener stands in front of an ingress or on loopback; forwarded headers are not ours to believe.
            proxy_headers=False,
            timeout_keep_alive=75,
            # Slow-body protection is the application's; idle sockets are uvicorn's.
            timeout_graceful_shutdown=int(DRAIN_GRACE.total_seconds()),
        )
        self._server = _QuietServer(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            SettingsError: the address is taken or can't be bound.
        """
        listener = self._bind()
        self.port = listener.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise SettingsError([f"the HTTP server on {self.host}:{self.port} did not start"])
            await asyncio.sleep(0.005)
        log.info("serving", extra={"address": f"{self.host}:{self.port}"})

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # asyncio switches Nagle's algorithm off only where the protocol is named; with it each answer on a kept
        # connection waits some 40 ms for the client's delayed acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host.strip("[]"), self.port))
        except OSError as error:
            listener.close()
            raise SettingsError([f"can't listen on {self.host}:{self.port}: {error.strerror}"]) from error
        return listener

    async def drain(self, grace: timedelta = DRAIN_GRACE) -> None:
        """Stop accepting, let running requests finish, stop."""
        if self._task is None:
            return
        started = time.monotonic()
        self._server.config.timeout_graceful_shutdown = int(grace.total_seconds())
        self._server.should_exit = True
        await self._task
        log.info("drained", extra={"seconds": round(time.monotonic() - started, 3)})

    async def wait(self) -> None:
        """Return when the process is told to stop."""
        await wait_for_stop()


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the room decides when to stop."""

    def install_signal_handlers(self) -> None:
        """Leave the process's signals alone."""

    def capture_signals(self) -> Any:
        """Leave the process's signals alone."""
        from contextlib import nullcontext

        return nullcontext()

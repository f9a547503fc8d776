"""The edge put together: settings, channels, caches, server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from chassis import logs, telemetry
from chassis.asgi import AsgiServer
from chassis.channels import open_channel
from chassis.clock import Clock, SystemClock
from chassis.settings import load
from chassis.watch import follow
from services.mcp_edge.calls import ToolCaller
from services.mcp_edge.discovery import Discovery
from services.mcp_edge.dispatch import Dispatcher
from services.mcp_edge.endpoint import Endpoint
from services.mcp_edge.grants import GrantCache
from services.mcp_edge.handlers import method_table
from services.mcp_edge.http import Receive, Scope, Send
from services.mcp_edge.knowledge import Knowledge
from services.mcp_edge.peers import AuthPeer, ExecutorPeer, RegistryPeer
from services.mcp_edge.ports import Peers
from services.mcp_edge.probes import Probes
from services.mcp_edge.runner import Runner
from services.mcp_edge.settings import EdgeSettings
from services.mcp_edge.tool_sets import ToolSets

ROOM = "mcp_edge"

log = logging.getLogger(__name__)


class EdgeApp:
    """The ASGI application and what runs beside it."""

    def __init__(self, settings: EdgeSettings, peers: Peers, clock: Clock) -> None:
        self._peers = peers
        self._grants = GrantCache(peers.auth, clock)
        self._tool_sets = ToolSets(peers.registry, clock, settings.tool_set_ttl)
        runner = Runner(peers.executor, settings.call_timeout)
        knowledge = Knowledge(runner, settings.quickbooks_web_url, settings.call_timeout)
        call_tool = ToolCaller(self._tool_sets, runner, Discovery(peers.registry), knowledge)
        dispatcher = Dispatcher(method_table(self._tool_sets, call_tool), clock)
        self._endpoint = Endpoint(settings, self._grants, dispatcher, Probes(peers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        await self._endpoint(scope, receive, send)

    async def follow_changes(self) -> None:
        """Listen, until cancelled, for MCP servers that change or end."""
        try:
            await follow(self._peers.auth.watch, self._grants.hear, self._grants.lose_watch)
        except Exception:
            # Nobody listens any more: from here on no grant may be held for longer than an unwatched one.
            log.exception("incident")
            self._grants.lose_watch()
            raise

    async def close(self) -> None:
        """End what runs in the background."""
        await self._grants.close()
        await self._tool_sets.close()


def build_app(settings: EdgeSettings, peers: Peers, clock: Clock) -> EdgeApp:
    """Build the application on given peers. Nothing connects until a request comes, or `follow_changes` runs."""
    return EdgeApp(settings, peers, clock)


@asynccontextmanager
async def open_room(settings: EdgeSettings, clock: Clock | None = None) -> AsyncIterator[AsgiServer]:
    """Serve the edge until the block ends, then let running calls finish."""
    async with AsyncExitStack() as stack:
        app = build_app(settings, await _open_peers(settings, stack), clock or SystemClock())
        stack.push_async_callback(app.close)
        await stack.enter_async_context(_running(app))
        server = AsgiServer(app, settings.listen)
        await server.start()
        stack.push_async_callback(server.drain)
        yield server


async def serve() -> None:
    """Run the room as this process's work: settings from the environment, until SIGTERM or SIGINT."""
    logs.setup(ROOM)
    told = telemetry.setup(ROOM)
    try:
        async with open_room(load(EdgeSettings)) as server:
            await server.wait()
    finally:
        told.shutdown()


async def _open_peers(settings: EdgeSettings, stack: AsyncExitStack) -> Peers:
    targets = {"auth": settings.auth_target, "registry": settings.registry_target, "executor": settings.executor_target}
    timeouts = {"executor": settings.call_timeout}
    channels = {}
    for room, target in targets.items():
        timeout = timeouts.get(room, settings.peer_timeout)
        channels[room] = open_channel(target, room, timeout=timeout, tls=settings.tls)
        stack.push_async_callback(channels[room].close, None)
    return Peers(
        auth=AuthPeer(channels["auth"]),
        registry=RegistryPeer(channels["registry"]),
        executor=ExecutorPeer(channels["executor"]),
    )


@asynccontextmanager
async def _running(app: EdgeApp) -> AsyncIterator[None]:
    following = asyncio.create_task(app.follow_changes())
    try:
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

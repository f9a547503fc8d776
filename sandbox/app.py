"""The ASGI app, wired."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import accounting, control, entitlements, oauth
from sandbox.clock import SandboxClock
from sandbox.faults import fault
from sandbox.gate import Gate
from sandbox.settings import SandboxSettings
from sandbox.snapshot import keep_snapshots, read_snapshot, write_snapshot
from sandbox.world import World, build_world


class SandboxApp:
    """The sandbox as an ASGI app; its world can be reached in-process through `world`."""

    def __init__(self, world: World, app: ASGIApp) -> None:
        self.world = world
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        await self._app(scope, receive, send)


def build_app(settings: SandboxSettings, clock: SandboxClock | None = None) -> SandboxApp:
    """Return the sandbox, with its default company open and any snapshot loaded.

    Raises:
        SnapshotUnreadable: the snapshot file cannot be used.
        UnknownSeed: the default seed does not exist.
    """
    world = build_world(settings, clock)
    if settings.snapshot_path is not None:
        read_snapshot(world, settings.snapshot_path)
    world.company(settings.default_realm)
    routes = [
        *accounting.routes,
        *entitlements.routes,
        *oauth.routes,
        Mount("/_sandbox", routes=control.routes),
    ]
    handlers = {control.Refused: control.refused, 404: _no_path, Exception: _crashed}
    starlette = Starlette(routes=routes, exception_handlers=handlers, lifespan=_lifespan)
    starlette.state.world = world
    return SandboxApp(world, Gate(starlette, world))


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Keep the snapshot fresh while the app runs and write the last one; tell nobody of changes once it stops."""
    world: World = app.state.world
    try:
        async with _snapshots(world):
            yield
    finally:
        await world.webhooks.close()


@contextlib.asynccontextmanager
async def _snapshots(world: World) -> AsyncIterator[None]:
    path = world.settings.snapshot_path
    if path is None:
        yield
        return
    keeper = asyncio.create_task(keep_snapshots(world, path))
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        write_snapshot(world, path)


async def _crashed(request: Request, error: Exception) -> Response:
    """Answer a mistake of the sandbox's own the way QuickBooks answers its own; the server logs the cause."""
    return accounting.fault_response(request.app.state.world, fault("10000", reason="Unexpected"), wants_json=True)


async def _no_path(request: Request, error: Exception) -> Response:
    refusal = fault("500", what=f"Could not find resource for relative : {request.url.path}")
    response = accounting.fault_response(request.app.state.world, refusal, wants_json=True)
    response.status_code = 404
    return response

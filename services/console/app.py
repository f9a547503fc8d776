"""Where the console is put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis import logs, telemetry
from chassis.asgi import AsgiServer
from chassis.channels import open_channel
from chassis.clock import Clock, SystemClock
from chassis.settings import load
from services.console.catalog_peers import GrpcCatalog
from services.console.connect import ConnectPages
from services.console.guard import HostGuard
from services.console.http import Endpoint, answering, failure_answer, json_answer
from services.console.peers import GrpcAuth
from services.console.ports import Auth, Catalog
from services.console.rest import RestApi
from services.console.settings import ConsoleSettings
from services.console.translate import failure_of

_ACCOUNT = "/integrated-account/{realm_id}"
_SERVER = _ACCOUNT + "/mcp/{server_id}"


def build_app(settings: ConsoleSettings, auth: Auth, catalog: Catalog, clock: Clock) -> ASGIApp:
    """The whole console as one ASGI application; pages join as further routes."""
    rest = RestApi(settings, auth, catalog, clock)
    connect = ConnectPages(settings, auth)

    def page(template: str, **endpoints: Endpoint) -> Route:
        return Route(
            template, answering(_by_method(endpoints), template, settings.call_timeout), methods=list(endpoints)
        )

    app = Starlette(
        routes=[
            page("/integrated-account", GET=rest.list_connections),
            page(_ACCOUNT, GET=rest.get_connection, DELETE=rest.delete_connection),
            page(_ACCOUNT + "/tools", GET=rest.list_tools),
            page(_ACCOUNT + "/mcp", GET=rest.list_servers, POST=rest.create_server),
            page(_SERVER, GET=rest.get_server, PATCH=rest.update_server, DELETE=rest.delete_server),
            page("/connect", GET=connect.explain, POST=connect.begin),
            page("/connect/callback", GET=connect.finish),
            Route("/healthz", _healthz),
            Route("/readyz", _readyz(auth, catalog)),
        ],
        exception_handlers={HTTPException: _route_failure},
    )
    return HostGuard(app, settings.allowed_hosts)


@asynccontextmanager
async def open_room(settings: ConsoleSettings, clock: Clock | None = None) -> AsyncIterator[AsgiServer]:
    """Serve the console until the block ends."""
    async with AsyncExitStack() as stack:
        auth = open_channel(settings.auth_target, "auth", timeout=settings.call_timeout, tls=settings.tls)
        stack.push_async_callback(auth.close, None)
        registry = open_channel(settings.registry_target, "registry", timeout=settings.call_timeout, tls=settings.tls)
        stack.push_async_callback(registry.close, None)
        app = build_app(settings, GrpcAuth(auth), GrpcCatalog(registry), clock or SystemClock())
        server = AsgiServer(app, settings.listen)
        await server.start()
        stack.push_async_callback(server.drain)
        yield server


async def serve() -> None:
    """Run the console until the process is told to stop."""
    logs.setup("console")
    exporting = telemetry.setup("console")
    try:
        async with open_room(load(ConsoleSettings)) as server:
            await server.wait()
    finally:
        exporting.shutdown()


def _by_method(endpoints: Mapping[str, Endpoint]) -> Endpoint:
    async def dispatch(request: Request) -> Response:
        # Starlette lets HEAD in wherever GET is, and the server drops the body.
        return await endpoints["GET" if request.method == "HEAD" else request.method](request)

    return dispatch


async def _healthz(request: Request) -> Response:
    return json_answer({"status": "ok"})


def _readyz(auth: Auth, catalog: Catalog) -> Endpoint:
    async def readyz(request: Request) -> Response:
        is_auth_ready, is_catalog_ready = await asyncio.gather(auth.is_ready(), catalog.is_ready())
        rooms = {"auth": is_auth_ready, "registry": is_catalog_ready}
        return json_answer({"ready": all(rooms.values()), "rooms": rooms}, 200 if all(rooms.values()) else 503)

    return readyz


async def _route_failure(request: Request, error: Exception) -> Response:
    return failure_answer(failure_of(error))

"""The auth room, put together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from chassis import logs, telemetry
from chassis.clock import Clock, SystemClock
from chassis.server import RoomServer
from chassis.settings import load
from daybook.auth.v1 import connection_service_pb2_grpc, grant_service_pb2_grpc, mcp_server_service_pb2_grpc
from services.auth import connection_servicer, grant_servicer, mcp_server_servicer
from services.auth.access import Access
from services.auth.api_tokens import OperatorGuard
from services.auth.connections import Connections
from services.auth.grants import Grants
from services.auth.intuit import IntuitOAuth
from services.auth.keys import SigningKeys
from services.auth.mcp_servers import McpServers
from services.auth.ports import Intuit, Vault
from services.auth.redis_vault import RedisVault
from services.auth.redis_vault_store import RedisStore
from services.auth.refresh import Refresher
from services.auth.sealing import KeyRing
from services.auth.settings import AuthSettings
from services.auth.tokens import Digester

ROOM = "auth"

# A rotation under way may still ask Intuit (10 s) before its answer can be kept.
_LAST_ROTATIONS = timedelta(seconds=12)


@asynccontextmanager
async def open_room(
    settings: AuthSettings, *, intuit: Intuit | None = None, clock: Clock | None = None
) -> AsyncIterator[RoomServer]:
    """Build the room, serve, and take it apart again at the end.

    Args:
        intuit: stands in for Intuit's endpoints in tests.
        clock: stands in for the machine's in tests.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        vault = _open_vault(settings, stack)
        intuit = intuit or _open_intuit(settings, stack)
        refresher = Refresher(vault, intuit, clock, f"{settings.public_console_url.rstrip('/')}/connect")
        stack.push_async_callback(refresher.close, _LAST_ROTATIONS)
        server = RoomServer(ROOM, settings.listen, tls=settings.tls)
        server.probe("vault", vault.ping)
        _register(server, settings, vault, intuit, refresher, clock)
        await server.start()
        stack.push_async_callback(server.drain)
        yield server


async def serve() -> None:
    """Run the room as a process, by the environment, until told to stop."""
    logs.setup(ROOM)
    spans = telemetry.setup(ROOM)
    try:
        async with open_room(load(AuthSettings)) as server:
            await server.wait()
    finally:
        spans.shutdown()


def _open_vault(settings: AuthSettings, stack: AsyncExitStack) -> RedisVault:
    store = RedisStore(settings.redis_url)
    stack.push_async_callback(store.close)
    return RedisVault(store, KeyRing.parse(settings.sealing_keys))


def _open_intuit(settings: AuthSettings, stack: AsyncExitStack) -> IntuitOAuth:
    intuit = IntuitOAuth(
        settings.intuit_client_id,
        settings.intuit_client_secret,
        authorize_url=settings.intuit_authorize_url,
        token_url=settings.intuit_token_url,
        revoke_url=settings.intuit_revoke_url,
        scopes=settings.scopes,
    )
    stack.push_async_callback(intuit.close)
    return intuit


def _register(
    server: RoomServer, settings: AuthSettings, vault: Vault, intuit: Intuit, refresher: Refresher, clock: Clock
) -> None:
    digester = Digester.parse(settings.digest_key)
    guard = OperatorGuard(settings.operator_token)
    grants = Grants(vault, SigningKeys.parse(settings.signing_key), digester, clock, settings.grant_lifetime)
    connections = Connections(vault, intuit, refresher, digester, clock)
    access = Access(vault, refresher, grants.verifier(), digester, clock, settings.refresh_ahead)
    server.register(
        connection_service_pb2_grpc.add_ConnectionServiceServicer_to_server,
        connection_servicer.ConnectionServicer(connections, access, guard),
        connection_servicer.SERVICE,
        connection_servicer.CALLERS,
    )
    server.register(
        mcp_server_service_pb2_grpc.add_McpServerServiceServicer_to_server,
        mcp_server_servicer.McpServerServicer(McpServers(vault, digester, clock), guard),
        mcp_server_servicer.SERVICE,
    )
    server.register(
        grant_service_pb2_grpc.add_GrantServiceServicer_to_server,
        grant_servicer.GrantServicer(grants, vault),
        grant_servicer.SERVICE,
    )

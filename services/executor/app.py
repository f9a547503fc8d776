"""The executor room, wired: settings → peers, store, transport → execution → server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import grpc

from chassis import logs, settings, telemetry
from chassis.channels import open_channel
from chassis.clock import Clock, SystemClock
from chassis.grants import GrantVerifier
from chassis.server import RoomServer
from chassis.watch import follow
from daybook.executor.v1 import execution_service_pb2_grpc as wire
from services.executor.access_cache import AccessCache
from services.executor.execution import Execution
from services.executor.intents import Intents
from services.executor.operation_cache import OperationCache
from services.executor.peers import AuthPeer, RegistryPeer
from services.executor.quickbooks import HttpQuickBooks, open_transport
from services.executor.redis_intents import RedisIntents, open_store
from services.executor.revocations import Revocations
from services.executor.sending import Sender
from services.executor.servicer import SERVICE, ExecutionServicer
from services.executor.settings import ExecutorSettings
from services.executor.writes import Writes

ROOM = "executor"


@asynccontextmanager
async def open_room(room_settings: ExecutorSettings, clock: Clock | None = None) -> AsyncIterator[RoomServer]:
    """Build the room and serve it for as long as the context lasts; then let running calls finish.

    Raises:
        SettingsError: the address can't be bound.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        auth = AuthPeer(await _channel(room_settings, room_settings.auth_target, "auth", stack))
        registry = RegistryPeer(await _channel(room_settings, room_settings.registry_target, "registry", stack))
        verifier, tokens = GrantVerifier(auth.fetch_keys, clock), AccessCache(auth, clock)
        writes = Writes()
        execution = Execution(
            catalog=OperationCache(registry, clock, room_settings.operation_ttl),
            intents=Intents(await _intent_store(room_settings, stack)),
            sender=Sender(tokens, await _quickbooks(room_settings, clock, stack)),
            writes=writes,
        )
        stack.push_async_callback(writes.drain)
        await stack.enter_async_context(_following(auth, Revocations(verifier, tokens)))
        server = RoomServer(ROOM, room_settings.listen, tls=room_settings.tls)
        server.register(wire.add_ExecutionServiceServicer_to_server, ExecutionServicer(execution, verifier), SERVICE)
        await server.start()
        stack.push_async_callback(server.drain)
        yield server


async def serve() -> None:
    """Run the room until the process is told to stop."""
    logs.setup(ROOM)
    told = telemetry.setup(ROOM)
    try:
        async with open_room(settings.load(ExecutorSettings)) as server:
            await server.wait()
    finally:
        told.shutdown()


async def _channel(room_settings: ExecutorSettings, target: str, peer: str, stack: AsyncExitStack) -> grpc.aio.Channel:
    channel = open_channel(target, peer, timeout=room_settings.peer_timeout, tls=room_settings.tls)
    stack.push_async_callback(channel.close, None)
    return channel


async def _intent_store(room_settings: ExecutorSettings, stack: AsyncExitStack) -> RedisIntents:
    client = open_store(room_settings.redis_url)
    stack.push_async_callback(client.aclose)
    return RedisIntents(client)


async def _quickbooks(room_settings: ExecutorSettings, clock: Clock, stack: AsyncExitStack) -> HttpQuickBooks:
    transport = open_transport()
    stack.push_async_callback(transport.aclose)
    return HttpQuickBooks(transport, room_settings.quickbooks_url, room_settings.quickbooks_timeout, clock)


@asynccontextmanager
async def _following(auth: AuthPeer, revocations: Revocations) -> AsyncIterator[None]:
    """Hear of revoked MCP servers for as long as the context lasts."""

    async def listen() -> None:
        try:
            await follow(auth.watch, revocations.hear, revocations.lose)
        finally:
            # Whatever ended it, nobody listens any more, and no cache may be trusted as if someone did.
            revocations.lose()

    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

"""The executor room between fake peers over real gRPC and a QuickBooks of raw sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.channels import open_channel
from chassis.errors import MeshError, PeerUnavailable, from_rpc_error
from chassis.grants import ALGORITHM, GRANT_METADATA, Grant, Scope, claims_of
from chassis.server import RoomServer
from chassis.settings import Secret, TlsSettings
from daybook.auth.v1 import (
    connection_service_pb2,
    connection_service_pb2_grpc,
    grant_service_pb2,
    grant_service_pb2_grpc,
)
from daybook.executor.v1 import execution_service_pb2, execution_service_pb2_grpc
from daybook.registry.v1 import catalog_service_pb2, catalog_service_pb2_grpc, resources_pb2
from services.executor.app import open_room
from services.executor.errors import ToolUnknown
from services.executor.model import Effect, Location, Operation, ResultShape
from services.executor.settings import ExecutorSettings
from tests.unit.executor.executor_fakes import CONNECTION, OPERATIONS, REALM, SERVER
from tests.unit.executor.loopback_quickbooks import Behaviour, Loopback, answering, loopback

KEY = Ed25519PrivateKey.generate()
KEY_ID = "key-1"
FOUND = answering(b'{"Invoice":{"Id":"102","TotalAmt":100.00},"time":"t"}')


def on_the_wire(operation: Operation) -> resources_pb2.Operation:
    """The operation as the registry sends it."""
    effects = {Effect.READ: 1, Effect.WRITE: 2, Effect.DESTROY: 3}
    locations = {location: number for number, location in enumerate(Location, 1)}
    shapes = {shape: number for number, shape in enumerate(ResultShape, 1)}
    message: Any = resources_pb2.Operation(
        tool_id=operation.tool_id,
        method=operation.method,
        tags=operation.tags,
        effect=effects[operation.effect],  # type: ignore[arg-type]
        entity=operation.entity,
        http_method=operation.http_method,
        path_template=operation.path_template,
        fixed_query=operation.fixed_query,
        fixed_body_json=operation.fixed_body_json,
        result_shape=shapes[operation.result_shape],  # type: ignore[arg-type]
        input_schema_json=operation.input_schema_json,
        takes_request_id=operation.takes_request_id,
    )
    for placement in operation.placements:
        message.placements.add(
            argument=placement.argument, location=locations[placement.location], target=placement.target
        )
    return message  # type: ignore[no-any-return]


class Registry(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Knows the test operations."""

    def __init__(self) -> None:
        self.asked = 0

    async def ListTools(self, request: Any, context: Any) -> Any:
        raise AssertionError("the executor lists nothing")

    async def GetTool(self, request: Any, context: Any) -> Any:
        raise AssertionError("the executor reads no tool")

    async def SearchTools(self, request: Any, context: Any) -> Any:
        raise AssertionError("the executor searches nothing")

    async def GetCapabilities(self, request: Any, context: Any) -> Any:
        raise AssertionError("the executor asks for no capabilities")

    async def ListPresets(self, request: Any, context: Any) -> Any:
        raise AssertionError("the executor knows no presets")

    async def ListKnowledgeSources(self, request: Any, context: Any) -> Any:
        raise AssertionError("the executor knows no sources")

    async def ResolveOperation(self, request: Any, context: Any) -> Any:
        self.asked += 1
        for operation in OPERATIONS:
            if operation.tool_id == request.tool_id:
                return catalog_service_pb2.ResolveOperationResponse(operation=on_the_wire(operation), revision="r1")
        raise ToolUnknown(request.tool_id)


class Grants(grant_service_pb2_grpc.GrantServiceServicer):
    """Gives keys, and says what a test tells it to say."""

    def __init__(self) -> None:
        self.watchers = asyncio.Event()
        self.news: asyncio.Queue[str | None] = asyncio.Queue()
        self.is_gone = False

    def go(self) -> None:
        """End the watch, and take up no other."""
        self.is_gone = True
        self.news.put_nowait(None)

    async def ExchangeToken(self, request: Any, context: Any) -> Any:
        raise AssertionError("the executor exchanges nothing")

    async def GetSigningKeys(self, request: Any, context: Any) -> Any:
        key = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
        return grant_service_pb2.GetSigningKeysResponse(
            jwks_json=json.dumps({"keys": [key | {"kid": KEY_ID, "alg": ALGORITHM, "use": "sig"}]}).encode()
        )

    async def WatchMcpServers(self, request: Any, context: Any) -> AsyncIterator[Any]:
        if self.is_gone:
            raise PeerUnavailable("auth")
        yield grant_service_pb2.WatchMcpServersResponse()
        self.watchers.set()
        while (name := await self.news.get()) is not None:
            yield grant_service_pb2.WatchMcpServersResponse(mcp_server=name)
        raise PeerUnavailable("auth")


async def _refuse(_self: Any, _request: Any, _context: Any) -> Any:
    raise AssertionError("the executor manages no connections")


_never: Any = _refuse


class Connections(connection_service_pb2_grpc.ConnectionServiceServicer):
    """Gives access tokens."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.failure: MeshError | None = None

    async def IssueAccessToken(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        answer = connection_service_pb2.IssueAccessTokenResponse(
            access_token="the-access-token", realm_id=REALM, token_digest="d1"
        )
        answer.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
        return answer

    BeginConnect = CompleteConnect = GetConnection = ListConnections = DeleteConnection = _never


def signed(**changes: Any) -> str:
    """A grant as auth signs it."""
    now = datetime.now(UTC)
    grant: dict[str, Any] = {
        "connection": CONNECTION,
        "mcp_server": SERVER,
        "scope": Scope(methods=("read", "write")),
        "issued_at": now,
        "expires_at": now + timedelta(minutes=1),
        "token_id": "t1",
    }
    return jwt.encode(claims_of(Grant(**(grant | changes))), KEY, ALGORITHM, headers={"kid": KEY_ID})


@dataclass
class Mesh:
    """The executor and everything around it."""

    stub: Any
    registry: Registry
    grants: Grants
    connections: Connections
    quickbooks: Loopback
    server: RoomServer
    token: str = field(default_factory=signed)

    async def run(self, operation: Operation, arguments: bytes, *, metadata: Any = None, **fields: Any) -> Any:
        """Run a call; failures come as MeshError."""
        request = execution_service_pb2.ExecuteToolRequest(
            tool_id=operation.tool_id, arguments_json=arguments, **fields
        )
        try:
            return await self.stub.ExecuteTool(
                request, metadata=((GRANT_METADATA, self.token),) if metadata is None else metadata
            )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, "executor") from error

    async def reason(self, operation: Operation, arguments: bytes = b"{}", **fields: Any) -> str:
        """Why a call fails."""
        with pytest.raises(MeshError) as caught:
            await self.run(operation, arguments, **fields)
        return caught.value.reason


async def _serve(stack: AsyncExitStack, *services: tuple[Any, Any, str]) -> RoomServer:
    server = RoomServer("fake", "127.0.0.1:0")
    for add, servicer, name in services:
        server.register(add, servicer, name)
    await server.start()
    stack.push_async_callback(server.drain, timedelta(0))
    return server


@asynccontextmanager
async def mesh(redis_url: Secret, *behaviours: Behaviour) -> AsyncIterator[Mesh]:
    """Everything on free ports."""
    async with AsyncExitStack() as stack:
        registry, grants, connections = Registry(), Grants(), Connections()
        peers = await _serve(
            stack,
            (
                catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server,
                registry,
                "daybook.registry.v1.CatalogService",
            ),
            (grant_service_pb2_grpc.add_GrantServiceServicer_to_server, grants, "daybook.auth.v1.GrantService"),
            (
                connection_service_pb2_grpc.add_ConnectionServiceServicer_to_server,
                connections,
                "daybook.auth.v1.ConnectionService",
            ),
        )
        quickbooks = await stack.enter_async_context(loopback(*behaviours))
        settings = ExecutorSettings(
            redis_url=redis_url,
            quickbooks_url=quickbooks.url,
            auth_target=peers.address,
            registry_target=peers.address,
            listen="127.0.0.1:0",
            tls=TlsSettings(),
        )
        server = await stack.enter_async_context(open_room(settings))
        channel = open_channel(server.address, "executor", timeout=timedelta(seconds=10))
        stack.push_async_callback(channel.close, None)
        await asyncio.wait_for(grants.watchers.wait(), 10)
        stub = execution_service_pb2_grpc.ExecutionServiceStub(channel)
        yield Mesh(stub, registry, grants, connections, quickbooks, server)


NO_STORE = Secret("redis://127.0.0.1:1/0")
"""A store that is down."""

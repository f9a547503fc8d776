"""The three rooms behind the edge as real gRPC servers, with answers that tests choose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.protobuf import timestamp_pb2

from chassis.errors import MeshError
from chassis.server import RoomServer
from daybook.auth.v1 import grant_service_pb2, grant_service_pb2_grpc
from daybook.executor.v1 import execution_service_pb2, execution_service_pb2_grpc
from daybook.registry.v1 import catalog_service_pb2, catalog_service_pb2_grpc, resources_pb2
from services.mcp_edge.settings import EdgeSettings
from tests.unit.mcp_edge.edge_fakes import READ_TOOL, SERVER, TOKEN, WRITE_TOOL

GRANT = "a.signed.grant"

_ARGUMENTS = b'{"type":"object","properties":{"query":{"type":"string"}},"additionalProperties":false}'
_RESULT = b'{"type":"object","properties":{"result":{"type":"array"}},"required":["result"]}'
_TOOLS = ((READ_TOOL, resources_pb2.EFFECT_READ), (WRITE_TOOL, resources_pb2.EFFECT_WRITE))


class TokenInvalid(MeshError):
    """As auth says it."""

    code, reason = grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"


class ArgumentsInvalid(MeshError):
    """As the executor says it."""

    code, reason = grpc.StatusCode.INVALID_ARGUMENT, "ARGUMENTS_INVALID"


@dataclass
class Rooms:
    """Servicers of all three rooms in one."""

    address: str = ""
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    exchanges: int = 0
    changes: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    watched: asyncio.Event = field(default_factory=asyncio.Event)
    executed: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event | None = None
    failure: MeshError | None = None
    deadline: float = 0.0

    def settings(self) -> EdgeSettings:
        """Settings of an edge before these rooms."""
        return EdgeSettings(
            listen="127.0.0.1:0",
            auth_target=self.address,
            registry_target=self.address,
            executor_target=self.address,
        )

    async def ExchangeToken(self, request: Any, context: Any) -> grant_service_pb2.ExchangeTokenResponse:
        self.exchanges += 1
        if request.token not in self.tokens:
            raise TokenInvalid("the token is not valid")
        until = timestamp_pb2.Timestamp()
        until.FromDatetime(datetime.now(UTC) + timedelta(minutes=5))
        return grant_service_pb2.ExchangeTokenResponse(
            grant=GRANT,
            connection="connections/9130347596842560",
            mcp_server=SERVER,
            methods=["read"],
            expire_time=until,
        )

    async def WatchMcpServers(self, request: Any, context: Any) -> AsyncIterator[Any]:
        yield grant_service_pb2.WatchMcpServersResponse()
        self.watched.set()
        while True:
            yield grant_service_pb2.WatchMcpServersResponse(mcp_server=await self.changes.get())

    async def ListTools(self, request: Any, context: Any) -> catalog_service_pb2.ListToolsResponse:
        tools = [
            resources_pb2.Tool(
                tool_id=name,
                title=name,
                description="Does what its name says.",
                method="list",
                effect=effect,
                input_schema_json=_ARGUMENTS,
                output_schema_json=_RESULT,
            )
            for name, effect in _TOOLS
        ]
        return catalog_service_pb2.ListToolsResponse(tools=tools, revision="r1")

    async def ExecuteTool(self, request: Any, context: Any) -> execution_service_pb2.ExecuteToolResponse:
        self.executed.append((dict(context.invocation_metadata()), request))
        self.deadline = context.time_remaining()
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return execution_service_pb2.ExecuteToolResponse(result_json=b'{"result":[{"TotalAmt":100.00}]}')

    async def GetSigningKeys(self, request: Any, context: Any) -> None:
        """The edge never asks."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not asked by the edge")

    GetTool = ResolveOperation = SearchTools = GetCapabilities = GetSigningKeys
    ListPresets = ListKnowledgeSources = GetSigningKeys


@asynccontextmanager
async def open_rooms() -> AsyncIterator[Rooms]:
    """Serve all three on one loopback port."""
    rooms = Rooms()
    server = RoomServer("rooms", "127.0.0.1:0")
    for add, service in (
        (grant_service_pb2_grpc.add_GrantServiceServicer_to_server, "daybook.auth.v1.GrantService"),
        (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, "daybook.registry.v1.CatalogService"),
        (execution_service_pb2_grpc.add_ExecutionServiceServicer_to_server, "daybook.executor.v1.ExecutionService"),
    ):
        server.register(add, rooms, service)
    await server.start()
    rooms.address = server.address
    try:
        yield rooms
    finally:
        await server.drain(timedelta(0))

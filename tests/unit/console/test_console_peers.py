"""What the console asks of other rooms, over real gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.channels import open_channel
from chassis.errors import FieldViolation, MeshError, PeerUnavailable, RequestInvalid
from chassis.server import RoomServer
from daybook.auth.v1 import (
    connection_service_pb2,
    connection_service_pb2_grpc,
    mcp_server_service_pb2,
    mcp_server_service_pb2_grpc,
    resources_pb2,
)
from daybook.registry.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from daybook.registry.v1 import resources_pb2 as registry_resources_pb2
from services.console.catalog_peers import GrpcCatalog
from services.console.model import (
    Capability,
    ConnectionStatus,
    Exposure,
    Filter,
    McpServer,
    NewServer,
    Offer,
    PageWish,
    Resource,
    ServerChange,
)
from services.console.peers import GrpcAuth

pytestmark = pytest.mark.anyio

REALM = "9130347596842560"
SERVER = f"connections/{REALM}/mcpServers/k3v9k3v9"
END = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
BEARER = "Bearer operator-token"


def stamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made


class Servers(mcp_server_service_pb2_grpc.McpServerServiceServicer):
    """Answers with what it was asked, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.bearers: list[str] = []

    def _note(self, request: Any, context: Any) -> None:
        self.asked.append(request)
        self.bearers.append(dict(context.invocation_metadata())["authorization"])

    async def CreateMcpServer(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        server = resources_pb2.McpServer()
        server.CopyFrom(request.mcp_server)
        server.name, server.etag = SERVER, "v1"
        return mcp_server_service_pb2.CreateMcpServerResponse(mcp_server=server, token="dbm_x")

    async def GetMcpServer(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        raise RequestInvalid(FieldViolation(field="name", description="wrong"))

    async def ListMcpServers(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        return mcp_server_service_pb2.ListMcpServersResponse(
            mcp_servers=[resources_pb2.McpServer(name=SERVER)], next_page_token="more"
        )

    async def UpdateMcpServer(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        return mcp_server_service_pb2.UpdateMcpServerResponse(mcp_server=request.mcp_server)

    async def DeleteMcpServer(self, request: Any, context: Any) -> Any:
        self._note(request, context)
        return mcp_server_service_pb2.DeleteMcpServerResponse()


class Connections(connection_service_pb2_grpc.ConnectionServiceServicer):
    """One company whose consent has ended."""

    async def ListConnections(self, request: Any, context: Any) -> Any:
        company = resources_pb2.Connection(
            name=f"connections/{REALM}",
            realm_id=REALM,
            state=resources_pb2.CONNECTION_STATE_EXPIRED,
            connect_time=stamp(END),
        )
        return connection_service_pb2.ListConnectionsResponse(connections=[company])

    BeginConnect = CompleteConnect = GetConnection = DeleteConnection = IssueAccessToken = None  # type: ignore[assignment]


class Tools(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Has tools for `crm` only."""

    async def GetCapabilities(self, request: Any, context: Any) -> Any:
        answer = catalog_service_pb2.GetCapabilitiesResponse(
            tool_count=1 if "crm" in request.tags else 0,
            estimated_tokens=90,
            available_methods=["list"],
            available_tags=["crm"],
            score=50,
        )
        answer.unknown_tools.add(tool_id="lst", suggestions=["list"])
        answer.resources.add(resource="customer").methods.add(method="merge", missing="not offered")
        return answer

    async def ListTools(self, request: Any, context: Any) -> Any:
        answer = catalog_service_pb2.ListToolsResponse()
        effect = registry_resources_pb2.EFFECT_READ
        answer.tools.add(tool_id=request.tools[0], method="list", tags=["crm"], effect=effect, input_schema_json=b"{}")
        return answer

    async def ListPresets(self, request: Any, context: Any) -> Any:
        answer = catalog_service_pb2.ListPresetsResponse()
        answer.presets.add(preset_id="chatgpt", methods=["read"], tools=["list"])
        return answer

    GetTool = ResolveOperation = SearchTools = ListKnowledgeSources = None  # type: ignore[assignment]


class Rooms:
    """The console's side of a running room, and what that room was asked."""

    def __init__(self, channel: grpc.aio.Channel, servers: Servers, server: RoomServer) -> None:
        self.auth = GrpcAuth(channel)
        self.catalog = GrpcCatalog(channel)
        self.servers = servers
        self.server = server


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    server, servers = RoomServer("auth", "127.0.0.1:0"), Servers()
    names = (
        "daybook.auth.v1.McpServerService",
        "daybook.auth.v1.ConnectionService",
        "daybook.registry.v1.CatalogService",
    )
    server.register(mcp_server_service_pb2_grpc.add_McpServerServiceServicer_to_server, servers, names[0])
    server.register(connection_service_pb2_grpc.add_ConnectionServiceServicer_to_server, Connections(), names[1])
    server.register(catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, Tools(), names[2])
    await server.start()
    channel = open_channel(server.address, "auth", timeout=timedelta(seconds=5))
    yield Rooms(channel, servers, server)
    await channel.close(None)
    await server.drain(timedelta(seconds=0))


async def test_a_wish_arrives_whole_with_its_bearer(rooms: Rooms) -> None:
    """Nothing of what was asked for may be lost between the wires."""
    wish = NewServer(
        display_name="n",
        filter=Filter(methods=("read",), tags=("crm",), tools=("a_tool",)),
        exposure=Exposure.DISCOVERY,
        has_company_knowledge=True,
        expires_at=END,
    )
    created = await rooms.auth.create_server(BEARER, REALM, wish, "order-0001")
    asked = rooms.servers.asked[0]
    assert (asked.parent, asked.request_id, rooms.servers.bearers) == (f"connections/{REALM}", "order-0001", [BEARER])
    assert created.token == "dbm_x"
    assert created.server == McpServer(
        realm_id=REALM,
        server_id="k3v9k3v9",
        display_name="n",
        filter=wish.filter,
        exposure=Exposure.DISCOVERY,
        has_company_knowledge=True,
        expires_at=END,
        created_at=None,
        updated_at=None,
        etag="v1",
    )


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        (ServerChange(display_name="n"), ["display_name"]),
        (ServerChange(methods=("read",), tags=()), ["methods", "tags"]),
        (ServerChange(expires_at=END), ["expire_time"]),
        (ServerChange(tools=(), exposure=Exposure.ALL), ["tools", "tool_exposure"]),
        (ServerChange(has_company_knowledge=False), ["company_knowledge"]),
        (ServerChange(is_expiry_cleared=True), ["expire_time"]),
    ],
)
async def test_only_what_was_named_is_changed(rooms: Rooms, change: ServerChange, paths: list[str]) -> None:
    """A field that is not in the mask stays; a field in it that is unset is cleared."""
    await rooms.auth.update_server(BEARER, REALM, "k3v9k3v9", change.at("v1"))
    asked = rooms.servers.asked[0]
    assert (list(asked.update_mask.paths), asked.mcp_server.etag, asked.mcp_server.name) == (paths, "v1", SERVER)
    assert asked.mcp_server.HasField("expire_time") == (change.expires_at is not None)


async def test_pages_carry_their_cursor(rooms: Rooms) -> None:
    """The list goes on where the page before ended."""
    page = await rooms.auth.list_servers(BEARER, REALM, PageWish(limit=1, cursor="before"))
    asked = rooms.servers.asked[0]
    assert (asked.page_size, asked.page_token, page.next_cursor, len(page.rows)) == (1, "before", "more", 1)


async def test_a_company_whose_consent_ended_needs_a_person(rooms: Rooms) -> None:
    """That is what the status is for."""
    page = await rooms.auth.list_connections(BEARER, PageWish(limit=10, cursor=""))
    company = page.rows[0]
    assert (company.status, company.connected_at, company.refresh_expires_at) == (
        ConnectionStatus.NEEDS_REAUTH,
        END,
        None,
    )


async def test_the_catalog_says_what_a_filter_leaves(rooms: Rooms) -> None:
    """Counts and names, without the tools themselves."""
    capability = Capability(method="merge", tool="", missing="not offered")
    offer = Offer(
        tool_count=1,
        estimated_tokens=90,
        methods=("list",),
        tags=("crm",),
        unknown_tools={"lst": ("list",)},
        resources=(Resource(name="customer", capabilities=(capability,)),),
        score=50,
    )
    assert await rooms.catalog.offer(Filter(methods=("read",), tags=("crm",))) == offer
    assert (await rooms.catalog.offer(Filter(methods=("read",), tags=("sales",)))).tool_count == 0


async def test_tools_and_presets_cross_whole(rooms: Rooms) -> None:
    """They are shown as they are, and used as they are."""
    (found,) = await rooms.catalog.tools(Filter(methods=("read",), tags=(), tools=("a_tool",)))
    assert (found.name, found.method, found.tags, found.effect) == ("a_tool", "list", ("crm",), "read")
    presets = {"chatgpt": Filter(methods=("read",), tags=(), tools=("list",))}
    assert await rooms.catalog.presets() == presets


async def test_what_a_room_raises_keeps_its_reason(rooms: Rooms) -> None:
    """The REST answer names the field that was wrong."""
    with pytest.raises(MeshError) as raised:
        await rooms.auth.get_server(BEARER, REALM, "k3v9k3v9")
    assert (raised.value.reason, raised.value.violations[0].field) == ("REQUEST_INVALID", "name")


async def test_a_room_that_is_gone_is_unavailable(rooms: Rooms) -> None:
    """The caller is told to come back, and readiness says no."""
    assert await rooms.auth.is_ready()
    await rooms.server.drain(timedelta(seconds=0))
    with pytest.raises(PeerUnavailable):
        await rooms.auth.delete_server(BEARER, REALM, "k3v9k3v9")
    assert not await rooms.auth.is_ready()

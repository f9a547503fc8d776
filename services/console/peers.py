"""The console's calls to auth: dataclasses on this side, the wire contract on that."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.errors import from_rpc_error
from daybook.auth.v1 import (
    connection_service_pb2,
    connection_service_pb2_grpc,
    mcp_server_service_pb2,
    mcp_server_service_pb2_grpc,
    resources_pb2,
)
from services.console.model import (
    ConnectAnswer,
    ConnectAttempt,
    Connection,
    ConnectionStatus,
    CreatedServer,
    Exposure,
    Filter,
    McpServer,
    NewServer,
    Page,
    PageWish,
    ServerChange,
)

Answer = TypeVar("Answer")

_READY_TIMEOUT_SECONDS = 0.8
"""A readiness question must be answered before the platform's own probe gives up, after one second."""


_KNOWN_EXPOSURES = {
    resources_pb2.TOOL_EXPOSURE_ALL: Exposure.ALL,
    resources_pb2.TOOL_EXPOSURE_DISCOVERY: Exposure.DISCOVERY,
}
_EXPOSURES = {exposure: message for message, exposure in _KNOWN_EXPOSURES.items()}


class GrpcAuth:
    """The auth room over gRPC."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._connections = connection_service_pb2_grpc.ConnectionServiceStub(channel)
        self._servers = mcp_server_service_pb2_grpc.McpServerServiceStub(channel)
        self._health = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]

    async def begin_connect(self, authorization: str, redirect_uri: str) -> ConnectAttempt:
        """Start an attempt to link a company."""
        request = connection_service_pb2.BeginConnectRequest(redirect_uri=redirect_uri)
        answer = await _auth(self._connections.BeginConnect(request, metadata=_bearing(authorization)))
        return ConnectAttempt(
            authorize_url=answer.authorize_url, state=answer.state, expires_at=_instant(answer.expire_time)
        )

    async def complete_connect(self, answer: ConnectAnswer) -> Connection:
        """Finish an attempt with what Intuit's redirect carried."""
        request = connection_service_pb2.CompleteConnectRequest(
            state=answer.state, code=answer.code, realm_id=answer.realm_id, oauth_error=answer.oauth_error
        )
        return _connection((await _auth(self._connections.CompleteConnect(request))).connection)

    async def get_connection(self, authorization: str, realm_id: str) -> Connection:
        """Read one connection."""
        request = connection_service_pb2.GetConnectionRequest(name=_connection_name(realm_id))
        return _connection(
            (await _auth(self._connections.GetConnection(request, metadata=_bearing(authorization)))).connection
        )

    async def list_connections(self, authorization: str, wish: PageWish) -> Page[Connection]:
        """Read a page of connections, by realm id."""
        request = connection_service_pb2.ListConnectionsRequest(page_size=wish.limit, page_token=wish.cursor)
        answer = await _auth(self._connections.ListConnections(request, metadata=_bearing(authorization)))
        return Page(rows=tuple(map(_connection, answer.connections)), next_cursor=answer.next_page_token)

    async def delete_connection(self, authorization: str, realm_id: str) -> None:
        """Revoke a connection at Intuit, then erase it with its MCP servers."""
        request = connection_service_pb2.DeleteConnectionRequest(name=_connection_name(realm_id))
        await _auth(self._connections.DeleteConnection(request, metadata=_bearing(authorization)))

    async def create_server(self, authorization: str, realm_id: str, wish: NewServer, request_id: str) -> CreatedServer:
        """Make an MCP server; a repeat with the same request id answers with the same one."""
        request = mcp_server_service_pb2.CreateMcpServerRequest(
            parent=_connection_name(realm_id),
            mcp_server=resources_pb2.McpServer(
                display_name=wish.display_name,
                methods=wish.filter.methods,
                tags=wish.filter.tags,
                tools=wish.filter.tools,
                tool_exposure=_EXPOSURES[wish.exposure],
                company_knowledge=wish.has_company_knowledge,
                expire_time=_timestamp(wish.expires_at),
            ),
            request_id=request_id,
        )
        answer = await _auth(self._servers.CreateMcpServer(request, metadata=_bearing(authorization)))
        return CreatedServer(server=_server(answer.mcp_server), token=answer.token)

    async def get_server(self, authorization: str, realm_id: str, server_id: str) -> McpServer:
        """Read one MCP server."""
        request = mcp_server_service_pb2.GetMcpServerRequest(name=_server_name(realm_id, server_id))
        return _server((await _auth(self._servers.GetMcpServer(request, metadata=_bearing(authorization)))).mcp_server)

    async def list_servers(self, authorization: str, realm_id: str, wish: PageWish) -> Page[McpServer]:
        """Read a page of a connection's MCP servers, oldest first."""
        request = mcp_server_service_pb2.ListMcpServersRequest(
            parent=_connection_name(realm_id), page_size=wish.limit, page_token=wish.cursor
        )
        answer = await _auth(self._servers.ListMcpServers(request, metadata=_bearing(authorization)))
        return Page(rows=tuple(map(_server, answer.mcp_servers)), next_cursor=answer.next_page_token)

    async def update_server(self, authorization: str, realm_id: str, server_id: str, change: ServerChange) -> McpServer:
        """Change the named parts of an MCP server."""
        request = mcp_server_service_pb2.UpdateMcpServerRequest(
            mcp_server=resources_pb2.McpServer(
                name=_server_name(realm_id, server_id),
                display_name=change.display_name or "",
                methods=change.methods or (),
                tags=change.tags or (),
                tools=change.tools or (),
                tool_exposure=_EXPOSURES[change.exposure or Exposure.ALL],
                company_knowledge=change.has_company_knowledge or False,
                expire_time=_timestamp(change.expires_at),
                etag=change.etag,
            )
        )
        request.update_mask.paths.extend(_changed_paths(change))
        return _server(
            (await _auth(self._servers.UpdateMcpServer(request, metadata=_bearing(authorization)))).mcp_server
        )

    async def delete_server(self, authorization: str, realm_id: str, server_id: str) -> None:
        """Revoke an MCP server."""
        request = mcp_server_service_pb2.DeleteMcpServerRequest(name=_server_name(realm_id, server_id))
        await _auth(self._servers.DeleteMcpServer(request, metadata=_bearing(authorization)))

    async def is_ready(self) -> bool:
        """Whether the room answers and is ready, within a second."""
        return await is_serving(self._health)


async def _auth(call: Awaitable[Answer]) -> Answer:
    return await asked(call, "auth")


async def asked(call: Awaitable[Answer], peer: str) -> Answer:
    """A room's answer, its failures in our words."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error, peer) from error


class _Health(Protocol):
    def Check(  # noqa: N802
        self, request: health_pb2.HealthCheckRequest, *, timeout: float
    ) -> Awaitable[health_pb2.HealthCheckResponse]: ...


async def is_serving(health: _Health) -> bool:
    """Whether a room answers that it is ready, within a second."""
    try:
        answer = await health.Check(health_pb2.HealthCheckRequest(service="readiness"), timeout=_READY_TIMEOUT_SECONDS)
    except grpc.aio.AioRpcError:
        return False
    return answer.status == health_pb2.HealthCheckResponse.SERVING


def _bearing(authorization: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", authorization),)


def _changed_paths(change: ServerChange) -> list[str]:
    changed = {
        "display_name": change.display_name is not None,
        "methods": change.methods is not None,
        "tags": change.tags is not None,
        "tools": change.tools is not None,
        "tool_exposure": change.exposure is not None,
        "company_knowledge": change.has_company_knowledge is not None,
        "expire_time": change.expires_at is not None or change.is_expiry_cleared,
    }
    return [path for path, is_changed in changed.items() if is_changed]


def _connection_name(realm_id: str) -> str:
    return f"connections/{realm_id}"


def _server_name(realm_id: str, server_id: str) -> str:
    return f"connections/{realm_id}/mcpServers/{server_id}"


def _connection(answer: resources_pb2.Connection) -> Connection:
    is_expired = answer.state == resources_pb2.CONNECTION_STATE_EXPIRED
    return Connection(
        realm_id=answer.realm_id,
        display_name=answer.display_name,
        status=ConnectionStatus.NEEDS_REAUTH if is_expired else ConnectionStatus.ACTIVE,
        connected_at=_instant(answer.connect_time) if answer.HasField("connect_time") else None,
        refresh_expires_at=_instant(answer.refresh_expire_time) if answer.HasField("refresh_expire_time") else None,
    )


def _server(answer: resources_pb2.McpServer) -> McpServer:
    _, realm_id, _, server_id = answer.name.split("/")
    return McpServer(
        realm_id=realm_id,
        server_id=server_id,
        display_name=answer.display_name,
        filter=Filter(methods=tuple(answer.methods), tags=tuple(answer.tags), tools=tuple(answer.tools)),
        exposure=_KNOWN_EXPOSURES.get(answer.tool_exposure, Exposure.ALL),
        has_company_knowledge=answer.company_knowledge,
        expires_at=_instant(answer.expire_time) if answer.HasField("expire_time") else None,
        created_at=_instant(answer.create_time) if answer.HasField("create_time") else None,
        updated_at=_instant(answer.update_time) if answer.HasField("update_time") else None,
        etag=answer.etag,
    )


def _instant(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(tzinfo=UTC)


def _timestamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp

"""`daybook.auth.v1.McpServerService`: messages in, messages out."""

from typing import Any

import grpc

from chassis.errors import FieldViolation, RequestInvalid
from chassis.grants import Scope
from daybook.auth.v1 import mcp_server_service_pb2 as pb
from daybook.auth.v1 import mcp_server_service_pb2_grpc, resources_pb2
from services.auth.api_tokens import OperatorGuard
from services.auth.mcp_servers import CHANGEABLE, McpServerChange, McpServerDraft, McpServers
from services.auth.model import McpServer, ToolExposure
from services.auth.paging import DEFAULT_PAGE_SIZE, MCP_SERVER_POSITION, decode_position, encode_position
from services.auth.timestamps import instant, timestamp

SERVICE = "daybook.auth.v1.McpServerService"

_EXPOSURES = {
    resources_pb2.TOOL_EXPOSURE_ALL: ToolExposure.ALL,
    resources_pb2.TOOL_EXPOSURE_DISCOVERY: ToolExposure.DISCOVERY,
}
EXPOSURE_MESSAGES = {exposure: message for message, exposure in _EXPOSURES.items()}
"""How an exposure stands on the wire."""

Context = grpc.aio.ServicerContext[Any, Any]


class McpServerServicer(mcp_server_service_pb2_grpc.McpServerServiceServicer):
    """Making, reading, changing and revoking MCP servers."""

    def __init__(self, servers: McpServers, guard: OperatorGuard) -> None:
        self._servers = servers
        self._guard = guard

    async def CreateMcpServer(self, request: pb.CreateMcpServerRequest, context: Context) -> pb.CreateMcpServerResponse:
        """Make a server, or only check that it could be made."""
        self._guard.check(context.invocation_metadata())
        draft = _draft(request.mcp_server)
        _require(draft, frozenset({"display_name", "methods"}))
        if request.validate_only:
            await self._servers.check(request.parent, draft)
            return pb.CreateMcpServerResponse(mcp_server=_draft_message(draft))
        created = await self._servers.create(request.parent, draft, request.request_id)
        return pb.CreateMcpServerResponse(mcp_server=_message(created.server), token=created.token.reveal())

    async def GetMcpServer(self, request: pb.GetMcpServerRequest, context: Context) -> pb.GetMcpServerResponse:
        """Read one server."""
        self._guard.check(context.invocation_metadata())
        return pb.GetMcpServerResponse(mcp_server=_message(await self._servers.get(request.name)))

    async def ListMcpServers(self, request: pb.ListMcpServersRequest, context: Context) -> pb.ListMcpServersResponse:
        """Read a page of a company's servers."""
        self._guard.check(context.invocation_metadata())
        after = decode_position(request.page_token, MCP_SERVER_POSITION)
        page = await self._servers.list(request.parent, after, request.page_size or DEFAULT_PAGE_SIZE)
        return pb.ListMcpServersResponse(
            mcp_servers=[_message(server) for server in page.mcp_servers], next_page_token=encode_position(page.after)
        )

    async def UpdateMcpServer(self, request: pb.UpdateMcpServerRequest, context: Context) -> pb.UpdateMcpServerResponse:
        """Change the fields that the mask names."""
        self._guard.check(context.invocation_metadata())
        change = McpServerChange(
            name=request.mcp_server.name,
            values=_draft(request.mcp_server),
            fields=_masked(request.update_mask.paths),
            etag=request.mcp_server.etag,
        )
        _require(change.values, change.fields)
        return pb.UpdateMcpServerResponse(mcp_server=_message(await self._servers.update(change)))

    async def DeleteMcpServer(self, request: pb.DeleteMcpServerRequest, context: Context) -> pb.DeleteMcpServerResponse:
        """Revoke a server."""
        self._guard.check(context.invocation_metadata())
        await self._servers.delete(request.name)
        return pb.DeleteMcpServerResponse()


def _masked(paths: Any) -> frozenset[str]:
    """Read which fields a mask names.

    Raises:
        RequestInvalid: it names none, or one that can't be changed.
    """
    allowed = ", ".join(CHANGEABLE)
    wrong = [f"{path!r} can't be changed: name any of {allowed}" for path in paths if path not in CHANGEABLE]
    if not paths:
        wrong = [f"must name at least one of {allowed}"]
    if wrong:
        raise RequestInvalid(*(FieldViolation(field="update_mask", description=description) for description in wrong))
    return frozenset(paths)


def _require(draft: McpServerDraft, fields: frozenset[str]) -> None:
    """Refuse values that a server can't be without, among these fields."""
    violations = []
    if "display_name" in fields and not draft.display_name:
        violations.append(_violation("display_name", "must not be empty: say what people call this server"))
    if "methods" in fields and not draft.scope.methods:
        violations.append(_violation("methods", "must name at least one method or group, as in read"))
    if violations:
        raise RequestInvalid(*violations)


def _violation(field: str, description: str) -> FieldViolation:
    return FieldViolation(field=f"mcp_server.{field}", description=description)


def _draft(message: resources_pb2.McpServer) -> McpServerDraft:
    is_limited = message.HasField("expire_time")
    return McpServerDraft(
        display_name=message.display_name.strip(),
        scope=Scope(methods=tuple(message.methods), tags=tuple(message.tags), tools=tuple(message.tools)),
        exposure=_EXPOSURES.get(message.tool_exposure, ToolExposure.ALL),
        has_company_knowledge=message.company_knowledge,
        expires_at=instant(message.expire_time, "mcp_server.expire_time") if is_limited else None,
    )


def _draft_message(draft: McpServerDraft) -> resources_pb2.McpServer:
    return resources_pb2.McpServer(
        display_name=draft.display_name,
        methods=draft.scope.methods,
        tags=draft.scope.tags,
        tools=draft.scope.tools,
        tool_exposure=EXPOSURE_MESSAGES[draft.exposure],
        company_knowledge=draft.has_company_knowledge,
        expire_time=timestamp(draft.expires_at) if draft.expires_at is not None else None,
    )


def _message(server: McpServer) -> resources_pb2.McpServer:
    return resources_pb2.McpServer(
        name=server.name,
        display_name=server.display_name,
        methods=server.scope.methods,
        tags=server.scope.tags,
        tools=server.scope.tools,
        tool_exposure=EXPOSURE_MESSAGES[server.exposure],
        company_knowledge=server.has_company_knowledge,
        expire_time=timestamp(server.expires_at) if server.expires_at is not None else None,
        create_time=timestamp(server.created_at),
        update_time=timestamp(server.updated_at),
        etag=server.etag,
    )

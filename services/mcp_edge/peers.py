"""The rooms behind the edge, over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import UTC
from typing import TypeVar

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.errors import from_rpc_error
from chassis.grants import GRANT_METADATA
from daybook.auth.v1 import grant_service_pb2, grant_service_pb2_grpc
from daybook.auth.v1 import resources_pb2 as auth_resources_pb2
from daybook.executor.v1 import execution_service_pb2, execution_service_pb2_grpc
from daybook.registry.v1 import catalog_service_pb2, catalog_service_pb2_grpc, resources_pb2
from services.mcp_edge.errors import TokenUnknown
from services.mcp_edge.model import (
    Catalog,
    CatalogTool,
    Effect,
    Exposure,
    FoundTool,
    FoundTools,
    KnowledgeSource,
    ServerGrant,
    ToolCall,
    ToolFilter,
    ToolOutcome,
)

# An answer "within a moment": kubelet's own probe time-out is one second.
_HEALTH_TIMEOUT_SECONDS = 0.7

_EFFECTS = {
    resources_pb2.EFFECT_READ: Effect.READ,
    resources_pb2.EFFECT_WRITE: Effect.WRITE,
    resources_pb2.EFFECT_DESTROY: Effect.DESTROY,
}


_EXPOSURES = {auth_resources_pb2.TOOL_EXPOSURE_DISCOVERY: Exposure.DISCOVERY}

Answer = TypeVar("Answer")


class _Room:
    """A room that answers health checks."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._health = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]

    async def is_reachable(self) -> bool:
        """Whether the room answers that it lives. Not whether it is ready: one sick room must not empty the edge."""
        try:
            request = health_pb2.HealthCheckRequest(service="liveness")
            answer = await self._health.Check(request, timeout=_HEALTH_TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


class AuthPeer(_Room):
    """The auth room."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        super().__init__(channel)
        self._grants = grant_service_pb2_grpc.GrantServiceStub(channel)

    async def exchange(self, token: str) -> ServerGrant:
        """Turn a URL token into a grant. Raises as the port says."""
        try:
            answer = await self._grants.ExchangeToken(grant_service_pb2.ExchangeTokenRequest(token=token))
        except grpc.aio.AioRpcError as error:
            failure = from_rpc_error(error, "auth")
            if failure.reason == "TOKEN_INVALID":
                raise TokenUnknown() from None
            # The cause is cut: gRPC's own text may quote the request.
            raise failure from None
        return ServerGrant(
            grant=answer.grant,
            connection=answer.connection,
            mcp_server=answer.mcp_server,
            methods=tuple(answer.methods),
            tags=tuple(answer.tags),
            tools=tuple(answer.tools),
            exposure=_EXPOSURES.get(answer.tool_exposure, Exposure.ALL),
            has_company_knowledge=answer.company_knowledge,
            expires_at=answer.expire_time.ToDatetime(tzinfo=UTC),
        )

    async def watch(self) -> AsyncIterator[str]:
        """Names of servers that changed; first an empty one. Raises AioRpcError when the stream breaks."""
        async for message in self._grants.WatchMcpServers(grant_service_pb2.WatchMcpServersRequest()):
            yield message.mcp_server


class RegistryPeer(_Room):
    """The registry room."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        super().__init__(channel)
        self._catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)

    async def list_tools(self, wanted: ToolFilter) -> Catalog:
        """List the tools that the filter leaves, all in one page. Raises as the port says."""
        request = catalog_service_pb2.ListToolsRequest(methods=wanted.methods, tags=wanted.tags, tools=wanted.tools)
        answer = await _asked(self._catalog.ListTools(request))
        sources = await self._sources(wanted) if wanted.has_knowledge else ()
        return Catalog(tools=tuple(map(_tool, answer.tools)), sources=sources, revision=answer.revision)

    async def search_tools(self, wanted: ToolFilter, query: str, limit: int) -> FoundTools:
        """Find tools by words. Raises as the port says."""
        request = catalog_service_pb2.SearchToolsRequest(
            methods=wanted.methods, tags=wanted.tags, tools=wanted.tools, query=query, limit=limit
        )
        answer = await _asked(self._catalog.SearchTools(request))
        return FoundTools(
            hits=tuple(
                FoundTool(tool_id=hit.tool_id, summary=hit.summary, effect=_effect(hit.effect)) for hit in answer.hits
            ),
            names={group.resource: tuple(group.tool_ids) for group in answer.groups},
        )

    async def describe_tool(self, tool_id: str) -> CatalogTool:
        """Read one tool in full. Raises as the port says."""
        answer = await _asked(self._catalog.GetTool(catalog_service_pb2.GetToolRequest(tool_id=tool_id)))
        return replace(_tool(answer.tool), input_schema_json=answer.tool.detail_schema_json)

    async def _sources(self, wanted: ToolFilter) -> tuple[KnowledgeSource, ...]:
        request = catalog_service_pb2.ListKnowledgeSourcesRequest(
            methods=wanted.methods, tags=wanted.tags, tools=wanted.tools
        )
        answer = await _asked(self._catalog.ListKnowledgeSources(request))
        return tuple(map(_source, answer.sources))


class ExecutorPeer(_Room):
    """The executor room."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        super().__init__(channel)
        self._execution = execution_service_pb2_grpc.ExecutionServiceStub(channel)

    async def execute(self, grant: ServerGrant, call: ToolCall) -> ToolOutcome:
        """Run one call. Raises as the port says."""
        request = execution_service_pb2.ExecuteToolRequest(
            tool_id=call.tool, arguments_json=call.arguments_json, idempotency_key=call.idempotency_key
        )
        try:
            answer = await self._execution.ExecuteTool(request, metadata=((GRANT_METADATA, grant.grant),))
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, "executor") from None
        return ToolOutcome(result_json=answer.result_json, is_repeat=answer.is_repeat)


async def _asked(call: Awaitable[Answer]) -> Answer:
    """The registry's answer, its failures in our words."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error, "registry") from error


def _effect(effect: resources_pb2.Effect.ValueType) -> Effect:
    # An effect that is not known here is taken for the worst, so that a host asks before it calls.
    return _EFFECTS.get(effect, Effect.DESTROY)


def _source(source: catalog_service_pb2.KnowledgeSource) -> KnowledgeSource:
    return KnowledgeSource(
        kind=source.kind,
        list_tool=source.list_tool,
        get_tool=source.get_tool,
        text_query=source.text_query,
        needs_digit=source.needs_digit,
        party=source.party,
        party_query=source.party_query,
        title=source.title,
        link_path=source.link_path,
    )


def _tool(tool: resources_pb2.Tool) -> CatalogTool:
    return CatalogTool(
        tool_id=tool.tool_id,
        title=tool.title,
        description=tool.description,
        effect=_effect(tool.effect),
        is_idempotent=tool.is_idempotent,
        is_open_world=tool.is_open_world,
        input_schema_json=tool.input_schema_json,
        output_schema_json=tool.output_schema_json,
    )

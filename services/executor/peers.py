"""The rooms that the executor asks, over gRPC: the registry for operations, auth for keys and access tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC

import grpc

from chassis.errors import from_rpc_error
from chassis.grants import GRANT_METADATA, GrantTooSmall
from chassis.settings import Secret
from daybook.auth.v1 import (
    connection_service_pb2,
    connection_service_pb2_grpc,
    grant_service_pb2,
    grant_service_pb2_grpc,
)
from daybook.registry.v1 import catalog_service_pb2, catalog_service_pb2_grpc, resources_pb2
from services.executor.errors import ToolUnknown
from services.executor.model import Access, Effect, Location, Operation, Placement, ResultShape, ToolCall

_EFFECTS = {
    resources_pb2.EFFECT_READ: Effect.READ,
    resources_pb2.EFFECT_WRITE: Effect.WRITE,
    resources_pb2.EFFECT_DESTROY: Effect.DESTROY,
}
_LOCATIONS = {
    resources_pb2.LOCATION_PATH: Location.PATH,
    resources_pb2.LOCATION_QUERY: Location.QUERY,
    resources_pb2.LOCATION_BODY: Location.BODY,
    resources_pb2.LOCATION_QUERY_LANGUAGE: Location.QUERY_LANGUAGE,
    resources_pb2.LOCATION_PAGING: Location.PAGING,
    resources_pb2.LOCATION_WRAPPER: Location.WRAPPER,
    resources_pb2.LOCATION_MEMBERS: Location.MEMBERS,
    resources_pb2.LOCATION_PARAMETERS: Location.PARAMETERS,
    resources_pb2.LOCATION_FILE: Location.FILE,
    resources_pb2.LOCATION_BATCH: Location.BATCH,
}
_SHAPES = {
    resources_pb2.RESULT_SHAPE_RECORD: ResultShape.RECORD,
    resources_pb2.RESULT_SHAPE_PAGE: ResultShape.PAGE,
    resources_pb2.RESULT_SHAPE_DELETED: ResultShape.DELETED,
    resources_pb2.RESULT_SHAPE_REPORT: ResultShape.REPORT,
    resources_pb2.RESULT_SHAPE_CHANGES: ResultShape.CHANGES,
    resources_pb2.RESULT_SHAPE_BATCH: ResultShape.BATCH,
    resources_pb2.RESULT_SHAPE_FILE: ResultShape.FILE,
    resources_pb2.RESULT_SHAPE_ADDRESS: ResultShape.ADDRESS,
    resources_pb2.RESULT_SHAPE_UPLOADED: ResultShape.UPLOADED,
    resources_pb2.RESULT_SHAPE_XML: ResultShape.XML,
}


class RegistryPeer:
    """The registry's catalog."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)

    async def resolve(self, tool_id: str) -> Operation:
        """What the tool means to QuickBooks."""
        request = catalog_service_pb2.ResolveOperationRequest(tool_id=tool_id)
        try:
            answer = await self._catalog.ResolveOperation(request)
        except grpc.aio.AioRpcError as error:
            failure = from_rpc_error(error, "registry")
            raise (ToolUnknown(tool_id) if failure.reason == ToolUnknown.reason else failure) from None
        return _operation(answer.operation, answer.revision)


class AuthPeer:
    """Auth's access tokens, keys and news."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._connections = connection_service_pb2_grpc.ConnectionServiceStub(channel)
        self._grants = grant_service_pb2_grpc.GrantServiceStub(channel)

    async def issue(self, call: ToolCall, operation: Operation, refused_digest: str = "") -> Access:
        """Access for this call's work."""
        request = connection_service_pb2.IssueAccessTokenRequest(
            connection=call.grant.connection,
            method=operation.method,
            tags=operation.tags,
            tool_id=operation.tool_id,
            refused_digest=refused_digest,
        )
        metadata = ((GRANT_METADATA, call.grant_token.reveal()),)
        try:
            answer = await self._connections.IssueAccessToken(request, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            failure = from_rpc_error(error, "auth")
            # The server was narrowed since this grant was signed: the tool has left its set, so it no longer exists.
            # The cause is cut: gRPC's own text may quote metadata.
            raise (ToolUnknown(operation.tool_id) if failure.reason == GrantTooSmall.reason else failure) from None
        return Access(
            access_token=Secret(answer.access_token),
            digest=answer.token_digest,
            expires_at=answer.expire_time.ToDatetime(tzinfo=UTC),
        )

    async def fetch_keys(self) -> bytes:
        """The public keys that grants are signed with, as a JSON Web Key Set."""
        try:
            answer = await self._grants.GetSigningKeys(grant_service_pb2.GetSigningKeysRequest())
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, "auth") from error
        return answer.jwks_json

    async def watch(self) -> AsyncIterator[str]:
        """Names of MCP servers that changed; first an empty one. Raises AioRpcError when the stream breaks."""
        async for message in self._grants.WatchMcpServers(grant_service_pb2.WatchMcpServersRequest()):
            yield message.mcp_server


def _operation(operation: resources_pb2.Operation, revision: str) -> Operation:
    return Operation(
        tool_id=operation.tool_id,
        method=operation.method,
        tags=tuple(operation.tags),
        # An effect that is not known here is taken for the worst.
        effect=_EFFECTS.get(operation.effect, Effect.DESTROY),
        entity=operation.entity,
        http_method=operation.http_method,
        path_template=operation.path_template,
        fixed_query=dict(operation.fixed_query),
        fixed_body_json=operation.fixed_body_json,
        placements=tuple(
            Placement(argument=p.argument, location=_LOCATIONS[p.location], target=p.target)
            for p in operation.placements
        ),
        result_shape=_SHAPES[operation.result_shape],
        input_schema_json=operation.input_schema_json,
        takes_request_id=operation.takes_request_id,
        revision=revision,
    )

"""`daybook.auth.v1.ConnectionService`: messages in, messages out."""

from typing import Any

import grpc

from chassis.grants import GRANT_METADATA
from chassis.settings import Secret
from daybook.auth.v1 import connection_service_pb2 as pb
from daybook.auth.v1 import connection_service_pb2_grpc, resources_pb2
from services.auth.access import Access, AccessRequest
from services.auth.api_tokens import OperatorGuard, text_metadata
from services.auth.connections import Connections, Redirect
from services.auth.model import Connection, ConnectionState
from services.auth.paging import CONNECTION_POSITION, DEFAULT_PAGE_SIZE, decode_position, encode_position
from services.auth.timestamps import timestamp

SERVICE = "daybook.auth.v1.ConnectionService"

CALLERS = {"IssueAccessToken": frozenset({"executor"})}
"""Access tokens leave to the executor only, whatever grant the caller has."""

Context = grpc.aio.ServicerContext[Any, Any]

_STATES = {
    ConnectionState.ACTIVE: resources_pb2.CONNECTION_STATE_ACTIVE,
    ConnectionState.EXPIRED: resources_pb2.CONNECTION_STATE_EXPIRED,
}


class ConnectionServicer(connection_service_pb2_grpc.ConnectionServiceServicer):
    """Linking companies, and the short-lived access to them."""

    def __init__(self, connections: Connections, access: Access, guard: OperatorGuard) -> None:
        self._connections = connections
        self._access = access
        self._guard = guard

    async def BeginConnect(self, request: pb.BeginConnectRequest, context: Context) -> pb.BeginConnectResponse:
        """Start Intuit's OAuth dance."""
        self._guard.check(context.invocation_metadata())
        begun = await self._connections.begin(request.redirect_uri)
        return pb.BeginConnectResponse(
            authorize_url=begun.authorize_url, state=begun.state.reveal(), expire_time=timestamp(begun.expires_at)
        )

    async def CompleteConnect(self, request: pb.CompleteConnectRequest, context: Context) -> pb.CompleteConnectResponse:
        """End the dance; its state stands for the API token."""
        redirect = Redirect(
            state=Secret(request.state),
            code=Secret(request.code),
            realm_id=request.realm_id,
            oauth_error=request.oauth_error,
        )
        return pb.CompleteConnectResponse(connection=_message(await self._connections.complete(redirect)))

    async def GetConnection(self, request: pb.GetConnectionRequest, context: Context) -> pb.GetConnectionResponse:
        """Read one connection."""
        self._guard.check(context.invocation_metadata())
        return pb.GetConnectionResponse(connection=_message(await self._connections.get(request.name)))

    async def ListConnections(self, request: pb.ListConnectionsRequest, context: Context) -> pb.ListConnectionsResponse:
        """Read a page of connections."""
        self._guard.check(context.invocation_metadata())
        after = decode_position(request.page_token, CONNECTION_POSITION)
        page = await self._connections.list(after, request.page_size or DEFAULT_PAGE_SIZE)
        return pb.ListConnectionsResponse(
            connections=[_message(connection) for connection in page.connections],
            next_page_token=encode_position(page.after),
        )

    async def DeleteConnection(
        self, request: pb.DeleteConnectionRequest, context: Context
    ) -> pb.DeleteConnectionResponse:
        """Revoke at Intuit, then erase."""
        self._guard.check(context.invocation_metadata())
        await self._connections.delete(request.name)
        return pb.DeleteConnectionResponse()

    async def IssueAccessToken(
        self, request: pb.IssueAccessTokenRequest, context: Context
    ) -> pb.IssueAccessTokenResponse:
        """Give the executor an access token."""
        asked = AccessRequest(
            connection=request.connection,
            method=request.method,
            tags=tuple(request.tags),
            tool_id=request.tool_id,
            refused_digest=request.refused_digest,
        )
        issued = await self._access.issue(text_metadata(context.invocation_metadata(), GRANT_METADATA), asked)
        return pb.IssueAccessTokenResponse(
            access_token=issued.access_token.reveal(),
            realm_id=issued.realm_id,
            expire_time=timestamp(issued.expires_at),
            token_digest=issued.token_digest,
        )


def _message(connection: Connection) -> resources_pb2.Connection:
    """Say what is not secret of a connection."""
    return resources_pb2.Connection(
        name=connection.name,
        realm_id=connection.realm_id,
        display_name=connection.display_name,
        state=_STATES[connection.state],
        connect_time=timestamp(connection.connected_at),
        access_expire_time=timestamp(connection.tokens.access_expires_at),
        refresh_expire_time=timestamp(connection.tokens.refresh_expires_at),
    )

"""`daybook.auth.v1.GrantService`: messages in, messages out."""

from collections.abc import AsyncIterator
from typing import Any

import grpc

from daybook.auth.v1 import grant_service_pb2 as pb
from daybook.auth.v1 import grant_service_pb2_grpc
from services.auth.errors import VaultUnavailable
from services.auth.grants import Grants
from services.auth.mcp_server_servicer import EXPOSURE_MESSAGES
from services.auth.ports import McpServerVault
from services.auth.timestamps import timestamp

SERVICE = "daybook.auth.v1.GrantService"

Context = grpc.aio.ServicerContext[Any, Any]


class GrantServicer(grant_service_pb2_grpc.GrantServiceServicer):
    """Bearers into grants, keys to check them with, and word of what was revoked."""

    def __init__(self, grants: Grants, vault: McpServerVault) -> None:
        self._grants = grants
        self._vault = vault

    async def ExchangeToken(self, request: pb.ExchangeTokenRequest, context: Context) -> pb.ExchangeTokenResponse:
        """Give a grant for an MCP server's token."""
        signed = await self._grants.exchange(request.token)
        grant = signed.grant
        return pb.ExchangeTokenResponse(
            grant=signed.token,
            connection=grant.connection,
            mcp_server=grant.mcp_server,
            methods=grant.scope.methods,
            tags=grant.scope.tags,
            tools=grant.scope.tools,
            tool_exposure=EXPOSURE_MESSAGES[signed.server.exposure],
            company_knowledge=signed.server.has_company_knowledge,
            expire_time=timestamp(grant.expires_at),
        )

    async def GetSigningKeys(self, request: pb.GetSigningKeysRequest, context: Context) -> pb.GetSigningKeysResponse:
        """Give the public keys."""
        return pb.GetSigningKeysResponse(jwks_json=self._grants.key_set)

    async def WatchMcpServers(
        self, request: pb.WatchMcpServersRequest, context: Context
    ) -> AsyncIterator[pb.WatchMcpServersResponse]:
        """Tell of every change from now on, until the vault's word can no longer be heard."""
        async with self._vault.watch_mcp_servers() as names:
            yield pb.WatchMcpServersResponse()
            async for name in names:
                yield pb.WatchMcpServersResponse(mcp_server=name)
        raise VaultUnavailable()

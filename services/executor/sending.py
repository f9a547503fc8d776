"""Sends a request with the company's access token, and once more when QuickBooks no longer takes that token."""

from __future__ import annotations

from services.executor.model import Operation, PlannedRequest, ToolCall, UpstreamResponse
from services.executor.ports import AccessTokens, QuickBooks

_UNAUTHORIZED = 401


class Sender:
    """Joins a call's access token to its request."""

    def __init__(self, tokens: AccessTokens, quickbooks: QuickBooks) -> None:
        self._tokens = tokens
        self._quickbooks = quickbooks

    async def send(self, call: ToolCall, operation: Operation, request: PlannedRequest) -> UpstreamResponse:
        """Return QuickBooks' answer.

        A 401 means that nothing was done, so sending again is safe even for a write. It happens when a person has
        disconnected, or when the token was refreshed elsewhere a moment ago; a second 401 is the answer.
        """
        access = await self._tokens.issue(call, operation)
        response = await self._quickbooks.send(operation, request, access)
        if response.status != _UNAUTHORIZED:
            return response
        access = await self._tokens.issue(call, operation, refused_digest=access.digest)
        return await self._quickbooks.send(operation, request, access)

"""What the edge asks of the rooms behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from services.mcp_edge.model import (
    Catalog,
    CatalogTool,
    FoundTools,
    ServerGrant,
    ToolCall,
    ToolFilter,
    ToolOutcome,
)


class Auth(Protocol):
    """Whoever knows tokens."""

    async def exchange(self, token: str) -> ServerGrant:
        """Turn a URL token into a grant.

        Raises:
            TokenUnknown: unknown, expired or revoked; which of them is not said.
            MeshError: auth did not answer.
        """

    def watch(self) -> AsyncIterator[str]:
        """Names of MCP servers that changed, from now on; first an empty name, which says that the watch stands."""

    async def is_reachable(self) -> bool:
        """Whether the room answers its health check at once."""


class Registry(Protocol):
    """Whoever knows tools."""

    async def list_tools(self, wanted: ToolFilter) -> Catalog:
        """List the tools that the filter leaves.

        Raises:
            MeshError: the registry did not answer.
        """

    async def search_tools(self, wanted: ToolFilter, query: str, limit: int) -> FoundTools:
        """Find tools by words, best first, among those that the filter leaves.

        Raises:
            MeshError: the registry did not answer.
        """

    async def describe_tool(self, tool_id: str) -> CatalogTool:
        """Read one tool, its arguments' schema in full.

        Raises:
            MeshError: the registry did not answer, or has no such tool.
        """

    async def is_reachable(self) -> bool:
        """Whether the room answers its health check at once."""


class Executor(Protocol):
    """Whoever runs tools."""

    async def execute(self, grant: ServerGrant, call: ToolCall) -> ToolOutcome:
        """Run one call.

        Raises:
            MeshError: it failed; a `RemoteError` is the executor's own word, anything else comes from the way there.
        """

    async def is_reachable(self) -> bool:
        """Whether the room answers its health check at once."""


class Room(Protocol):
    """Any of them, as far as its health goes."""

    async def is_reachable(self) -> bool:
        """Whether the room answers its health check at once."""


@dataclass(frozen=True, kw_only=True)
class Peers:
    """The three rooms behind the edge."""

    auth: Auth
    registry: Registry
    executor: Executor

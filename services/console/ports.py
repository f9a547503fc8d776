"""What the console needs from the rest of the mesh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from services.console.model import (
    ConnectAnswer,
    ConnectAttempt,
    Connection,
    CreatedServer,
    Filter,
    McpServer,
    NewServer,
    Offer,
    Page,
    PageWish,
    ServerChange,
    Tool,
)


class Auth(Protocol):
    """The auth room. Management calls take the caller's `Authorization` header and hand it on as it is."""

    async def begin_connect(self, authorization: str, redirect_uri: str) -> ConnectAttempt:
        """Start an attempt to link a company."""

    async def complete_connect(self, answer: ConnectAnswer) -> Connection:
        """Finish an attempt with what Intuit's redirect carried."""

    async def get_connection(self, authorization: str, realm_id: str) -> Connection:
        """Read one connection."""

    async def list_connections(self, authorization: str, wish: PageWish) -> Page[Connection]:
        """Read a page of connections, by realm id."""

    async def delete_connection(self, authorization: str, realm_id: str) -> None:
        """Revoke a connection at Intuit, then erase it with its MCP servers."""

    async def create_server(self, authorization: str, realm_id: str, wish: NewServer, request_id: str) -> CreatedServer:
        """Make an MCP server; a repeat with the same request id answers with the same one."""

    async def get_server(self, authorization: str, realm_id: str, server_id: str) -> McpServer:
        """Read one MCP server."""

    async def list_servers(self, authorization: str, realm_id: str, wish: PageWish) -> Page[McpServer]:
        """Read a page of a connection's MCP servers, oldest first."""

    async def update_server(self, authorization: str, realm_id: str, server_id: str, change: ServerChange) -> McpServer:
        """Change the named parts of an MCP server."""

    async def delete_server(self, authorization: str, realm_id: str, server_id: str) -> None:
        """Revoke an MCP server."""

    async def is_ready(self) -> bool:
        """Whether the room answers and is ready, within a second."""


class Catalog(Protocol):
    """The registry room."""

    async def offer(self, wanted: Filter) -> Offer:
        """Say what a filter leaves, and what there is."""

    async def tools(self, wanted: Filter) -> tuple[Tool, ...]:
        """Read the tools that a filter leaves."""

    async def presets(self) -> Mapping[str, Filter]:
        """Read the filters that are recommended, by name."""

    async def is_ready(self) -> bool:
        """Whether the room answers and is ready, within a second."""

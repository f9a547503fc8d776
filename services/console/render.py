"""The console's answers as JSON values. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from services.console.model import Connection, CreatedServer, McpServer, Page, PageWish

Row = TypeVar("Row")


def connection_json(connection: Connection) -> dict[str, Any]:
    """One integrated account."""
    return {
        "id": connection.realm_id,
        "integration": "quickbooks",
        "display_name": connection.display_name or None,
        "status": connection.status.value,
        "connected_at": instant(connection.connected_at),
        "refresh_expires_at": instant(connection.refresh_expires_at),
    }


def server_json(server: McpServer) -> dict[str, Any]:
    """One MCP server, without its address: that was shown when it was made."""
    return {
        "id": server.server_id,
        "name": server.display_name,
        "config": {"methods": list(server.filter.methods), "tags": list(server.filter.tags)},
        "integrated_account_id": server.realm_id,
        "expires_at": instant(server.expires_at),
        "created_at": instant(server.created_at),
        "updated_at": instant(server.updated_at),
        "etag": server.etag,
    }


def created_json(created: CreatedServer, edge_url: str) -> dict[str, Any]:
    """A server just made, with its address for the only time."""
    url = f"{edge_url.rstrip('/')}/mcp/{created.token}"
    return {**server_json(created.server), "token": created.token, "url": url}


def page_json(page: Page[Row], wish: PageWish, render: Callable[[Row], dict[str, Any]]) -> dict[str, Any]:
    """One page of a list."""
    return {"result": [render(row) for row in page.rows], "next_cursor": page.next_cursor or None, "limit": wish.limit}


def instant(moment: datetime | None) -> str | None:
    """An instant as RFC 3339 in UTC, whole seconds where it has no fraction."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""The console's answers as JSON values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from services.console.model import Connection, CreatedServer, Exposure, McpServer, Offer, Page, PageWish, Tool

Row = TypeVar("Row")

COMFORTABLE_TOOLS, COMFORTABLE_TOKENS = 20, 5_000
"""Beyond these, ChatGPT was seen to refuse lists or to choose badly."""


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
        "config": {
            "methods": list(server.filter.methods),
            "tags": list(server.filter.tags),
            "tools": list(server.filter.tools),
            "tool_exposure": server.exposure.value,
            "company_knowledge": server.has_company_knowledge,
        },
        "integrated_account_id": server.realm_id,
        "expires_at": instant(server.expires_at),
        "created_at": instant(server.created_at),
        "updated_at": instant(server.updated_at),
        "etag": server.etag,
    }


def created_json(created: CreatedServer, offer: Offer, edge_url: str) -> dict[str, Any]:
    """A server just made, with its address for the only time, and what its tools cost a model to read."""
    url = f"{edge_url.rstrip('/')}/mcp/{created.token}"
    return {
        **server_json(created.server),
        "token": created.token,
        "url": url,
        "tool_count": offer.tool_count,
        "estimated_tokens": offer.estimated_tokens,
        "warnings": _warnings(created.server, offer),
    }


def tools_json(tools: Sequence[Tool], offer: Offer) -> dict[str, Any]:
    """The tools that a filter leaves, what they cost, and how much of QuickBooks the whole catalog has."""
    resource_of = {one.tool: resource.name for resource in offer.resources for one in resource.capabilities}
    return {
        "result": [_tool_json(tool, resource_of.get(tool.name, "")) for tool in tools],
        "tool_count": offer.tool_count,
        "estimated_tokens": offer.estimated_tokens,
        "available": {"methods": list(offer.methods), "tags": list(offer.tags)},
        "ai_readiness": {
            "score": offer.score,
            "resources": {
                resource.name: {
                    one.method: {"tool": one.tool} if one.tool else {"tool": None, "missing": one.missing}
                    for one in resource.capabilities
                }
                for resource in offer.resources
            },
            "refused_overrides": list(offer.override_problems),
        },
    }


def _tool_json(tool: Tool, resource: str) -> dict[str, Any]:
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "resource": resource,
        "method": tool.method,
        "tags": list(tool.tags),
        "effect": tool.effect,
        "input_schema": msgspec.Raw(tool.input_schema_json),
        "output_schema": msgspec.Raw(tool.output_schema_json),
    }


def _warnings(server: McpServer, offer: Offer) -> list[str]:
    is_much = offer.tool_count > COMFORTABLE_TOOLS or offer.estimated_tokens > COMFORTABLE_TOKENS
    if server.exposure is Exposure.DISCOVERY or not is_much:
        return []
    lists = f"clients list {offer.tool_count} tools of about {offer.estimated_tokens} tokens here"
    best = f"ChatGPT works best with at most {COMFORTABLE_TOOLS} and {COMFORTABLE_TOKENS}"
    return [f"{lists}, and {best}; narrow it, use the preset `chatgpt`, or set tool_exposure to `discovery`"]


def page_json(page: Page[Row], wish: PageWish, render: Callable[[Row], dict[str, Any]]) -> dict[str, Any]:
    """One page of a list."""
    return {"result": [render(row) for row in page.rows], "next_cursor": page.next_cursor or None, "limit": wish.limit}


def instant(moment: datetime | None) -> str | None:
    """An instant as RFC 3339 in UTC, whole seconds where it has no fraction."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

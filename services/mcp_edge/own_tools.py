"""The tools that the edge offers itself: three to discover the others, two for free-text search. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.mcp_edge.model import CatalogTool, Effect

SEARCH_TOOLS, GET_TOOL_SCHEMA, CALL_TOOL = "search_tools", "get_tool_schema", "call_tool"
"""What a server in discovery mode lists."""

SEARCH, FETCH = "search", "fetch"
"""What ChatGPT's company knowledge asks for, by these very names."""

MOST_SCHEMAS = 5
"""Tools that one call describes: more would fill the context that discovery is to spare."""

MOST_HITS, DEFAULT_HITS = 20, 8

_WORST_FIRST = (Effect.DESTROY, Effect.WRITE, Effect.READ)


def discovery_tools(tools: Sequence[CatalogTool]) -> tuple[CatalogTool, ...]:
    """The three tools before a set of others; calling may do whatever the worst of those does."""
    effects = {tool.effect for tool in tools}
    worst = next((effect for effect in _WORST_FIRST if effect in effects), Effect.READ)
    return (
        _SEARCH_TOOLS,
        _GET_TOOL_SCHEMA,
        CatalogTool(
            tool_id=CALL_TOOL,
            title="Call a tool",
            description=(
                "Run a tool that search_tools found, with arguments as get_tool_schema describes them. The tool's own "
                "checks apply, and its result or error comes back unchanged."
            ),
            effect=worst,
            is_idempotent=bool(tools) and all(tool.is_idempotent for tool in tools),
            is_open_world=any(tool.is_open_world for tool in tools),
            input_schema_json=_schema(
                ("tool_name",), tool_name={"type": "string"}, arguments={"type": "object", "properties": {}}
            ),
            output_schema_json=b"",
        ),
    )


def _schema(required: Sequence[str], **properties: Any) -> bytes:
    # The oldest drafts of JSON Schema refuse an empty `required`.
    needed = {"required": required} if required else {}
    return msgspec.json.encode({"type": "object", "properties": properties, **needed, "additionalProperties": False})


def _reader(tool_id: str, title: str, description: str, arguments: bytes, result: Any) -> CatalogTool:
    return CatalogTool(
        tool_id=tool_id,
        title=title,
        description=description,
        effect=Effect.READ,
        is_idempotent=True,
        is_open_world=False,
        input_schema_json=arguments,
        output_schema_json=msgspec.json.encode({"type": "object", "properties": result}),
    )


_SEARCH_TOOLS = _reader(
    SEARCH_TOOLS,
    "Search tools",
    "Find the tool for a task by words, such as 'who owes us money' or 'record a vendor bill'. Without words, or when "
    "nothing fits, every tool's name is listed by resource.",
    _schema(
        (), query={"type": "string", "maxLength": 400}, limit={"type": "integer", "minimum": 1, "maximum": MOST_HITS}
    ),
    {"tools": {"type": "array"}, "names_by_resource": {"type": "object"}},
)
_GET_TOOL_SCHEMA = _reader(
    GET_TOOL_SCHEMA,
    "Get tool schema",
    f"Read what 1 to {MOST_SCHEMAS} tools do and which arguments they take. Do this before you call one for the "
    "first time.",
    _schema(
        ("tool_names",),
        tool_names={"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_SCHEMAS},
    ),
    {"tools": {"type": "array"}, "unknown": {"type": "array"}},
)

KNOWLEDGE_TOOLS = (
    _reader(
        SEARCH,
        "Search the books",
        "Find customers, vendors, items and transactions in QuickBooks by name or document number.",
        _schema(("query",), query={"type": "string"}),
        {"results": {"type": "array"}},
    ),
    _reader(
        FETCH,
        "Fetch a record",
        "Read one record that search found, whole, by the id given there.",
        _schema(("id",), id={"type": "string"}),
        {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "text": {"type": "string"},
            "url": {"type": "string"},
            "metadata": {"type": "object"},
        },
    ),
)
"""Free-text search, as its clients expect it.

Source: OpenAI's documentation of MCP servers for company knowledge and deep research: `search` and `fetch`.
"""

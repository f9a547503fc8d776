"""Discovery: finding and describing the tools that a server does not list."""

from __future__ import annotations

import asyncio
import difflib
from typing import Any

from chassis.errors import MeshError
from services.mcp_edge import own_arguments, render
from services.mcp_edge.errors import ArgumentsRefused
from services.mcp_edge.handlers import Call
from services.mcp_edge.model import CatalogTool, ToolSet
from services.mcp_edge.own_tools import GET_TOOL_SCHEMA, SEARCH_TOOLS
from services.mcp_edge.ports import Registry

_MOST_SUGGESTIONS = 3

# Names share long beginnings, so what is only half alike is another tool.
_LEAST_LIKENESS = 0.8

_NOTHING_FITS = (
    "Nothing fits these words; names_by_resource has every tool of this server. Read a schema with get_tool_schema."
)
_EVERY_NAME = "names_by_resource has every tool of this server. Give words to search, or read a schema."
_NEXT = "Read a tool's arguments with get_tool_schema, then run it with call_tool."


class Discovery:
    """Answers `search_tools` and `get_tool_schema`, within the caller's own set."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def answer(self, call: Call, tool: str, arguments_json: bytes, tools: ToolSet) -> Any:
        """The result of one of the two.

        Raises:
            ArgumentsRefused: the arguments can't be taken.
            MeshError: the registry did not answer.
        """
        if tool == SEARCH_TOOLS:
            return await self._search(call, arguments_json, tools)
        assert tool == GET_TOOL_SCHEMA
        return await self._describe(arguments_json, tools)

    async def _search(self, call: Call, arguments_json: bytes, tools: ToolSet) -> Any:
        query, limit = own_arguments.read_search(arguments_json)
        found = await self._registry.search_tools(call.caller.grant.filter, query, limit)
        # What the registry learnt since this set was rendered is not callable yet, so it is not found yet.
        hits = [hit for hit in found.hits if hit.tool_id in tools.effects]
        if hits:
            shown = [{"name": hit.tool_id, "description": hit.summary, "effect": hit.effect.value} for hit in hits]
            return {"tools": shown, "next": _NEXT}
        names = {resource: [name for name in there if name in tools.effects] for resource, there in found.names.items()}
        return {"tools": [], "names_by_resource": names, "next": _NOTHING_FITS if query else _EVERY_NAME}

    async def _describe(self, arguments_json: bytes, tools: ToolSet) -> Any:
        names = own_arguments.read_names(arguments_json)
        known = [name for name in names if name in tools.effects]
        unknown = [name for name in names if name not in tools.effects]
        if not known:
            raise ArgumentsRefused("tool_names", "; ".join(unknown_text(name, tools) for name in unknown))
        found = await asyncio.gather(*(self._described(name) for name in known))
        described: dict[str, Any] = {"tools": [render.described(tool) for tool in found if tool is not None]}
        if unknown:
            described["unknown"] = [{"name": name, "suggestions": close_to(name, tools)} for name in unknown]
        return described

    async def _described(self, name: str) -> CatalogTool | None:
        try:
            return await self._registry.describe_tool(name)
        except MeshError as error:
            if error.reason != "TOOL_UNKNOWN":
                raise
            return None


def close_to(name: str, tools: ToolSet) -> list[str]:
    """Names of the caller's own set that are like one that is not in it."""
    return difflib.get_close_matches(name, tools.effects, n=_MOST_SUGGESTIONS, cutoff=_LEAST_LIKENESS)


def unknown_text(name: str, tools: ToolSet) -> str:
    """What is said of a name that is not in the caller's set."""
    close = close_to(name, tools)
    advice = f"did you mean {' or '.join(close)}?" if close else "find its name with search_tools"
    return f"there is no tool {name[:64]!r} here; {advice}"

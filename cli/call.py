"""Tools of an MCP server, listed and called with the official client.

The client is a heavy import (about a second of CPU), so it happens at the first call and not before.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.errors import USAGE, CommandFailed

if TYPE_CHECKING:
    from mcp import Client, ListToolsResult, Tool

_TIMEOUT_SECONDS = 60.0
"""Above the edge's own 45 seconds for a call."""


@dataclass(frozen=True, kw_only=True)
class ToolAnswer:
    """What a tool answered."""

    text: str
    """The result as the server wrote it: JSON whose numbers no float ever touched."""
    notes: tuple[str, ...]
    """What it said beside the result, such as that a write was a repeat."""
    problem: Any
    """The error in members a program can read; None when the tool did its work."""

    @property
    def is_error(self) -> bool:
        """Whether the tool could not do what was asked."""
        return self.problem is not None


def warm_up() -> None:
    """Import the client now, where there is time for it."""
    importlib.import_module("mcp")


async def list_tools(url: str) -> list[Tool]:
    """Every tool that the server opens."""
    async with _connected(url) as client:
        return await _all_tools(client)


async def call_tool(url: str, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
    """Call one tool."""
    async with _connected(url) as client:
        return _answer(await client.call_tool(name, dict(arguments)))


async def call_with_words(url: str, name: str, words: Iterable[str]) -> ToolAnswer:
    """Call one tool with `key=value` words, read as the tool's schema wants them.

    Raises:
        CommandFailed: there is no such tool, or a word is not `key=value`.
    """
    pairs = split_words(words)
    async with _connected(url) as client:
        tool = _find(name, await _all_tools(client))
        return _answer(await client.call_tool(name, read_arguments(pairs, tool.input_schema)))


def split_words(words: Iterable[str]) -> list[tuple[str, str]]:
    """Take `key=value` words apart.

    Raises:
        CommandFailed: a word is not one.
    """
    pairs = [word.partition("=") for word in words]
    for key, equals, value in pairs:
        if not key or not equals:
            raise CommandFailed(f"--arg {key + equals + value!r}: expected key=value", exit_code=USAGE)
    return [(key, value) for key, _, value in pairs]


def read_arguments(pairs: Iterable[tuple[str, str]], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Read argument texts: as JSON where it is JSON and the schema does not want a text, else as text."""
    properties = schema.get("properties", {})
    return {key: _read_value(value, properties.get(key, {})) for key, value in pairs}


def _read_value(value: str, schema: Mapping[str, Any]) -> Any:
    kinds = schema.get("type", ())
    if "string" in ([kinds] if isinstance(kinds, str) else kinds):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Client]:
    from mcp import Client

    try:
        async with Client(url, read_timeout_seconds=_TIMEOUT_SECONDS) as client:
            yield client
    except Exception as error:
        raise _failure(error) from error


def _failure(error: BaseException) -> CommandFailed:
    """The cause of a failed exchange on one line; the client wraps it in groups."""
    from mcp import MCPError

    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, CommandFailed):
        return error
    if not isinstance(error, MCPError):
        return CommandFailed(f"the MCP server does not answer: {error or type(error).__name__}")
    # What the client makes of HTTP 404: the edge does not say which of the three it is.
    if error.message == "Not Found":
        return CommandFailed("this URL opens no MCP server: it is mistyped, expired or revoked")
    return CommandFailed(f"the MCP server refused: {error.message} ({error.code})")


async def _all_tools(client: Client) -> list[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    while True:
        page: ListToolsResult = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            return tools


def _find(name: str, tools: list[Tool]) -> Tool:
    for tool in tools:
        if tool.name == name:
            return tool
    raise CommandFailed(f"this MCP server has no tool {name}; `daybook tools` lists those it has")


def _answer(result: Any) -> ToolAnswer:
    texts = [block.text for block in result.content if block.type == "text"]
    text = texts[0] if texts else json.dumps(result.structured_content)
    if not result.is_error:
        return ToolAnswer(text=text, notes=tuple(texts[1:]), problem=None)
    return ToolAnswer(
        text="\n".join(texts), notes=(), problem=result.structured_content or {"error": {"message": text}}
    )

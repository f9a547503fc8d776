"""What the edge knows of a request: grants, tools, calls, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Era(Enum):
    """Which family of protocol revisions a request speaks."""

    LEGACY = "legacy"
    """Up to 2025-11-25: handshake by `initialize`; errors travel with HTTP 200."""
    MODERN = "modern"
    """2026-07-28 onwards: every request carries its own envelope; errors have an HTTP status."""


class Effect(Enum):
    """What a tool may do to the books."""

    READ = "read"
    WRITE = "write"
    DESTROY = "destroy"


@dataclass(frozen=True, kw_only=True)
class ServerGrant:
    """What one MCP server may do, and auth's signature for it."""

    grant: str = field(repr=False)
    """Signed statement to send on as `daybook-grant` metadata. Never log it."""
    connection: str
    """The company it opens, `connections/{realm_id}`."""
    mcp_server: str
    """The MCP server it stands for; safe to log."""
    methods: tuple[str, ...]
    """Methods and method groups it opens."""
    tags: tuple[str, ...]
    """Tags it opens; empty: every tag."""
    expires_at: datetime
    """When it ends."""


@dataclass(frozen=True, kw_only=True)
class CatalogTool:
    """One tool as the registry describes it."""

    tool_id: str
    title: str
    description: str
    effect: Effect
    is_idempotent: bool
    is_open_world: bool
    input_schema_json: bytes
    """JSON Schema of the arguments, object root."""
    output_schema_json: bytes
    """JSON Schema of the result, object root; empty when there is none."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The tools that a filter leaves, in the registry's order."""

    tools: tuple[CatalogTool, ...]
    revision: str
    """Digest of the definitions; the same digest and filter give the same tools."""


@dataclass(frozen=True, kw_only=True)
class ToolSet:
    """The tools of one filter, rendered once for all who share it."""

    revision: str
    tools_json: bytes
    """The `tools` array as MCP lists it; the same bytes in both eras."""
    effects: Mapping[str, Effect]
    """What each tool may do, by name; a name that is missing does not exist."""


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """One call to pass on."""

    tool: str
    arguments_json: bytes
    """The JSON object exactly as the client wrote it."""
    idempotency_key: str = ""
    """The caller's own name for the intent; empty: none given."""


@dataclass(frozen=True, kw_only=True)
class ToolOutcome:
    """What a call came to."""

    result_json: bytes
    """A JSON object, passed through untouched."""
    is_repeat: bool
    """The same write was asked for before; this is its first outcome."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Beyond those that every answer carries."""

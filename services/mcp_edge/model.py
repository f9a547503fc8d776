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


class Exposure(Enum):
    """How a server shows its tools; what may be called is the same either way."""

    ALL = "all"
    DISCOVERY = "discovery"
    """By three tools that search, describe and call the others."""


class Effect(Enum):
    """What a tool may do to the books."""

    READ = "read"
    WRITE = "write"
    DESTROY = "destroy"


@dataclass(frozen=True, kw_only=True)
class ToolFilter:
    """What is asked of the registry: equal for all who see the same tools."""

    methods: tuple[str, ...]
    tags: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    has_knowledge: bool = False
    """Whether sources of free-text search are wanted too."""


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
    tools: tuple[str, ...] = ()
    """Exact tools it opens; empty: every tool."""
    exposure: Exposure = Exposure.ALL
    has_company_knowledge: bool = False
    """Whether it offers `search` and `fetch`."""
    expires_at: datetime
    """When it ends."""

    @property
    def filter(self) -> ToolFilter:
        """Which tools it opens, in one order whatever the server's owner wrote."""
        return ToolFilter(
            methods=tuple(sorted(self.methods)),
            tags=tuple(sorted(self.tags)),
            tools=tuple(sorted(self.tools)),
            has_knowledge=self.has_company_knowledge,
        )


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
class KnowledgeSource:
    """One kind of record that free text may find."""

    kind: str
    """Begins the ids of its results, as in `customer`."""
    list_tool: str
    get_tool: str
    text_query: str
    """With `{text}` inside of single quotes."""
    needs_digit: bool
    """It fits only texts with a digit."""
    party: str
    """The kind that its records belong to; empty for none."""
    party_query: str
    """With `{id}` for a record of that kind."""
    title: str
    """Members of the record in braces."""
    link_path: str
    """With `{id}`."""


@dataclass(frozen=True, kw_only=True)
class FoundTool:
    """One tool that fits a question."""

    tool_id: str
    summary: str
    effect: Effect


@dataclass(frozen=True, kw_only=True)
class FoundTools:
    """What a search for tools found."""

    hits: tuple[FoundTool, ...]
    """Best first."""
    names: Mapping[str, tuple[str, ...]]
    """Only without hits: every tool's name, by resource."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The tools that a filter leaves, in the registry's order."""

    tools: tuple[CatalogTool, ...]
    sources: tuple[KnowledgeSource, ...] = ()
    """Sources of free-text search, where they were asked for."""
    revision: str
    """Digest of the definitions; the same digest and filter give the same tools."""


@dataclass(frozen=True, kw_only=True)
class ToolSet:
    """The tools of one filter, rendered once for all who share it."""

    revision: str
    tools_json: bytes
    """The `tools` array as MCP lists it; the same bytes in both eras."""
    discovery_json: bytes
    """The array that a server in discovery mode lists in their stead."""
    knowledge_json: bytes
    """An array of the tools for free-text search; empty where there is nothing to search."""
    effects: Mapping[str, Effect]
    """What each tool may do, by name; a name that is missing does not exist."""
    sources: tuple[KnowledgeSource, ...]
    """What free-text search looks through."""


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

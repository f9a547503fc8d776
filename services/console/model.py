"""What the console talks about, free of both wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

Row = TypeVar("Row")


class ConnectionStatus(Enum):
    """Whether QuickBooks can be reached for a connection, in the words of the REST API."""

    ACTIVE = "active"
    NEEDS_REAUTH = "needs_reauth"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One QuickBooks company that someone linked; the REST API's integrated account."""

    realm_id: str
    display_name: str
    """Empty: not named yet."""
    status: ConnectionStatus
    connected_at: datetime | None
    refresh_expires_at: datetime | None
    """After this a person must reconnect, unless the connection is used before."""


class Exposure(Enum):
    """How an MCP server shows its tools, in the words of the REST API."""

    ALL = "all"
    DISCOVERY = "discovery"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What of a company an MCP server opens."""

    methods: tuple[str, ...]
    """Method groups or exact methods."""
    tags: tuple[str, ...]
    """Empty: every tag."""
    tools: tuple[str, ...] = ()
    """Exact tools; empty: every tool."""


@dataclass(frozen=True, kw_only=True)
class McpServer:
    """One MCP server, without its token."""

    realm_id: str
    server_id: str
    display_name: str
    filter: Filter
    exposure: Exposure = Exposure.ALL
    has_company_knowledge: bool = False
    expires_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    etag: str


@dataclass(frozen=True, kw_only=True)
class NewServer:
    """What someone asks to be made."""

    display_name: str
    filter: Filter
    preset: str = ""
    """Name of a recommended filter that is to stand in place of the filter; empty: none."""
    exposure: Exposure = Exposure.ALL
    has_company_knowledge: bool = False
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CreatedServer:
    """A server just made, with its token for the only time."""

    server: McpServer
    token: str


@dataclass(frozen=True, kw_only=True)
class ServerChange:
    """What someone asks to be changed; None leaves a part as it is."""

    display_name: str | None = None
    methods: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    exposure: Exposure | None = None
    has_company_knowledge: bool | None = None
    expires_at: datetime | None = None
    is_expiry_cleared: bool = False
    etag: str = ""
    """Change only this version; empty: whichever is present."""

    @property
    def is_filter_changed(self) -> bool:
        """Whether the set of tools may change."""
        return self.methods is not None or self.tags is not None or self.tools is not None

    def filter_over(self, present: Filter) -> Filter:
        """The filter a server has once this change is made."""
        return Filter(
            methods=present.methods if self.methods is None else self.methods,
            tags=present.tags if self.tags is None else self.tags,
            tools=present.tools if self.tools is None else self.tools,
        )

    def at(self, etag: str) -> ServerChange:
        """The same change, bound to one version of the server."""
        return replace(self, etag=etag)


@dataclass(frozen=True, kw_only=True)
class Capability:
    """One operation of QuickBooks on one resource."""

    method: str
    tool: str
    """Empty: it is none."""
    missing: str
    """Why not."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What can be done with one resource."""

    name: str
    capabilities: tuple[Capability, ...]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the catalog has for a filter."""

    tool_count: int
    """Tools that are left."""
    estimated_tokens: int
    """What a model reads for them when all are listed."""
    methods: tuple[str, ...]
    """Every method the catalog has."""
    tags: tuple[str, ...]
    """Every tag the catalog has."""
    unknown_tools: Mapping[str, tuple[str, ...]]
    """Tools that were named and that the catalog does not have, with names that are close."""
    resources: tuple[Resource, ...] = ()
    score: int = 0
    """Operations that are tools, in percent of those that QuickBooks is known to have."""
    override_problems: tuple[str, ...] = ()
    """Why definitions of the override folder are not served."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool, as a person or a program sees it before any model does."""

    name: str
    title: str
    description: str
    method: str
    tags: tuple[str, ...]
    effect: str
    input_schema_json: bytes
    output_schema_json: bytes


@dataclass(frozen=True, kw_only=True)
class ConnectAttempt:
    """A connection that was begun."""

    authorize_url: str
    """Intuit's page, with the state inside."""
    state: str
    """Single-use; whoever holds it may finish the attempt."""
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ConnectAnswer:
    """What Intuit's redirect carried; absent parts are empty."""

    state: str
    code: str
    realm_id: str
    oauth_error: str


@dataclass(frozen=True, kw_only=True)
class PageWish:
    """Which page of a list is wanted."""

    limit: int
    cursor: str
    """Empty: the first page."""


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """One page of a list."""

    rows: tuple[Row, ...]
    next_cursor: str
    """Empty: this is the last page."""

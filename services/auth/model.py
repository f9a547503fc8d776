"""What the auth room keeps, as frozen values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.grants import Scope
from chassis.settings import Secret


class ConnectionState(StrEnum):
    """Whether a connection works."""

    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class TokenAnswer:
    """What Intuit's token endpoint answered."""

    access_token: Secret
    access_lifetime: timedelta
    refresh_token: Secret | None
    """The rotated one; None when Intuit sent none and the old one stays."""
    refresh_lifetime: timedelta
    realm_id: str | None = None
    """The company, where the answer says it (the `realmid` claim of an id_token)."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """A company's tokens. They leave the room by IssueAccessToken only, and the refresh token not at all."""

    access_token: Secret
    access_issued_at: datetime
    access_expires_at: datetime
    refresh_token: Secret
    refresh_expires_at: datetime

    def is_due(self, now: datetime, ahead: timedelta) -> bool:
        """Whether the access token ends so soon that it should be refreshed.

        Never before half of its life: every call would otherwise refresh a token that lives shorter than `ahead`.
        """
        half_life = (self.access_expires_at - self.access_issued_at) / 2
        return self.access_expires_at - now <= min(ahead, half_life)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One linked QuickBooks company, with its tokens."""

    realm_id: str
    """QuickBooks company id, decimal digits."""
    display_name: str = ""
    state: ConnectionState = ConnectionState.ACTIVE
    connected_at: datetime
    """When a person last approved it."""
    tokens: Tokens
    revision: str
    """Changes whenever the tokens do; a writer names the one it read."""

    @property
    def name(self) -> str:
        """Resource name, as in `connections/4620816365`."""
        return connection_name(self.realm_id)


@dataclass(frozen=True, kw_only=True)
class ConnectAttempt:
    """One begun OAuth dance, found by the digest of its state."""

    redirect_uri: str
    expires_at: datetime


class ToolExposure(StrEnum):
    """How an MCP server shows its tools; what may be called is the same either way."""

    ALL = "all"
    DISCOVERY = "discovery"


@dataclass(frozen=True, kw_only=True)
class McpServer:
    """A grant over one connection that a client opens by URL."""

    realm_id: str
    server_id: str
    """12 characters of [a-z0-9]; not a secret."""
    display_name: str
    scope: Scope
    exposure: ToolExposure = ToolExposure.ALL
    has_company_knowledge: bool = False
    """Whether it also offers `search` and `fetch`."""
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: str

    @property
    def name(self) -> str:
        """Resource name, as in `connections/4620816365/mcpServers/k3v9…`."""
        return mcp_server_name(self.realm_id, self.server_id)

    def is_over(self, now: datetime) -> bool:
        """Whether its own end has come."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, kw_only=True)
class CreationRequest:
    """A request id with what it asked for, so that a repeat is told from a misuse."""

    request_id: str
    content_digest: str


@dataclass(frozen=True, kw_only=True)
class Creation:
    """What a request id once made."""

    mcp_server_name: str
    content_digest: str
    token: Secret


@dataclass(frozen=True, kw_only=True)
class ConnectionPage:
    """Some connections by realm id, and where to go on."""

    connections: tuple[Connection, ...]
    after: str | None
    """Position of the last one when more follow."""


@dataclass(frozen=True, kw_only=True)
class McpServerPage:
    """Some of a connection's MCP servers, oldest first, and where to go on."""

    mcp_servers: tuple[McpServer, ...]
    after: str | None
    """Position of the last one when more follow."""


def connection_name(realm_id: str) -> str:
    """Return the resource name of a company."""
    return f"connections/{realm_id}"


def mcp_server_name(realm_id: str, server_id: str) -> str:
    """Return the resource name of an MCP server."""
    return f"connections/{realm_id}/mcpServers/{server_id}"


def realm_of(name: str) -> str:
    """Return the realm id in the name of a connection, or of an MCP server under it."""
    return name.split("/")[1]


def server_id_of(name: str) -> str:
    """Return the server id in the name of an MCP server."""
    return name.split("/")[3]

"""Names of the vault's keys, all under `auth:`, which is all that its user may touch.

connection:{realm}              hash: record (JSON), revision, access and refresh token sealed
connections                     sorted set of realm ids
connect-state:{digest}          JSON of a begun OAuth dance, ten minutes
refresh-lock:{realm}            who rotates the tokens, seconds
mcp-server:{realm}:{id}         hash: record (JSON), etag, digest of the token, position
mcp-servers-of:{realm}          sorted set of positions, `{created, µs}:{id}`
token:{digest}                  `{realm}:{id}` of the MCP server that a token opens
request:{request id}            hash: what a request id made, its token sealed, one day
"""

from datetime import UTC, datetime, timedelta

CONNECTIONS = "auth:connections"
SERVER_PREFIX = "auth:mcp-server:"
TOKEN_PREFIX = "auth:token:"  # noqa: S105 - a key's name
CHANGES_CHANNEL = "auth:mcp-server-changes"
"""Where names of changed and erased MCP servers are published."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def connection(realm_id: str) -> str:
    """Key of a company."""
    return f"auth:connection:{realm_id}"


def attempt(state_digest: str) -> str:
    """Key of a begun OAuth dance."""
    return f"auth:connect-state:{state_digest}"


def refresh_lock(realm_id: str) -> str:
    """Key of the right to rotate a company's tokens."""
    return f"auth:refresh-lock:{realm_id}"


def server(realm_id: str, server_id: str) -> str:
    """Key of an MCP server."""
    return f"{SERVER_PREFIX}{realm_id}:{server_id}"


def servers_of(realm_id: str) -> str:
    """Key of the order of a company's MCP servers."""
    return f"auth:mcp-servers-of:{realm_id}"


def token(token_digest: str) -> str:
    """Key of what a token opens."""
    return f"{TOKEN_PREFIX}{token_digest}"


def request(request_id: str) -> str:
    """Key of what a request id made."""
    return f"auth:request:{request_id}"


def position(created_at: datetime, server_id: str) -> str:
    """Place of an MCP server in its company's order: text sorts as time does."""
    return f"{(created_at - _EPOCH) // timedelta(microseconds=1):016d}:{server_id}"


def unix_ms(instant: datetime) -> int:
    """An instant as Redis counts: milliseconds since 1970."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)

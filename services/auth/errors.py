"""What can go wrong in the auth room, as its callers see it."""

from datetime import timedelta

import grpc

from chassis.errors import Help, MeshError


class TokenInvalid(MeshError):
    """A bearer is absent, unknown, expired or revoked; the caller is not told which."""

    code, reason = grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("the token is not valid: check that it is complete and current, or ask for a new one")


class ConnectionUnknown(MeshError):
    """No company of that name is linked."""

    code, reason = grpc.StatusCode.NOT_FOUND, "CONNECTION_UNKNOWN"

    def __init__(self, connection: str) -> None:
        super().__init__(f"{connection} is not linked: connect the company first", connection=connection)


class ConnectionExpired(MeshError):
    """Intuit no longer refreshes this company's grant; only a person can reconnect it."""

    code, reason = grpc.StatusCode.FAILED_PRECONDITION, "CONNECTION_EXPIRED"

    def __init__(self, connection: str, reconnect_url: str) -> None:
        super().__init__(f"{connection} must be reconnected to QuickBooks at {reconnect_url}", connection=connection)
        self.help = Help(description="Reconnect QuickBooks", url=reconnect_url)


class McpServerUnknown(MeshError):
    """No MCP server of that name exists; it may have been revoked or have expired."""

    code, reason = grpc.StatusCode.NOT_FOUND, "MCP_SERVER_UNKNOWN"

    def __init__(self, mcp_server: str) -> None:
        super().__init__(f"{mcp_server} does not exist, or no longer", mcp_server=mcp_server)


class EtagMismatch(MeshError):
    """The MCP server changed since the caller read it."""

    code, reason = grpc.StatusCode.ABORTED, "ETAG_MISMATCH"

    def __init__(self, mcp_server: str) -> None:
        super().__init__(f"{mcp_server} was changed meanwhile: read it again, then repeat", mcp_server=mcp_server)


class ConnectStateInvalid(MeshError):
    """An OAuth state is unknown, used, or older than ten minutes."""

    code, reason = grpc.StatusCode.FAILED_PRECONDITION, "CONNECT_STATE_INVALID"

    def __init__(self) -> None:
        super().__init__("this attempt to connect is unknown, used up or too old: begin again")


class ConnectRefused(MeshError):
    """The person, or Intuit, refused the connection."""

    code, reason = grpc.StatusCode.FAILED_PRECONDITION, "CONNECT_REFUSED"

    def __init__(self, oauth_error: str) -> None:
        super().__init__(f"QuickBooks was not connected ({oauth_error}): begin again", oauth_error=oauth_error)


class IntuitUnavailable(MeshError):
    """Intuit's OAuth endpoints did not answer, or not sensibly."""

    code, reason = grpc.StatusCode.UNAVAILABLE, "INTUIT_UNAVAILABLE"

    def __init__(self, why: str = "does not answer at the moment", retry_after: timedelta | None = None) -> None:
        super().__init__(f"Intuit's sign-in service {why}; try again shortly")
        self.retry_after = retry_after or timedelta(seconds=5)


class IntuitThrottled(IntuitUnavailable):
    """Intuit asks to be called less; the same condition for callers, but not to be tried again at once."""

    def __init__(self, retry_after: timedelta | None = None) -> None:
        super().__init__("asks for patience", retry_after)


class VaultUnavailable(MeshError):
    """The vault did not answer, or could not confirm a write."""

    code, reason = grpc.StatusCode.UNAVAILABLE, "VAULT_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the vault does not answer at the moment; try again shortly")
        self.retry_after = timedelta(seconds=1)


class GrantRefused(Exception):
    """Intuit refuses a code or refresh token for good. Stays inside the room: logic turns it into a condition."""

    def __init__(self, oauth_error: str) -> None:
        super().__init__(f"Intuit answered {oauth_error}")
        self.oauth_error = oauth_error

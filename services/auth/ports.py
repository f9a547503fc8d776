"""What the room's logic needs of the outside: a vault to keep things in, and Intuit."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from chassis.settings import Secret
from services.auth.model import (
    ConnectAttempt,
    Connection,
    ConnectionPage,
    Creation,
    CreationRequest,
    McpServer,
    McpServerPage,
    TokenAnswer,
)


class ConnectionVault(Protocol):
    """Keeps companies and their tokens. Every write is on disk when its call returns.

    Any call may raise `VaultUnavailable`; none takes longer than a few seconds to do so.
    """

    async def read_connection(self, realm_id: str) -> Connection | None:
        """Return a company, or None."""

    async def list_connections(self, after: str | None, limit: int) -> ConnectionPage:
        """Return companies by realm id, those after a position."""

    async def store_connection(self, connection: Connection) -> None:
        """Keep a company, in place of what was kept of it."""

    async def replace_connection(self, connection: Connection, read_revision: str) -> bool:
        """Keep a company if what is kept still has the revision that was read; say whether it was kept."""

    async def erase_connection(self, realm_id: str) -> None:
        """Erase a company with its MCP servers, and announce each of those."""

    async def store_attempt(self, state_digest: str, attempt: ConnectAttempt) -> None:
        """Keep a begun OAuth dance until its end."""

    async def take_attempt(self, state_digest: str) -> ConnectAttempt | None:
        """Return an OAuth dance and forget it, so that nobody gets it twice."""

    async def lock(self, realm_id: str, owner: str, lifetime: timedelta) -> bool:
        """Take the right to rotate a company's tokens, unless another owner has it; repeatable by the same owner."""

    async def unlock(self, realm_id: str, owner: str) -> None:
        """Give that right back, if it is still this owner's."""


class McpServerVault(Protocol):
    """Keeps MCP servers. Every write is on disk when its call returns, and changes are announced.

    Any call may raise `VaultUnavailable`; none takes longer than a few seconds to do so.
    """

    async def create_mcp_server(
        self, server: McpServer, token: Secret, token_digest: str, request: CreationRequest | None
    ) -> Creation | None:
        """Keep a new server; if its request id has made one before, keep nothing and return that creation.

        Raises:
            ConnectionUnknown: its company is not linked.
        """

    async def read_creation(self, request_id: str) -> Creation | None:
        """Return what a request id made within the last day."""

    async def read_mcp_server(self, realm_id: str, server_id: str) -> McpServer | None:
        """Return a server, or None."""

    async def read_mcp_server_by_token(self, token_digest: str) -> McpServer | None:
        """Return the server that a token opens, or None."""

    async def read_access(self, realm_id: str, server_id: str) -> tuple[Connection | None, McpServer | None]:
        """Return a company and one of its servers, in one round trip."""

    async def list_mcp_servers(self, realm_id: str, after: str | None, limit: int) -> McpServerPage | None:
        """Return a company's servers, oldest first, those after a position; None when the company is not linked."""

    async def replace_mcp_server(self, server: McpServer, read_etag: str) -> bool:
        """Keep a changed server if what is kept still has the etag that was read; say whether it was kept."""

    async def erase_mcp_server(self, realm_id: str, server_id: str) -> bool:
        """Erase a server with its token; say whether it was there."""

    def watch_mcp_servers(self) -> AbstractAsyncContextManager[AsyncGenerator[str, None]]:
        """Subscribe; inside the context, names of changed or erased servers come until the subscription breaks."""


class Vault(ConnectionVault, McpServerVault, Protocol):
    """Both, over one store."""

    async def ping(self) -> bool:
        """Say whether the vault answers and takes writes."""


class Intuit(Protocol):
    """Intuit's OAuth endpoints. Any call but the first may raise `IntuitUnavailable`."""

    def authorize_url(self, redirect_uri: str, state: Secret) -> str:
        """Return the page on which a person approves the connection."""

    async def exchange_code(self, code: Secret, redirect_uri: str) -> TokenAnswer:
        """Turn an authorization code into tokens.

        Raises:
            GrantRefused: the code is not good.
        """

    async def refresh(self, refresh_token: Secret) -> TokenAnswer:
        """Turn a refresh token into new tokens; the old ones may end thereby.

        Raises:
            GrantRefused: the refresh token is dead; only a person can get another.
        """

    async def revoke(self, refresh_token: Secret) -> None:
        """End a refresh token and all that came of it. One that is dead already counts as ended."""

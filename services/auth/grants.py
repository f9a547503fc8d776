"""Turning an MCP server's token into a grant."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from chassis.clock import Clock
from chassis.grants import Grant, GrantVerifier, claims_of
from services.auth.errors import TokenInvalid
from services.auth.keys import SigningKeys
from services.auth.model import McpServer, connection_name
from services.auth.ports import McpServerVault
from services.auth.tokens import Digester, Purpose, is_mcp_server_token


@dataclass(frozen=True, kw_only=True)
class SignedGrant:
    """A grant, and the token that states it."""

    grant: Grant
    token: str
    server: McpServer
    """What it was made of, for what a grant does not say: how tools are shown."""


class Grants:
    """Signs grants."""

    def __init__(
        self, vault: McpServerVault, keys: SigningKeys, digester: Digester, clock: Clock, lifetime: timedelta
    ) -> None:
        """Take the parts; `lifetime` is how long a grant lives at most."""
        self._vault = vault
        self._keys = keys
        self._digester = digester
        self._clock = clock
        self._lifetime = lifetime

    @property
    def key_set(self) -> bytes:
        """The public keys as a JSON Web Key Set, UTF-8."""
        return self._keys.key_set

    def verifier(self) -> GrantVerifier:
        """Return a verifier of what this room signs, which needs to ask nobody."""

        async def own_keys() -> bytes:
            return self._keys.key_set

        return GrantVerifier(own_keys, self._clock)

    async def exchange(self, token: str) -> SignedGrant:
        """Return a grant of what the token's MCP server opens.

        Raises:
            TokenInvalid: the token is unknown, expired or revoked.
        """
        if not is_mcp_server_token(token):
            raise TokenInvalid()
        # Stamped before the read: a change that comes during it is announced later than the grant's own time.
        now = self._clock.now()
        server = await self._vault.read_mcp_server_by_token(self._digester.digest(Purpose.MCP_SERVER_TOKEN, token))
        if server is None or server.is_over(now):
            raise TokenInvalid()
        ends_at = now + self._lifetime
        grant = Grant(
            connection=connection_name(server.realm_id),
            mcp_server=server.name,
            scope=server.scope,
            issued_at=now,
            expires_at=min(ends_at, server.expires_at) if server.expires_at else ends_at,
            token_id=secrets.token_hex(8),
        )
        return SignedGrant(grant=grant, token=self._keys.sign(claims_of(grant)), server=server)

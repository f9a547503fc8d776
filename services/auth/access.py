"""Access to a company for one call's work: checked against the grant, refreshed when due."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis import deadlines
from chassis.clock import Clock
from chassis.errors import DeadlineTooShort
from chassis.grants import Grant, GrantInvalid, GrantTooSmall, GrantVerifier
from chassis.settings import Secret
from services.auth.errors import ConnectionUnknown, IntuitUnavailable, VaultUnavailable
from services.auth.model import Connection, ConnectionState, realm_of, server_id_of
from services.auth.ports import Vault
from services.auth.refresh import REFRESH_LOCK_LIFETIME, Refresher
from services.auth.tokens import Digester, Purpose

# A token that still lives is not worth a longer wait for its successor.
_PATIENCE = timedelta(seconds=3)


@dataclass(frozen=True, kw_only=True)
class IssuedAccess:
    """A company's access token for minutes."""

    access_token: Secret
    realm_id: str
    expires_at: datetime
    token_digest: str


@dataclass(frozen=True, kw_only=True)
class AccessRequest:
    """What the executor asks access for."""

    connection: str
    method: str
    """The tool's method, as in `create`."""
    tags: Sequence[str]
    """The tool's tags."""
    tool_id: str = ""
    """The tool; empty opens nothing where a grant names exact tools."""
    refused_digest: str = ""
    """Digest of a token that QuickBooks refused; empty when none was."""


class Access:
    """Issues access tokens."""

    def __init__(
        self,
        vault: Vault,
        refresher: Refresher,
        verifier: GrantVerifier,
        digester: Digester,
        clock: Clock,
        refresh_ahead: timedelta,
    ) -> None:
        """Take the parts; `refresh_ahead` is how long before its end a token is refreshed."""
        self._vault = vault
        self._refresher = refresher
        self._verifier = verifier
        self._digester = digester
        self._clock = clock
        self._refresh_ahead = refresh_ahead

    async def issue(self, grant_token: str, request: AccessRequest) -> IssuedAccess:
        """Give access to the grant's company for a tool of this method and these tags.

        Raises:
            GrantInvalid, GrantTooSmall: the grant is not good, or not for this.
            ConnectionUnknown, ConnectionExpired, IntuitUnavailable, VaultUnavailable: the company can't be reached.
        """
        grant = await self._verifier.verify(grant_token)
        _check(grant, request)
        connection = await self._read(grant, request)
        fresh = await self._fresh(connection, request.refused_digest)
        return IssuedAccess(
            access_token=fresh.tokens.access_token,
            realm_id=fresh.realm_id,
            expires_at=fresh.tokens.access_expires_at,
            token_digest=self._digest(fresh),
        )

    async def _read(self, grant: Grant, request: AccessRequest) -> Connection:
        """Read the company, making sure that the grant's server still stands and still opens this."""
        server_id = server_id_of(grant.mcp_server)
        connection, server = await self._vault.read_access(realm_of(grant.connection), server_id)
        if connection is None:
            raise ConnectionUnknown(grant.connection)
        if server is None or server.is_over(self._clock.now()):
            raise GrantInvalid()
        if not server.scope.allows(request.method, request.tags, request.tool_id):
            raise GrantTooSmall(request.method)
        if connection.state is ConnectionState.EXPIRED:
            raise self._refresher.expired(connection)
        return connection

    async def _fresh(self, connection: Connection, refused_digest: str) -> Connection:
        now = self._clock.now()
        is_refused = refused_digest == self._digest(connection)
        if not is_refused and not connection.tokens.is_due(now, self._refresh_ahead):
            return connection
        still_lives = not is_refused and connection.tokens.access_expires_at > now
        try:
            return await self._refreshed(connection, _PATIENCE if still_lives else REFRESH_LOCK_LIFETIME)
        except (IntuitUnavailable, VaultUnavailable, DeadlineTooShort):
            if not still_lives:
                raise
            return connection

    async def _refreshed(self, connection: Connection, patience: timedelta) -> Connection:
        flight = self._refresher.refresh(connection)
        seconds = deadlines.budget(patience).total_seconds()
        await asyncio.wait({flight}, timeout=seconds)
        if not flight.done():
            raise DeadlineTooShort()
        failure = flight.exception()
        if failure is not None:
            # Many callers share one flight: a fresh traceback for each, not one that grows with every raise.
            raise failure.with_traceback(None)
        return flight.result()

    def _digest(self, connection: Connection) -> str:
        return self._digester.digest(Purpose.ACCESS_TOKEN, connection.tokens.access_token.reveal())


def _check(grant: Grant, request: AccessRequest) -> None:
    is_covered = grant.scope.allows(request.method, request.tags, request.tool_id)
    if request.connection != grant.connection or not is_covered:
        raise GrantTooSmall(request.method)

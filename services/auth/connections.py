"""Linking QuickBooks companies and ending those links."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.clock import Clock
from chassis.errors import FieldViolation, RequestInvalid
from chassis.settings import Secret
from services.auth.errors import ConnectionUnknown, ConnectRefused, ConnectStateInvalid, GrantRefused
from services.auth.model import ConnectAttempt, Connection, ConnectionPage, connection_name, realm_of
from services.auth.ports import ConnectionVault, Intuit
from services.auth.refresh import Refresher, tokens_from
from services.auth.tokens import Digester, Purpose, new_revision, new_state

ATTEMPT_LIFETIME = timedelta(minutes=10)
"""How long a person may take to approve (MCP security best practices: at most ten minutes)."""


@dataclass(frozen=True, kw_only=True)
class BegunAttempt:
    """Where to send a person, and the state that comes back with them."""

    authorize_url: str
    state: Secret
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """What Intuit's redirect carried."""

    state: Secret
    code: Secret
    realm_id: str
    oauth_error: str


class Connections:
    """Begins, completes, reads and ends connections."""

    def __init__(
        self, vault: ConnectionVault, intuit: Intuit, refresher: Refresher, digester: Digester, clock: Clock
    ) -> None:
        self._vault = vault
        self._intuit = intuit
        self._refresher = refresher
        self._digester = digester
        self._clock = clock

    async def begin(self, redirect_uri: str) -> BegunAttempt:
        """Start Intuit's OAuth dance."""
        state = new_state()
        expires_at = self._clock.now() + ATTEMPT_LIFETIME
        attempt = ConnectAttempt(redirect_uri=redirect_uri, expires_at=expires_at)
        await self._vault.store_attempt(self._digest(state), attempt)
        url = self._intuit.authorize_url(redirect_uri, state)
        return BegunAttempt(authorize_url=url, state=state, expires_at=expires_at)

    async def complete(self, redirect: Redirect) -> Connection:
        """End the dance: link the company, or renew its link and keep its MCP servers.

        Raises:
            ConnectStateInvalid: the state is unknown, used or too old.
            ConnectRefused: the person or Intuit refused.
            IntuitUnavailable: Intuit did not answer; the person must begin again.
        """
        attempt = await self._vault.take_attempt(self._digest(redirect.state))
        if attempt is None or attempt.expires_at <= self._clock.now():
            raise ConnectStateInvalid()
        if redirect.oauth_error:
            raise ConnectRefused(redirect.oauth_error)
        _check_answered(redirect)
        try:
            answer = await self._intuit.exchange_code(redirect.code, attempt.redirect_uri)
        except GrantRefused as refusal:
            raise ConnectRefused(refusal.oauth_error) from refusal
        if answer.realm_id not in (None, redirect.realm_id):
            # The redirect passes through a browser; Intuit's own answer does not.
            raise ConnectRefused("realm_mismatch")
        now = self._clock.now()
        known = await self._vault.read_connection(redirect.realm_id)
        connection = Connection(
            realm_id=redirect.realm_id,
            display_name=known.display_name if known else "",
            connected_at=now,
            tokens=tokens_from(answer, now),
            revision=new_revision(),
        )
        await self._vault.store_connection(connection)
        return connection

    async def get(self, name: str) -> Connection:
        """Read one connection.

        Raises:
            ConnectionUnknown: there is none of that name.
        """
        connection = await self._vault.read_connection(realm_of(name))
        if connection is None:
            raise ConnectionUnknown(name)
        return connection

    async def list(self, after: str | None, limit: int) -> ConnectionPage:
        """Read connections by realm id."""
        return await self._vault.list_connections(after, limit)

    async def delete(self, name: str) -> None:
        """Revoke a company's tokens at Intuit, then erase it with its MCP servers.

        Raises:
            ConnectionUnknown: there is none of that name.
            IntuitUnavailable: nothing was erased.
        """
        realm_id = realm_of(name)
        # Without the turn a rotation under way would leave a fresh token at Intuit that nobody here knows of.
        async with self._refresher.turn(realm_id):
            connection = await self.get(connection_name(realm_id))
            await self._intuit.revoke(connection.tokens.refresh_token)
            await self._vault.erase_connection(realm_id)

    def _digest(self, state: Secret) -> str:
        return self._digester.digest(Purpose.CONNECT_STATE, state.reveal())


def _check_answered(redirect: Redirect) -> None:
    absent = [name for name, value in (("code", redirect.code), ("realm_id", redirect.realm_id)) if not value]
    if absent:
        description = "expected as Intuit's redirect carried it, unless oauth_error is given"
        raise RequestInvalid(*(FieldViolation(field=name, description=description) for name in absent))

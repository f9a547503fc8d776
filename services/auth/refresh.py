"""Rotation of a company's tokens: one at a time, everywhere, and nothing that Intuit gave is lost."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from chassis.clock import Clock
from chassis.settings import Secret
from services.auth.errors import (
    ConnectionExpired,
    ConnectionUnknown,
    GrantRefused,
    IntuitThrottled,
    IntuitUnavailable,
    VaultUnavailable,
)
from services.auth.model import Connection, ConnectionState, TokenAnswer, Tokens
from services.auth.ports import ConnectionVault, Intuit
from services.auth.tokens import new_revision

# The lock outlives the slowest token call (10 s) plus one retry (10 s), so two replicas never rotate the same
# refresh token: keeping the older of two would, once Intuit drops it, disconnect the company.
REFRESH_LOCK_LIFETIME = timedelta(seconds=25)

# Who waits for another replica's rotation looks again this often. One waiter a replica and company: cheap.
_LOOK_AGAIN_SECONDS = 0.05

# While Intuit is down, calls fail fast (or use the token that still lives) instead of queueing behind each attempt.
_REST = timedelta(seconds=5)

_SAVE_AGAIN_SECONDS = 0.5

log = logging.getLogger(__name__)


class Refresher:
    """Rotates tokens. Callers of one process share a flight; replicas take turns by a lock in the vault."""

    def __init__(self, vault: ConnectionVault, intuit: Intuit, clock: Clock, reconnect_url: str) -> None:
        """Take the vault, Intuit and the page where a person reconnects a company."""
        self._vault = vault
        self._intuit = intuit
        self._clock = clock
        self._reconnect_url = reconnect_url
        self._flights: dict[tuple[str, str], asyncio.Task[Connection]] = {}
        self._rests: dict[str, tuple[str, float]] = {}
        self._unsaved: dict[str, asyncio.Task[None]] = {}

    def refresh(self, read: Connection) -> asyncio.Task[Connection]:
        """Start, or join, the flight that gets newer tokens than the ones read.

        The flight goes on when its callers give up, since what Intuit answers must be kept: wait for it shielded.
        It raises ConnectionExpired, ConnectionUnknown, IntuitUnavailable or VaultUnavailable.

        Raises:
            IntuitUnavailable: it did not answer moments ago and is not asked again yet.
        """
        self._check_rest(read)
        key = (read.realm_id, read.revision)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._rotate(read))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._land(key, done))
        return flight

    @asynccontextmanager
    async def turn(self, realm_id: str) -> AsyncIterator[None]:
        """Hold the only right, among all replicas, to change a company's tokens at Intuit."""
        owner = _new_owner()
        while not await self._vault.lock(realm_id, owner, REFRESH_LOCK_LIFETIME):  # noqa: ASYNC110 - another process
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        async with self._releasing(realm_id, owner):
            yield

    def expired(self, connection: Connection) -> ConnectionExpired:
        """Return the condition that sends a person to reconnect this company."""
        return ConnectionExpired(connection.name, self._reconnect_url)

    async def close(self, grace: timedelta) -> None:
        """Let rotations under way end and be kept, for a while."""
        pending: set[asyncio.Task[None] | asyncio.Task[Connection]] = {*self._flights.values(), *self._unsaved.values()}
        if pending:
            await asyncio.wait(pending, timeout=grace.total_seconds())
        for realm_id, task in self._unsaved.items():
            log.error("rotated tokens could not be kept; the company must be reconnected", extra={"realm_id": realm_id})
            task.cancel()

    def _land(self, key: tuple[str, str], flight: asyncio.Task[Connection]) -> None:
        self._flights.pop(key, None)
        if flight.cancelled() or flight.exception() is None:
            return
        log.warning("a refresh failed", extra={"realm_id": key[0], "cause": type(flight.exception()).__name__})

    async def _rotate(self, read: Connection) -> Connection:
        owner = _new_owner()
        while not await self._vault.lock(read.realm_id, owner, REFRESH_LOCK_LIFETIME):
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            # Whoever has the turn may be done before it ends, and one that died leaves it to lapse.
            newer = await self._newer_than(read)
            if newer is not None:
                return newer
        async with self._releasing(read.realm_id, owner):
            return await self._newer_than(read) or await self._trade(read, owner)

    async def _newer_than(self, read: Connection) -> Connection | None:
        """Return the company if its tokens were replaced since; None when they are still those."""
        present = await self._vault.read_connection(read.realm_id)
        if present is None:
            raise ConnectionUnknown(read.name)
        return self._usable(present) if present.revision != read.revision else None

    @asynccontextmanager
    async def _releasing(self, realm_id: str, owner: str) -> AsyncIterator[None]:
        try:
            yield
        finally:
            try:
                await self._vault.unlock(realm_id, owner)
            except VaultUnavailable:
                log.warning("a refresh lock was left to lapse", extra={"realm_id": realm_id})

    async def _trade(self, present: Connection, owner: str) -> Connection:
        try:
            answer = await self._ask(present)
        except GrantRefused as refusal:
            log.warning("Intuit refused to refresh", extra={"realm_id": present.realm_id, "cause": refusal.oauth_error})
            return await self._mark_expired(present)
        renewed = renew(present, answer, self._clock.now())
        try:
            return await self._keep(renewed, present)
        except VaultUnavailable:
            # Intuit may have dropped the old refresh token: until it reads the disk, the new one lives only here.
            self._unsaved[present.realm_id] = asyncio.create_task(self._keep_at_last(renewed, present, owner))
            raise

    async def _ask(self, present: Connection) -> TokenAnswer:
        if present.realm_id in self._unsaved:
            raise VaultUnavailable()
        try:
            try:
                return await self._intuit.refresh(present.tokens.refresh_token)
            except IntuitThrottled:
                raise
            except IntuitUnavailable:
                # The answer may have been lost on its way; Intuit gives the same one again for a while.
                return await self._intuit.refresh(present.tokens.refresh_token)
        except IntuitUnavailable as error:
            rest = max(_REST, error.retry_after or _REST)
            self._rests[present.realm_id] = (present.revision, self._clock.monotonic() + rest.total_seconds())
            raise

    def _check_rest(self, read: Connection) -> None:
        revision, ends_at = self._rests.get(read.realm_id, ("", 0.0))
        left = ends_at - self._clock.monotonic()
        if revision == read.revision and left > 0:
            raise IntuitUnavailable(retry_after=timedelta(seconds=left))
        self._rests.pop(read.realm_id, None)

    async def _keep(self, renewed: Connection, traded: Connection) -> Connection:
        """Keep new tokens in place of the ones traded in for them; if newer ones are there, return those."""
        while not await self._vault.replace_connection(renewed, traded.revision):
            present = await self._vault.read_connection(renewed.realm_id)
            if present is None:
                raise ConnectionUnknown(renewed.name)
            if present.tokens.refresh_token != traded.tokens.refresh_token:
                return self._usable(present)
            # Same tokens, other revision: marked as expired by a replica that was refused what we traded in.
            traded = present
        return renewed

    async def _keep_at_last(self, renewed: Connection, traded: Connection, owner: str) -> None:
        """Try until the vault takes the tokens, then give the turn back that could not be given back before."""
        try:
            while not await self._is_kept(renewed, traded):  # noqa: ASYNC110 - the vault tells nobody that it is back
                await asyncio.sleep(_SAVE_AGAIN_SECONDS)
            async with self._releasing(renewed.realm_id, owner):
                log.info("rotated tokens were kept after all", extra={"realm_id": renewed.realm_id})
        finally:
            self._unsaved.pop(renewed.realm_id, None)

    async def _is_kept(self, renewed: Connection, traded: Connection) -> bool:
        try:
            await self._keep(renewed, traded)
        except VaultUnavailable:
            return False
        except (ConnectionUnknown, ConnectionExpired):
            log.info("rotated tokens are no longer wanted", extra={"realm_id": renewed.realm_id})
        return True

    async def _mark_expired(self, present: Connection) -> Connection:
        """Mark a company, unless newer tokens came meanwhile: those are then returned."""
        marked = replace(present, state=ConnectionState.EXPIRED, revision=new_revision())
        if await self._vault.replace_connection(marked, present.revision):
            raise self.expired(present)
        # It was not kept, so there is another revision, or none at all.
        return await self._newer_than(present) or present

    def _usable(self, connection: Connection) -> Connection:
        if connection.state is ConnectionState.EXPIRED:
            raise self.expired(connection)
        return connection


def _new_owner() -> str:
    return secrets.token_hex(16)


def renew(connection: Connection, answer: TokenAnswer, now: datetime) -> Connection:
    """Return the company with the tokens that Intuit answered just now, and active."""
    tokens = tokens_from(answer, now, connection.tokens.refresh_token)
    return replace(connection, state=ConnectionState.ACTIVE, tokens=tokens, revision=new_revision())


def tokens_from(answer: TokenAnswer, now: datetime, kept: Secret | None = None) -> Tokens:
    """Return tokens with their ends as instants.

    Args:
        kept: the refresh token that stays where the answer has none.
    """
    refresh_token = answer.refresh_token or kept
    if refresh_token is None:
        raise IntuitUnavailable("gave no refresh token")
    return Tokens(
        access_token=answer.access_token,
        access_issued_at=now,
        access_expires_at=now + answer.access_lifetime,
        refresh_token=refresh_token,
        refresh_expires_at=now + answer.refresh_lifetime,
    )

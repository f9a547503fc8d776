"""Tokens to grants: asked of auth once, then held for as long as the grant may be trusted.

    exchange ──► held ──(its server changes, or it ends)──► gone
                  └──(ends soon, and is in use)──► exchanged anew behind the scenes

A grant is trusted while auth's watch, standing since before the exchange, has not named its server. Without the watch a
revocation could go unheard, so auth is then asked again after a second. While auth cannot answer, a grant goes on for a
minute at most, so that a restart of auth or of the vault stops nobody who is at work.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta

from chassis.clock import Clock
from chassis.errors import MeshError
from services.mcp_edge.errors import TokenUnknown
from services.mcp_edge.model import ServerGrant
from services.mcp_edge.ports import Auth

UNWATCHED_TRUST = timedelta(seconds=1)
"""How long a grant is held while nobody would tell us of its revocation."""

OUTAGE_TRUST = timedelta(minutes=1)
"""How long a grant is held while auth does not answer. Revoking needs auth too, but another replica may have heard."""

REFUSAL_HELD = timedelta(seconds=1)
"""How long an unknown token is refused without asking again: a client in a loop costs auth one call a second."""

REFRESH_AHEAD = timedelta(seconds=15)
"""A grant in use is exchanged anew this long before its end, so that no call waits for it."""

# Each entry is about 1 KiB; no honest load has more servers in use at once, and a dishonest one evicts only itself.
_CAPACITY = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """An answer of auth; `grant` is None for a refusal."""

    grant: ServerGrant | None
    asked_at: float
    """On the monotonic clock, before the question was sent."""


class GrantCache:
    """Grants by the digest of their token; the token itself is not kept."""

    def __init__(self, auth: Auth, clock: Clock) -> None:
        self._auth = auth
        self._clock = clock
        self._held: dict[bytes, _Held] = {}
        self._asking: dict[bytes, asyncio.Task[_Held]] = {}
        self._watching_since: float | None = None
        self._changed_at: dict[str, float] = {}

    async def find(self, token: str) -> ServerGrant:
        """The grant of a token, held or exchanged now.

        Raises:
            TokenUnknown: auth does not know it, or no longer.
            MeshError: auth did not answer, and nothing that may be trusted is held.
        """
        key = _digest(token)
        held = self._held.get(key)
        if held is None or not self._is_good(held):
            held = await self._ask_again(key, token, held)
        elif self._ends_soon(held) and key not in self._asking:
            self._start_asking(key, token)
        return _granted(held)

    async def renew(self, token: str) -> ServerGrant:
        """A grant exchanged anew, after another room refused the one that was held. Raises as `find` does."""
        key = _digest(token)
        self._held.pop(key, None)
        return _granted(await self._ask(key, token))

    def hear(self, mcp_server: str) -> None:
        """Take one message of auth's watch: an empty name says that it stands, another that this server changed."""
        if not mcp_server:
            self._watching_since = self._clock.monotonic()
            return
        self._changed_at[mcp_server] = self._clock.monotonic()
        self._held = {
            key: held for key, held in self._held.items() if held.grant is None or held.grant.mcp_server != mcp_server
        }
        self._forget_old_changes()

    def lose_watch(self) -> None:
        """From now on changes go unheard."""
        if self._watching_since is not None:
            log.warning("auth's watch broke; grants are held for a second at most until it stands again")
        self._watching_since = None

    async def close(self) -> None:
        """End the exchanges that still run."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _is_good(self, held: _Held) -> bool:
        age = self._clock.monotonic() - held.asked_at
        if held.grant is None:
            return age < REFUSAL_HELD.total_seconds()
        if not self._is_alive(held):
            return False
        is_watched = self._watching_since is not None and held.asked_at >= self._watching_since
        return is_watched or age < UNWATCHED_TRUST.total_seconds()

    def _ends_soon(self, held: _Held) -> bool:
        return held.grant is not None and held.grant.expires_at - self._clock.now() < REFRESH_AHEAD

    async def _ask_again(self, key: bytes, token: str, held: _Held | None) -> _Held:
        try:
            return await self._ask(key, token)
        except MeshError:
            if held is None or self._held.get(key) is not held or not self._survives_outage(held):
                raise
            return held

    def _survives_outage(self, held: _Held) -> bool:
        age = self._clock.monotonic() - held.asked_at
        return self._is_alive(held) and age < OUTAGE_TRUST.total_seconds()

    def _is_alive(self, held: _Held) -> bool:
        return held.grant is not None and held.grant.expires_at > self._clock.now()

    async def _ask(self, key: bytes, token: str) -> _Held:
        """Exchange once for all who wait; one of them hanging up does not spoil it for the others."""
        return await asyncio.shield(self._asking.get(key) or self._start_asking(key, token))

    def _start_asking(self, key: bytes, token: str) -> asyncio.Task[_Held]:
        task = asyncio.create_task(self._exchange(key, token))
        self._asking[key] = task
        task.add_done_callback(lambda done: self._finish(key, done))
        return task

    def _finish(self, key: bytes, task: asyncio.Task[_Held]) -> None:
        del self._asking[key]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.warning("a token could not be exchanged", exc_info=None if isinstance(error, MeshError) else error)

    async def _exchange(self, key: bytes, token: str) -> _Held:
        asked_at = self._clock.monotonic()
        try:
            held = _Held(grant=await self._auth.exchange(token), asked_at=asked_at)
        except TokenUnknown:
            held = _Held(grant=None, asked_at=asked_at)
        self._keep(key, held)
        return held

    def _keep(self, key: bytes, held: _Held) -> None:
        # A change heard while the question was under way may be younger than the answer: use it once, keep nothing.
        if held.grant is not None and self._changed_at.get(held.grant.mcp_server, held.asked_at - 1) >= held.asked_at:
            self._held.pop(key, None)
            return
        self._held.pop(key, None)
        while len(self._held) >= _CAPACITY:
            del self._held[next(iter(self._held))]
        self._held[key] = held

    def _forget_old_changes(self) -> None:
        # Only changes younger than a running question matter, and no question runs for a minute.
        oldest = self._clock.monotonic() - 60
        self._changed_at = {name: at for name, at in self._changed_at.items() if at >= oldest}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _granted(held: _Held) -> ServerGrant:
    if held.grant is None:
        raise TokenUnknown()
    return held.grant

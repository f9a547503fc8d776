"""Companies' access tokens, remembered until shortly before they end or their MCP server changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from grpc import StatusCode

from chassis.clock import Clock
from chassis.errors import MeshError
from services.executor.model import Access, Operation, ToolCall
from services.executor.ports import AccessTokens
from services.executor.single_flight import SingleFlight

RENEW_AHEAD = timedelta(seconds=60)
"""A token is not used in its last minute: the call it travels with may wait in a queue at QuickBooks."""

UNWATCHED = timedelta(seconds=1)
"""How long access is believed while nobody says which MCP servers were revoked. Revocation bites within a second."""

OUTAGE_TRUST = timedelta(minutes=1)
"""How long access is believed while auth does not answer; the grant beside it has an end of its own."""

_LARGEST = 10_000

_Key = tuple[str, str, str, tuple[str, ...], str]


@dataclass(frozen=True, kw_only=True)
class _Entry:
    access: Access
    stored: float
    """On the monotonic clock."""


class AccessCache:
    """Access tokens in front of auth's.

    Auth checks a grant's server, method and tags before it gives a token, and the tool where the grant names exact
    ones, so a token is kept for exactly those.
    """

    def __init__(self, auth: AccessTokens, clock: Clock) -> None:
        self._auth = auth
        self._clock = clock
        self._entries: dict[_Key, _Entry] = {}
        self._is_watching = False
        self._changes = 0
        self._flights: SingleFlight[Access] = SingleFlight()

    async def issue(self, call: ToolCall, operation: Operation, refused_digest: str = "") -> Access:
        """Access for this call's work."""
        tool = operation.tool_id if call.grant.scope.tools else ""
        key = (call.grant.connection, call.grant.mcp_server, operation.method, operation.tags, tool)
        held = self._held(key)
        if held is not None and held.digest != refused_digest:
            return held
        if refused_digest:
            self._drop_refused(call.grant.connection, refused_digest)
        try:
            return await self._flights.ask(
                (*key, refused_digest), lambda: self._ask(key, call, operation, refused_digest)
            )
        except MeshError as error:
            entry = None if refused_digest else self._entries.get(key)
            if entry is None or error.code is not StatusCode.UNAVAILABLE or not self._survives_outage(entry):
                raise
            return entry.access

    def watch(self) -> None:
        """From now on `forget` will be told of every change. What was learnt before may have missed one."""
        self._is_watching = True
        self._clear()

    def unwatch(self) -> None:
        """From now on changes may be missed."""
        self._is_watching = False

    def forget(self, mcp_server: str) -> None:
        """Drop what was given to this MCP server."""
        self._changes += 1
        self._entries = {key: entry for key, entry in self._entries.items() if key[1] != mcp_server}

    def _held(self, key: _Key) -> Access | None:
        entry = self._entries.get(key)
        if entry is None or not self._lives(entry):
            return None
        if not self._is_watching and self._clock.monotonic() - entry.stored > UNWATCHED.total_seconds():
            return None
        return entry.access

    def _survives_outage(self, entry: _Entry) -> bool:
        age = self._clock.monotonic() - entry.stored
        return self._lives(entry) and age < OUTAGE_TRUST.total_seconds()

    def _lives(self, entry: _Entry) -> bool:
        return entry.access.expires_at - RENEW_AHEAD > self._clock.now()

    async def _ask(self, key: _Key, call: ToolCall, operation: Operation, refused_digest: str) -> Access:
        changes = self._changes
        access = await self._auth.issue(call, operation, refused_digest)
        # An answer that was under way while a server changed serves the calls that wait for it, and no later one.
        if changes == self._changes:
            self._store(key, access)
        return access

    def _store(self, key: _Key, access: Access) -> None:
        if len(self._entries) >= _LARGEST:
            self._entries = {k: e for k, e in self._entries.items() if self._held(k) is not None}
        if len(self._entries) < _LARGEST:
            self._entries[key] = _Entry(access=access, stored=self._clock.monotonic())

    def _drop_refused(self, connection: str, digest: str) -> None:
        """The same token was given for other methods of the company too."""
        self._entries = {
            key: entry for key, entry in self._entries.items() if key[0] != connection or entry.access.digest != digest
        }

    def _clear(self) -> None:
        self._changes += 1
        self._entries = {}

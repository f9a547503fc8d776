"""Operations as the registry gave them, remembered so that a warm call asks nobody."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from chassis.clock import Clock
from chassis.errors import DeadlineTooShort, PeerUnavailable
from services.executor.model import Operation
from services.executor.ports import Catalog
from services.executor.single_flight import SingleFlight

_RETRY_PAUSE = timedelta(seconds=5)
"""After the registry did not answer, remembered operations serve this long before it is asked again."""

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _Entry:
    operation: Operation
    due: float
    """On the monotonic clock: when to ask the registry again."""


class OperationCache:
    """A catalog in front of the registry's.

    An operation is believed for the time to live, or until any answer shows that the catalog has a new revision. While
    the registry is down, what was known stays good: definitions change with releases, not with outages.
    """

    def __init__(self, registry: Catalog, clock: Clock, time_to_live: timedelta) -> None:
        self._registry = registry
        self._clock = clock
        self._time_to_live = time_to_live
        # Only tools that exist are kept, so the catalog itself bounds this.
        self._entries: dict[str, _Entry] = {}
        self._revision = ""
        self._flights: SingleFlight[Operation] = SingleFlight()

    async def resolve(self, tool_id: str) -> Operation:
        """What the tool means to QuickBooks."""
        entry = self._entries.get(tool_id)
        if entry is not None and self._clock.monotonic() < entry.due:
            return entry.operation
        try:
            return await self._flights.ask(tool_id, lambda: self._ask(tool_id))
        except (PeerUnavailable, DeadlineTooShort):
            if entry is None:
                raise
            entry.due = self._clock.monotonic() + _RETRY_PAUSE.total_seconds()
            log.warning("the registry does not answer; a remembered operation serves", extra={"tool": tool_id})
            return entry.operation

    async def _ask(self, tool_id: str) -> Operation:
        operation = await self._registry.resolve(tool_id)
        if operation.revision != self._revision:
            self._revision = operation.revision
            for entry in self._entries.values():
                entry.due = self._clock.monotonic()
        due = self._clock.monotonic() + self._time_to_live.total_seconds()
        self._entries[tool_id] = _Entry(operation=operation, due=due)
        return operation

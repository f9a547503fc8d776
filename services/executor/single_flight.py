"""One question at a time: whoever asks the same meanwhile gets the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from chassis.errors import DeadlineTooShort

Answer = TypeVar("Answer")


class SingleFlight(Generic[Answer]):
    """Questions under way, by key."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[Answer]] = {}

    async def ask(self, key: Hashable, question: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask, or wait for the answer to the same question. A caller that gives up does not end it for the others."""
        while True:
            flight = self._flights.get(key)
            if flight is None:
                return await asyncio.shield(self._start(key, question))
            try:
                return await asyncio.shield(flight)
            except DeadlineTooShort:
                # The time that ran out was that of the caller who asked first; this one may have more.
                continue

    def _start(self, key: Hashable, question: Callable[[], Awaitable[Answer]]) -> asyncio.Task[Answer]:
        async def fly() -> Answer:
            try:
                return await question()
            finally:
                del self._flights[key]

        flight = asyncio.create_task(fly())
        flight.add_done_callback(_seen)
        self._flights[key] = flight
        return flight


def _seen(flight: asyncio.Task[Answer]) -> None:
    """Mark a failure as seen: every caller may have gone by now."""
    if not flight.cancelled():
        flight.exception()

"""Lets a write that has begun come to its end, even when whoever asked for it has gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

Outcome = TypeVar("Outcome")

log = logging.getLogger(__name__)


class Writes:
    """The writes under way. A torn one would leave its outcome unknown for no reason; each ends within its time-out."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    async def finish(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        """Do the work and return its outcome; when cancelled meanwhile, the work goes on by itself."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for the writes that are still under way."""
        if self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        # Reading the exception marks it as seen: nobody may be left to hear of it.
        if not task.cancelled() and task.exception() is not None:
            log.debug("a write failed", extra={"error": type(task.exception()).__name__})

"""Tool lists, rendered once for each filter and shared by every token that has it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from chassis.clock import Clock
from chassis.errors import MeshError
from services.mcp_edge.model import ServerGrant, ToolFilter, ToolSet
from services.mcp_edge.ports import Registry
from services.mcp_edge.render import render_tools

# Filters are few (methods and tags); a list is at most some hundred KiB.
_CAPACITY = 128

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    tools: ToolSet
    asked_at: float


class ToolSets:
    """Tool sets by filter. A list that is past its time is served once more while a fresh one is fetched.

    While the registry is down the last list serves on: the executor resolves and checks each call by itself.
    """

    def __init__(self, registry: Registry, clock: Clock, ttl: timedelta) -> None:
        self._registry = registry
        self._clock = clock
        self._ttl = ttl
        self._held: dict[ToolFilter, _Held] = {}
        self._asking: dict[ToolFilter, asyncio.Task[ToolSet]] = {}

    async def find(self, grant: ServerGrant) -> ToolSet:
        """The tools that a grant opens.

        Raises:
            MeshError: the registry did not answer, and no list is held for this filter.
        """
        wanted = grant.filter
        held = self._held.get(wanted)
        if held is None:
            return await asyncio.shield(self._ask(wanted))
        if self._clock.monotonic() - held.asked_at > self._ttl.total_seconds():
            self._ask(wanted)
        return held.tools

    async def close(self) -> None:
        """End the refreshes that still run."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _ask(self, wanted: ToolFilter) -> asyncio.Task[ToolSet]:
        """The fetch that is under way for this filter, or a new one."""
        task = self._asking.get(wanted)
        if task is None:
            task = asyncio.create_task(self._fetch(wanted))
            self._asking[wanted] = task
            task.add_done_callback(lambda done: self._finish(wanted, done))
        return task

    def _finish(self, wanted: ToolFilter, task: asyncio.Task[ToolSet]) -> None:
        del self._asking[wanted]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.warning(
                "the tool list could not be fetched; the last one, if any, serves on",
                exc_info=None if isinstance(error, MeshError) else error,
            )

    async def _fetch(self, wanted: ToolFilter) -> ToolSet:
        asked_at = self._clock.monotonic()
        catalog = await self._registry.list_tools(wanted)
        held = self._held.pop(wanted, None)
        is_same = held is not None and held.tools.revision == catalog.revision
        tools = held.tools if held is not None and is_same else render_tools(catalog)
        while len(self._held) >= _CAPACITY:
            del self._held[next(iter(self._held))]
        self._held[wanted] = _Held(tools=tools, asked_at=asked_at)
        return tools

"""Tool lists are rendered once, refreshed behind the scenes, and outlive the registry."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chassis.errors import PeerUnavailable
from services.mcp_edge.model import Catalog
from services.mcp_edge.tool_sets import ToolSets
from tests.unit.mcp_edge.edge_fakes import TOOLS, FakeClock, FakeRegistry, grant

pytestmark = pytest.mark.anyio


class Held:
    """A cache, what it asks, and its clock."""

    def __init__(self) -> None:
        self.registry, self.clock = FakeRegistry(), FakeClock()
        self.sets = ToolSets(self.registry, self.clock, timedelta(seconds=30))

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_grants_with_one_filter_share_one_rendering() -> None:
    """Tokens are many, filters few."""
    held = Held()
    first = await held.sets.find(grant(methods=("read", "write"), tags=("crm",)))
    second = await held.sets.find(grant(methods=("write", "read"), tags=("crm",), grant="another"))

    assert first is second
    assert len(held.registry.asked) == 1


async def test_grants_with_other_filters_share_nothing() -> None:
    """What one token may not see must not come from another's cache."""
    held = Held()
    await held.sets.find(grant(methods=("read",)))
    held.registry.catalog = Catalog(tools=TOOLS[:1], revision="r1")
    narrow = await held.sets.find(grant(methods=("read",), tags=("crm",)))

    assert set(narrow.effects) == {TOOLS[0].tool_id}


async def test_an_old_list_is_served_once_more_while_a_new_one_is_fetched() -> None:
    """No call waits for a refresh."""
    held = Held()
    first = await held.sets.find(grant())
    held.clock.pass_(seconds=31)
    held.registry.catalog = Catalog(tools=TOOLS[:1], revision="r2")

    assert await held.sets.find(grant()) is first
    await held.settle()
    assert (await held.sets.find(grant())).revision == "r2"


async def test_a_refresh_with_the_same_revision_renders_nothing() -> None:
    """The digest says that nothing changed; the bytes stay."""
    held = Held()
    first = await held.sets.find(grant())
    held.clock.pass_(seconds=31)
    await held.sets.find(grant())
    await held.settle()

    assert await held.sets.find(grant()) is first
    assert len(held.registry.asked) == 2


async def test_the_last_list_serves_on_while_the_registry_is_down() -> None:
    """The executor checks each call by itself, so a list may be old."""
    held = Held()
    first = await held.sets.find(grant())
    held.registry.failure = PeerUnavailable("registry")
    for _ in range(3):
        held.clock.pass_(minutes=10)
        assert await held.sets.find(grant()) is first
        await held.settle()


async def test_without_any_list_the_failure_is_told() -> None:
    """An empty list would make a client believe that there are no tools."""
    held = Held()
    held.registry.failure = PeerUnavailable("registry")
    with pytest.raises(PeerUnavailable):
        await held.sets.find(grant())

    held.registry.failure = None
    assert (await held.sets.find(grant())).revision == "r1"


async def test_a_burst_on_a_cold_filter_asks_once() -> None:
    """Every replica starts cold under load."""
    held = Held()
    found = await asyncio.gather(*(held.sets.find(grant()) for _ in range(10)))

    assert len(held.registry.asked) == 1
    assert all(tools is found[0] for tools in found)


async def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Owners choose filters; they must not choose our memory."""
    monkeypatch.setattr("services.mcp_edge.tool_sets._CAPACITY", 2)
    held = Held()
    for number in range(5):
        await held.sets.find(grant(tags=(f"t{number}",)))

    assert len(held.sets._held) == 2

"""Grants are held as long as they may be trusted, and not a second longer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chassis.errors import PeerUnavailable
from services.mcp_edge.errors import TokenUnknown
from services.mcp_edge.grants import GrantCache
from tests.unit.mcp_edge.edge_fakes import SERVER, START, TOKEN, FakeAuth, FakeClock, grant

pytestmark = pytest.mark.anyio


class Held:
    """A cache, what it asks, and its clock."""

    def __init__(self, *, watched: bool = True) -> None:
        self.auth, self.clock = FakeAuth(), FakeClock()
        self.cache = GrantCache(self.auth, self.clock)
        if watched:
            self.cache.hear("")

    async def settle(self) -> None:
        """Let background exchanges finish."""
        for _ in range(5):
            await asyncio.sleep(0)


async def test_a_watched_grant_is_asked_for_once() -> None:
    """Warm, a call is one hop: none of it to auth."""
    held = Held()
    for _ in range(3):
        await held.cache.find(TOKEN)
        held.clock.pass_(minutes=1)

    assert held.auth.asked == 1


async def test_a_grant_is_never_used_past_its_end() -> None:
    """The executor would refuse it, and a server that has ended must be not found."""
    held = Held()
    await held.cache.find(TOKEN)
    held.clock.pass_(minutes=6)
    del held.auth.grants[TOKEN]

    with pytest.raises(TokenUnknown):
        await held.cache.find(TOKEN)


async def test_a_grant_in_use_is_refreshed_before_its_end_without_anyone_waiting() -> None:
    """The one call that hits the end should not pay for the exchange."""
    held = Held()
    await held.cache.find(TOKEN)
    held.clock.pass_(minutes=4, seconds=50)
    fresh = grant(grant="fresh", expires_at=START + timedelta(minutes=10))
    held.auth.grants[TOKEN] = fresh

    served = await held.cache.find(TOKEN)
    await held.settle()
    assert served.grant == "signed.grant.text"
    assert await held.cache.find(TOKEN) is fresh
    assert held.auth.asked == 2


async def test_a_refresh_that_fails_leaves_the_grant_until_its_end() -> None:
    """Auth being down for a moment must not cost a call that is still authorised."""
    held = Held()
    first = await held.cache.find(TOKEN)
    held.clock.pass_(minutes=4, seconds=50)
    held.auth.failure = PeerUnavailable("auth")

    assert await held.cache.find(TOKEN) is first
    await held.settle()
    assert await held.cache.find(TOKEN) is first


async def test_a_refresh_that_finds_the_token_revoked_ends_the_grant() -> None:
    """What auth says last counts."""
    held = Held()
    await held.cache.find(TOKEN)
    held.clock.pass_(minutes=4, seconds=50)
    del held.auth.grants[TOKEN]
    await held.cache.find(TOKEN)
    await held.settle()

    with pytest.raises(TokenUnknown):
        await held.cache.find(TOKEN)


async def test_a_change_that_is_heard_ends_the_grant_at_once() -> None:
    """Revocation bites within a second on every replica."""
    held = Held()
    await held.cache.find(TOKEN)
    del held.auth.grants[TOKEN]
    held.cache.hear(SERVER)

    with pytest.raises(TokenUnknown):
        await held.cache.find(TOKEN)


async def test_a_change_of_another_server_costs_nothing() -> None:
    """Thousands of servers share one watch."""
    held = Held()
    await held.cache.find(TOKEN)
    held.cache.hear("connections/1234/mcpServers/other000")
    await held.cache.find(TOKEN)

    assert held.auth.asked == 1


async def test_an_answer_that_a_change_overtook_is_not_kept() -> None:
    """Auth may have answered just before the revocation: kept, the answer would outlive it by minutes."""
    held = Held()
    held.auth.gate = asyncio.Event()
    finding = asyncio.create_task(held.cache.find(TOKEN))
    await held.settle()
    held.cache.hear(SERVER)
    held.auth.gate.set()
    await finding
    await held.cache.find(TOKEN)

    assert held.auth.asked == 2


async def test_without_the_watch_a_grant_is_held_for_a_second() -> None:
    """Nobody would tell us of its revocation."""
    held = Held(watched=False)
    await held.cache.find(TOKEN)
    held.clock.pass_(seconds=0.9)
    await held.cache.find(TOKEN)
    assert held.auth.asked == 1

    held.clock.pass_(seconds=0.2)
    await held.cache.find(TOKEN)
    assert held.auth.asked == 2


async def test_a_broken_watch_ends_trust_in_a_second_and_a_new_one_does_not_restore_it() -> None:
    """A change may have passed while nobody listened; only answers younger than the watch are safe."""
    held = Held()
    await held.cache.find(TOKEN)
    held.clock.pass_(minutes=1)
    held.cache.lose_watch()
    held.cache.hear("")
    await held.cache.find(TOKEN)
    assert held.auth.asked == 2

    held.clock.pass_(minutes=1)
    await held.cache.find(TOKEN)
    assert held.auth.asked == 2


async def test_while_auth_is_away_a_grant_goes_on_for_a_minute_and_no_longer() -> None:
    """A restart of auth or of its vault must stop nobody at work, nor keep a revoked server open."""
    held = Held()
    known = await held.cache.find(TOKEN)
    held.cache.lose_watch()
    held.auth.failure = PeerUnavailable("auth")

    held.clock.pass_(seconds=59)
    assert await held.cache.find(TOKEN) is known
    held.clock.pass_(seconds=1)
    with pytest.raises(PeerUnavailable):
        await held.cache.find(TOKEN)


async def test_while_auth_is_away_a_change_that_was_heard_still_ends_the_grant() -> None:
    """What we know must not be overruled by what we cannot ask."""
    held = Held()
    known = await held.cache.find(TOKEN)
    held.cache.hear(known.mcp_server)
    held.cache.lose_watch()
    held.auth.failure = PeerUnavailable("auth")

    with pytest.raises(PeerUnavailable):
        await held.cache.find(TOKEN)


async def test_an_unknown_token_is_refused_without_asking_for_a_second_only() -> None:
    """A client in a loop must not become a load on auth, nor a new token wait."""
    held = Held()
    for _ in range(5):
        with pytest.raises(TokenUnknown):
            await held.cache.find("dbm_unknown")
    assert held.auth.asked == 1

    held.auth.grants["dbm_unknown"] = grant()
    held.clock.pass_(seconds=1)
    await held.cache.find("dbm_unknown")


async def test_a_failure_is_not_held() -> None:
    """The next call may find auth well again."""
    held = Held()
    held.auth.failure = PeerUnavailable("auth")
    with pytest.raises(PeerUnavailable):
        await held.cache.find(TOKEN)
    held.auth.failure = None

    await held.cache.find(TOKEN)


async def test_many_at_once_ask_once_and_one_that_hangs_up_spoils_nothing() -> None:
    """A burst on a cold token is one question; its first asker may leave."""
    held = Held()
    held.auth.gate = asyncio.Event()
    finding = [asyncio.create_task(held.cache.find(TOKEN)) for _ in range(10)]
    await held.settle()
    finding[0].cancel()
    await held.settle()
    held.auth.gate.set()
    found = await asyncio.gather(*finding[1:])

    assert (held.auth.asked, {g.mcp_server for g in found}) == (1, {SERVER})


async def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers choose tokens; they must not choose our memory."""
    monkeypatch.setattr("services.mcp_edge.grants._CAPACITY", 3)
    held = Held()
    for number in range(10):
        with pytest.raises(TokenUnknown):
            await held.cache.find(f"dbm_{number}")

    assert len(held.cache._held) == 3


async def test_no_token_is_kept_or_shown() -> None:
    """A memory dump or a log of the cache must not open a company."""
    held = Held()
    found = await held.cache.find(TOKEN)

    assert TOKEN not in repr(vars(held.cache))
    assert "signed.grant.text" not in repr(found)


async def test_closing_ends_what_still_asks() -> None:
    """A drained room leaves no task behind."""
    held = Held()
    held.auth.gate = asyncio.Event()
    finding = asyncio.create_task(held.cache.find(TOKEN))
    await held.settle()
    await held.cache.close()

    with pytest.raises(asyncio.CancelledError):
        await finding

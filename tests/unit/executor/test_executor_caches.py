"""What is remembered, for how long, and what makes it forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import DeadlineTooShort, PeerUnavailable, RemoteError
from chassis.grants import GrantVerifier
from services.executor.access_cache import RENEW_AHEAD, UNWATCHED, AccessCache
from services.executor.errors import ToolUnknown
from services.executor.model import Access, Operation, ToolCall
from services.executor.operation_cache import OperationCache
from services.executor.revocations import Revocations
from services.executor.single_flight import SingleFlight
from tests.unit.executor.executor_fakes import (
    CREATE,
    GET,
    LIST,
    SERVER,
    FakeCatalog,
    FakeTokens,
    HandClock,
    call,
    grant,
)

pytestmark = pytest.mark.anyio

TTL = timedelta(seconds=60)
MOMENT = timedelta(milliseconds=1)


def operations(*known: Operation) -> tuple[OperationCache, FakeCatalog, HandClock]:
    """A cache before a registry."""
    registry, clock = FakeCatalog(*known), HandClock()
    return OperationCache(registry, clock, TTL), registry, clock


async def test_an_operation_is_asked_for_once_a_minute() -> None:
    """A warm call must be one hop and one upstream request."""
    cache, registry, clock = operations(GET)
    for _ in range(3):
        assert await cache.resolve(GET.tool_id) is GET
    clock.advance(TTL)
    await cache.resolve(GET.tool_id)
    assert registry.asked == [GET.tool_id] * 2


async def test_a_new_revision_makes_every_operation_due() -> None:
    """After a release the tools of one catalog must not run beside those of the last."""
    cache, registry, clock = operations(GET, LIST)
    await cache.resolve(GET.tool_id)
    clock.advance(TTL / 2)
    registry.operations = {o.tool_id: replace(o, revision="r2") for o in (GET, LIST)}
    await cache.resolve(LIST.tool_id)
    assert (await cache.resolve(GET.tool_id)).revision == "r2"


@pytest.mark.parametrize("failure", [PeerUnavailable("registry"), DeadlineTooShort()])
async def test_what_was_known_serves_while_the_registry_is_down(failure: Exception) -> None:
    """Definitions change with releases, not with outages; and a registry that hangs is not waited for at every call."""
    cache, registry, clock = operations(GET)
    await cache.resolve(GET.tool_id)
    clock.advance(TTL)
    registry.failure = failure
    for _ in range(3):
        assert await cache.resolve(GET.tool_id) is GET
    assert len(registry.asked) == 2
    with pytest.raises(type(failure)):
        await cache.resolve(LIST.tool_id)


async def test_a_tool_that_is_gone_is_gone() -> None:
    """An answer of the registry is believed, also when it says no."""
    cache, registry, clock = operations(GET)
    await cache.resolve(GET.tool_id)
    clock.advance(TTL)
    registry.operations = {}
    for _ in range(2):
        with pytest.raises(ToolUnknown):
            await cache.resolve(GET.tool_id)


def tokens(*, watching: bool = True) -> tuple[AccessCache, FakeTokens, HandClock]:
    """A cache before auth."""
    clock = HandClock()
    auth = FakeTokens(clock)
    cache = AccessCache(auth, clock)
    if watching:
        cache.watch()
    return cache, auth, clock


async def test_access_is_asked_for_once_until_its_last_minute() -> None:
    """Auth is not on the path of a warm call."""
    cache, auth, clock = tokens()
    for passing in (timedelta(0), timedelta(minutes=30), timedelta(minutes=30) - RENEW_AHEAD - MOMENT):
        clock.advance(passing)
        await cache.issue(call(GET), GET)
    assert len(auth.asked) == 1
    clock.advance(MOMENT)
    await cache.issue(call(GET), GET)
    assert len(auth.asked) == 2


@pytest.mark.parametrize(
    ("wanted", "operation"),
    [
        (call(CREATE), CREATE),
        (call(GET), replace(GET, tags=("crm",))),
        (call(GET, grant=replace(grant(), mcp_server="connections/1234/mcpServers/other")), GET),
        (call(GET, grant=replace(grant(), connection="connections/4321")), GET),
    ],
)
async def test_access_for_one_thing_is_not_access_for_another(wanted: ToolCall, operation: Operation) -> None:
    """Auth checks server, method and tags before it gives a token; sharing one would skip that check."""
    cache, auth, _ = tokens()
    await cache.issue(call(GET), GET)
    await cache.issue(wanted, operation)
    assert len(auth.asked) == 2


async def test_without_a_watch_access_is_believed_for_a_second() -> None:
    """Nobody says what was revoked meanwhile; auth does, when asked."""
    cache, auth, clock = tokens(watching=False)
    await cache.issue(call(GET), GET)
    clock.advance(UNWATCHED)
    await cache.issue(call(GET), GET)
    assert len(auth.asked) == 1
    clock.advance(MOMENT)
    await cache.issue(call(GET), GET)
    assert len(auth.asked) == 2


async def test_while_auth_is_away_access_goes_on_for_a_minute_and_no_longer() -> None:
    """A restart of auth must stop no read that is under way; a company's token must not be used on and on."""
    cache, auth, clock = tokens(watching=False)
    known = await cache.issue(call(GET), GET)
    auth.failure = PeerUnavailable("auth")
    clock.advance(timedelta(seconds=59))
    assert await cache.issue(call(GET), GET) == known
    clock.advance(timedelta(seconds=1))
    with pytest.raises(PeerUnavailable):
        await cache.issue(call(GET), GET)


async def test_a_watch_that_begins_again_starts_with_an_empty_memory() -> None:
    """Revocations may have passed unheard while it was broken."""
    cache, auth, _ = tokens()
    await cache.issue(call(GET), GET)
    cache.unwatch()
    cache.watch()
    await cache.issue(call(GET), GET)
    assert len(auth.asked) == 2


async def test_a_changed_server_is_forgotten_and_others_are_not() -> None:
    """Revocation bites at once, and costs the other servers nothing."""
    cache, auth, clock = tokens()

    async def no_keys() -> bytes:
        return b"{}"

    heard = Revocations(GrantVerifier(no_keys, clock), cache)
    heard.hear("")
    other = call(GET, grant=replace(grant(), mcp_server="connections/9130347596842560/mcpServers/other"))
    for each in (call(GET), other):
        await cache.issue(each, GET)
    heard.hear(SERVER)
    for each in (call(GET), other):
        await cache.issue(each, GET)
    assert len(auth.asked) == 3


async def test_an_answer_that_was_under_way_when_its_server_changed_is_not_kept() -> None:
    """It was decided before the change."""
    cache, auth, _ = tokens()
    give = auth.issue

    async def give_while_it_changes(wanted: ToolCall, operation: Operation, refused_digest: str = "") -> Access:
        cache.forget(SERVER)
        return await give(wanted, operation, refused_digest)

    auth.issue = give_while_it_changes  # type: ignore[method-assign,assignment]
    for _ in range(2):
        await cache.issue(call(GET), GET)
    assert len(auth.asked) == 2


async def test_a_refused_token_is_replaced_for_the_whole_company_at_once() -> None:
    """The other methods hold the very same token; each would run into its own 401."""
    cache, auth, _ = tokens()
    stale = await cache.issue(call(GET), GET)
    await cache.issue(call(CREATE), CREATE)
    fresh = await asyncio.gather(*(cache.issue(call(GET), GET, stale.digest) for _ in range(20)))
    assert {access.digest for access in fresh} == {"digest-2"}
    assert (await cache.issue(call(GET), GET, stale.digest)).digest == "digest-2"
    assert (await cache.issue(call(CREATE), CREATE)).digest == "digest-2"
    assert auth.asked == [("get", ""), ("create", ""), ("get", "digest-1"), ("create", "")]


async def test_a_crowd_asks_once() -> None:
    """200 calls that arrive together when a token ends must be one question to auth."""
    cache, auth, _ = tokens()
    await asyncio.gather(*(cache.issue(call(GET), GET) for _ in range(200)))
    assert len(auth.asked) == 1


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    """The next call may find the company reconnected."""
    cache, auth, _ = tokens()
    auth.failure = RemoteError(ToolUnknown.code, "CONNECTION_EXPIRED", "reconnect", {})
    told = await asyncio.gather(*(cache.issue(call(GET), GET) for _ in range(5)), return_exceptions=True)
    assert told == [auth.failure] * 5
    auth.failure = None
    assert (await cache.issue(call(GET), GET)).digest == "digest-1"


async def test_who_joined_a_question_outlives_the_impatience_of_who_asked() -> None:
    """The first caller's deadline is not the others'."""
    flights: SingleFlight[str] = SingleFlight()
    asked: list[int] = []
    gate = asyncio.Event()

    async def question() -> str:
        asked.append(1)
        if len(asked) == 1:
            await gate.wait()
            raise DeadlineTooShort
        return "answer"

    first, second = (asyncio.create_task(flights.ask("k", question)) for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.wait_for(second, 5) == "answer"
    with pytest.raises(DeadlineTooShort):
        await first


async def test_who_gives_up_does_not_end_the_question_for_the_others() -> None:
    """A cancelled call must not fail its neighbours."""
    flights: SingleFlight[str] = SingleFlight()
    gate = asyncio.Event()

    async def question() -> str:
        await gate.wait()
        return "answer"

    first, second = (asyncio.create_task(flights.ask("k", question)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.wait_for(second, 5) == "answer"

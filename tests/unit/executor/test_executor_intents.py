"""What makes a write safe to repeat: the store's contract, and what the room makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import MeshError, PeerUnavailable, RequestInvalid
from chassis.settings import Secret
from services.executor.errors import JournalUnavailable, QuickbooksOutcomeUnknown, QuickbooksUnavailable
from services.executor.execution import Execution
from services.executor.intents import REMEMBERED, REMEMBERED_BY_KEY, propose
from services.executor.model import Intent, ToolCall
from services.executor.ports import IntentStore
from services.executor.redis_intents import PENDING_FOR, PREFIX, RedisIntents, open_store
from tests.support.valkey import ValkeyServer, empty_valkey, valkey_server
from tests.unit.executor.executor_fakes import (
    CREATE,
    GET,
    NEW_INVOICE,
    UPDATE,
    MemoryIntents,
    Room,
    answer,
    call,
    fault,
    grant,
)

__all__ = ["empty_valkey", "valkey_server"]

pytestmark = pytest.mark.anyio

CREATED = answer('{"Invoice":{"Id":"130"},"time":"t"}')
UNKNOWN = QuickbooksOutcomeUnknown("the connection broke", is_repeatable=True)
INTENT = Intent(key="k" * 64, request_id="a" * 32, content="c" * 64, remembered_for=REMEMBERED)


@pytest.fixture(params=["memory", "valkey"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[IntentStore]:
    """Every implementation of the port."""
    if request.param == "memory":
        yield MemoryIntents()
        return
    server: ValkeyServer = request.getfixturevalue("empty_valkey")
    client = open_store(server.url_for("executor"))
    yield RedisIntents(client)
    await client.aclose()


async def test_only_the_first_proposal_is_remembered(store: IntentStore) -> None:
    """Two replicas may propose for the same wish at once; both must send the same request id."""
    other = replace(INTENT, request_id="b" * 32)
    first, second = await asyncio.gather(store.begin(INTENT), store.begin(other))
    assert first == second
    assert (await store.begin(other)).is_done is False


async def test_a_settled_intent_is_known_as_done(store: IntentStore) -> None:
    """The second to settle learns that it was a repeat, even when both were under way at once."""
    await store.begin(INTENT)
    assert await store.settle(INTENT) is False
    assert await store.settle(INTENT) is True
    assert await store.begin(replace(INTENT, request_id="b" * 32)) == replace(INTENT, is_done=True)


async def test_a_dropped_intent_makes_room_for_a_new_one(store: IntentStore) -> None:
    """After a refusal the same words are a new wish."""
    other = replace(INTENT, request_id="b" * 32)
    await store.begin(INTENT)
    await store.drop(INTENT)
    assert await store.begin(other) == other


async def test_nobody_drops_what_is_done_or_anothers(store: IntentStore) -> None:
    """A late refusal must not make the books forget a write that happened."""
    await store.begin(INTENT)
    await store.drop(replace(INTENT, request_id="b" * 32))
    await store.settle(INTENT)
    await store.drop(INTENT)
    assert (await store.begin(INTENT)).is_done


async def test_valkey_forgets_in_time_and_under_its_own_keys(empty_valkey: ValkeyServer) -> None:
    """A pending intent lasts a day, a done one as long as it says; and the store's user may touch nothing else."""
    client = open_store(empty_valkey.url_for("executor"))
    store = RedisIntents(client)
    await store.begin(INTENT)
    pending_for = await client.pttl(PREFIX + INTENT.key)
    await store.settle(INTENT)
    done_for = await client.pttl(PREFIX + INTENT.key)
    await client.aclose()
    assert timedelta(0) <= PENDING_FOR - timedelta(milliseconds=pending_for) < timedelta(minutes=1)
    assert timedelta(0) <= REMEMBERED - timedelta(milliseconds=done_for) < timedelta(minutes=1)


async def test_a_store_that_is_down_says_so_and_heals(empty_valkey: ValkeyServer) -> None:
    """Writes are refused while it is down, and work again by themselves."""
    client = open_store(empty_valkey.url_for("executor"))
    store = RedisIntents(client)
    await store.begin(INTENT)
    empty_valkey.stop()
    with pytest.raises(JournalUnavailable):
        await store.begin(INTENT)
    empty_valkey.start()
    assert await store.begin(INTENT) == INTENT
    await client.aclose()


async def test_an_unreachable_store_is_a_condition_not_a_fault() -> None:
    """Its address, with the password in it, must not be told to anyone either."""
    client = open_store(Secret("redis://executor:hunter2@127.0.0.1:1/0"))
    with pytest.raises(JournalUnavailable) as caught:
        await RedisIntents(client).begin(INTENT)
    await client.aclose()
    assert "hunter2" not in caught.value.message


def request_ids(room: Room) -> list[str]:
    """The `requestid` of each request that was sent."""
    return [target.rpartition("requestid=")[2] for target in room.targets]


async def run(room: Room, wanted: ToolCall) -> bool:
    """Execute, and say whether it was a repeat."""
    return (await room.execution.execute(wanted)).is_repeat


async def test_the_same_write_again_carries_the_same_request_id() -> None:
    """QuickBooks then answers the first outcome, and the caller learns that nothing was written again."""
    room = Room(CREATED, CREATED)
    assert [await run(room, call(CREATE, NEW_INVOICE)) for _ in range(2)] == [False, True]
    first, second = request_ids(room)
    assert first == second
    assert len(first) == 32


@pytest.mark.parametrize(
    "again",
    [
        b'{ "Line": [{"DetailType":"DescriptionOnly","Amount":100}], "CustomerRef": {"value":"55"} }',
        b'{"CustomerRef":{"value":"55"},"Line":[{"Amount":1E2,"DetailType":"DescriptionOnly"}]}',
    ],
)
async def test_the_same_write_in_other_spelling_is_the_same(again: bytes) -> None:
    """A model that says it again rarely says it byte for byte."""
    room = Room(CREATED, CREATED)
    await run(room, call(CREATE, NEW_INVOICE))
    assert await run(room, call(CREATE, again)) is True


@pytest.mark.parametrize(
    "other",
    [
        call(CREATE, NEW_INVOICE.replace(b"100.00", b"100.01")),
        call(CREATE, NEW_INVOICE.replace(b'"55"', b'"56"')),
        call(CREATE, NEW_INVOICE, grant=replace(grant(), mcp_server="connections/9130347596842560/mcpServers/other")),
        call(CREATE, NEW_INVOICE, idempotency_key="another-key"),
    ],
)
async def test_another_write_has_another_request_id(other: ToolCall) -> None:
    """Sharing one would answer the first outcome to a different wish: a lost write."""
    room = Room(CREATED, CREATED)
    await run(room, call(CREATE, NEW_INVOICE))
    assert await run(room, other) is False
    assert len(set(request_ids(room))) == 2


@pytest.mark.parametrize("reply", [fault("2020"), fault("5010"), fault("6240"), fault("610")])
async def test_a_refused_write_starts_afresh(reply: object) -> None:
    """What QuickBooks refused did not happen; after the cause is mended the same words are a new wish."""
    room = Room(reply, CREATED)  # type: ignore[arg-type]
    with suppress(MeshError):
        await run(room, call(CREATE, NEW_INVOICE))
    assert await run(room, call(CREATE, NEW_INVOICE)) is False
    assert len(set(request_ids(room))) == 2


@pytest.mark.parametrize(
    "reply", [UNKNOWN, fault("3001", status=429), answer("", 502), answer("", 503), QuickbooksUnavailable("not sent")]
)
async def test_an_undecided_write_keeps_its_request_id(reply: object) -> None:
    """It may stand in the books already; only the same request id finds out without writing twice."""
    room = Room(reply, CREATED)  # type: ignore[arg-type]
    with suppress(MeshError):
        await run(room, call(CREATE, NEW_INVOICE))
    assert await run(room, call(CREATE, NEW_INVOICE)) is False
    assert len(set(request_ids(room))) == 1


async def test_an_unknown_outcome_is_not_forgotten_by_a_throttled_repeat() -> None:
    """The 429 comes from a gateway that knows nothing of the first try, which may have been written."""
    room = Room(UNKNOWN, fault("3001", status=429), CREATED)
    for _ in range(2):
        with suppress(MeshError):
            await run(room, call(CREATE, NEW_INVOICE))
    await run(room, call(CREATE, NEW_INVOICE))
    assert len(set(request_ids(room))) == 1


async def test_a_key_means_the_same_request_even_without_memory() -> None:
    """Whoever gave a key can rely on it though the store was lost meanwhile."""
    ids = set()
    for _ in range(2):
        room = Room(CREATED)
        await run(room, call(CREATE, NEW_INVOICE, idempotency_key="order-2041"))
        ids |= set(request_ids(room))
    assert len(ids) == 1


async def test_a_key_for_another_call_is_refused() -> None:
    """QuickBooks would answer the first call's outcome, and the second write would silently be lost."""
    room = Room(CREATED)
    await run(room, call(CREATE, NEW_INVOICE, idempotency_key="order-2041"))
    for other in (
        call(CREATE, NEW_INVOICE.replace(b"100.00", b"1"), idempotency_key="order-2041"),
        call(UPDATE, b'{"id":"1","SyncToken":"0"}', idempotency_key="order-2041"),
    ):
        with pytest.raises(RequestInvalid) as caught:
            await run(room, other)
        assert [violation.field for violation in caught.value.violations] == ["idempotency_key"]
    assert len(room.quickbooks.sent) == 1


def test_a_key_is_remembered_for_a_day() -> None:
    """Clients that keep keys retry after hours; a model's second thought comes within minutes."""
    assert propose(call(CREATE, idempotency_key="order-2041"), {}).remembered_for == REMEMBERED_BY_KEY
    assert propose(call(CREATE), {}).remembered_for == REMEMBERED


async def test_without_the_store_nothing_is_sent() -> None:
    """A write that could not be made safe to repeat must not happen at all."""
    room = Room(CREATED)
    assert isinstance(room.intents, MemoryIntents)
    room.intents.is_down = True
    with pytest.raises(JournalUnavailable):
        await run(room, call(CREATE, NEW_INVOICE))
    assert room.quickbooks.sent == []


async def test_reads_never_touch_the_store() -> None:
    """A store that is down must not stop anyone from reading."""
    room = Room(answer('{"Invoice":{"Id":"1"}}'))
    assert isinstance(room.intents, MemoryIntents)
    room.intents.is_down = True
    await run(room, call(GET, b'{"id":"1"}'))
    assert room.intents.calls == []


@pytest.mark.parametrize("reply", [CREATED, fault("2020")])
async def test_a_known_outcome_is_told_though_the_store_fails_after_it(reply: object) -> None:
    """The write happened or was refused; an error about our own memory would hide that."""
    room = Room(reply)  # type: ignore[arg-type]
    assert isinstance(room.intents, MemoryIntents)
    store = room.intents
    begin = store.begin

    async def begin_then_fail(proposed: Intent) -> Intent:
        found = await begin(proposed)
        store.is_down = True
        return found

    store.begin = begin_then_fail  # type: ignore[method-assign]
    outcome = "written"
    try:
        await run(room, call(CREATE, NEW_INVOICE))
    except MeshError as error:
        outcome = error.reason
    assert outcome == ("written" if reply is CREATED else "QUICKBOOKS_VALIDATION")


async def test_a_call_that_never_left_leaves_no_doubt() -> None:
    """Auth was down, nothing was sent; the repeat is simply the first."""
    room = Room(CREATED)
    room.tokens.failure = PeerUnavailable("auth")
    with suppress(PeerUnavailable):
        await run(room, call(CREATE, NEW_INVOICE))
    room.tokens.failure = None
    assert await run(room, call(CREATE, NEW_INVOICE)) is False


async def test_two_at_once_write_once(store: IntentStore) -> None:
    """An impatient client sends the same call twice in parallel; one of them is told that it was the repeat."""
    rooms = [Room(CREATED, intents=store) for _ in range(2)]
    executions: list[Execution] = [room.execution for room in rooms]
    results = await asyncio.gather(*(execution.execute(call(CREATE, NEW_INVOICE)) for execution in executions))
    assert sorted(result.is_repeat for result in results) == [False, True]
    assert len({*request_ids(rooms[0]), *request_ids(rooms[1])}) == 1

"""The straight line of a tool call, over fakes."""

from __future__ import annotations

import asyncio

import pytest

from chassis.errors import MeshError, RemoteError
from chassis.grants import Grant
from services.executor.errors import ToolUnknown
from services.executor.model import Access, Operation, PlannedRequest, UpstreamResponse
from tests.unit.executor.executor_fakes import (
    CREATE,
    DELETE,
    GET,
    LIST,
    NEW_INVOICE,
    REALM,
    UPDATE,
    FakeQuickBooks,
    MemoryIntents,
    Room,
    answer,
    call,
    grant,
)

pytestmark = pytest.mark.anyio

FOUND = answer('{"Invoice":{"Id":"102","TotalAmt":100.00},"time":"t"}')


async def test_a_read_is_one_request_to_the_grants_company() -> None:
    """The company comes from the grant alone; no argument can choose another."""
    room = Room(FOUND)
    result = await room.execution.execute(call(GET, b'{"id":"102"}'))
    assert result.result_json == b'{"Id":"102","TotalAmt":100.00}'
    assert result.response is FOUND
    assert room.targets == [f"/v3/company/{REALM}/invoice/102?minorversion=75"]
    assert [token for _, token in room.quickbooks.sent] == ["token-1"]


@pytest.mark.parametrize(
    ("narrow", "operation"),
    [
        (grant(("read",)), CREATE),
        (grant(("list",)), GET),
        (grant(("custom",)), DELETE),
        (grant(("read", "write"), ("crm",)), LIST),
        (grant(tools=(LIST.tool_id,)), GET),
    ],
)
async def test_a_tool_outside_the_grant_is_as_unknown_as_one_that_does_not_exist(
    narrow: Grant, operation: Operation
) -> None:
    """A hidden tool does not exist: neither its name nor its schema may be guessed from the answer."""
    room = Room()
    messages = []
    for wanted in (
        call(operation, b"{nonsense", grant=narrow),
        call(operation, b"{}", grant=narrow, tool_id="no_such_tool"),
    ):
        with pytest.raises(ToolUnknown) as caught:
            await room.execution.execute(wanted)
        messages.append((caught.value.message.replace(wanted.tool_id, "T"), list(caught.value.metadata)))
    assert messages[0] == messages[1]
    assert room.tokens.asked == []


async def test_a_plan_sends_nothing_and_needs_no_token() -> None:
    """`validate_only` shows the request: the target and body as they would go, without the bearer."""
    room = Room()
    assert isinstance(room.intents, MemoryIntents)
    result = await room.execution.execute(call(UPDATE, b'{"id":"1","SyncToken":"0"}', validate_only=True))
    assert result.planned == PlannedRequest(
        http_method="POST",
        target=f"/v3/company/{REALM}/invoice?minorversion=75",
        body=b'{"Id":"1","SyncToken":"0","sparse":true}',
        content_type="application/json",
    )
    assert (result.result_json, result.response) == (b"", None)
    assert (room.quickbooks.sent, room.tokens.asked, room.intents.calls) == ([], [], [])


async def test_bad_arguments_stop_before_anyone_is_asked() -> None:
    """Neither auth nor QuickBooks is troubled with a call that can't work."""
    room = Room()
    with pytest.raises(MeshError) as caught:
        await room.execution.execute(call(CREATE, b'{"Line":[]}'))
    assert caught.value.reason == "ARGUMENTS_INVALID"
    assert (room.tokens.asked, room.quickbooks.sent) == ([], [])


@pytest.mark.parametrize(("operation", "arguments"), [(GET, b'{"id":"102"}'), (CREATE, NEW_INVOICE)])
async def test_a_refused_token_is_replaced_once(operation: Operation, arguments: bytes) -> None:
    """401 means that nothing was done, so even a write goes out again, with the same request id."""
    room = Room(answer("", 401), FOUND)
    await room.execution.execute(call(operation, arguments))
    assert [token for _, token in room.quickbooks.sent] == ["token-1", "token-2"]
    assert room.tokens.asked == [(operation.method, ""), (operation.method, "digest-1")]
    assert len(set(room.targets)) == 1


async def test_a_second_refusal_is_the_answer() -> None:
    """A company that was disconnected answers 401 for ever; asking on would only spend its limits."""
    room = Room(answer("", 401), answer("", 401))
    with pytest.raises(MeshError) as caught:
        await room.execution.execute(call(GET, b'{"id":"102"}'))
    assert caught.value.reason == "QUICKBOOKS_FORBIDDEN"
    assert len(room.quickbooks.sent) == 2


async def test_what_auth_answers_is_passed_on_whole() -> None:
    """CONNECTION_EXPIRED carries the link where a person reconnects; nothing may be lost of it."""
    room = Room()
    room.tokens.failure = expired = RemoteError(
        ToolUnknown.code, "CONNECTION_EXPIRED", "reconnect", {"connection": "c"}
    )
    with pytest.raises(RemoteError) as caught:
        await room.execution.execute(call(GET, b'{"id":"102"}'))
    assert caught.value is expired


async def test_429_is_passed_on_and_not_sent_again() -> None:
    """Retries of ours would spend the company's limit behind the caller's back."""
    room = Room(answer("", 429))
    with pytest.raises(MeshError) as caught:
        await room.execution.execute(call(GET, b'{"id":"102"}'))
    assert caught.value.reason == "QUICKBOOKS_THROTTLED"
    assert len(room.quickbooks.sent) == 1


class SlowQuickBooks(FakeQuickBooks):
    """Answers when told to."""

    def __init__(self) -> None:
        super().__init__(FOUND)
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.is_answered = False

    async def send(self, operation: Operation, request: PlannedRequest, access: Access) -> UpstreamResponse:
        self.asked.set()
        await self.may_answer.wait()
        self.is_answered = True
        return await super().send(operation, request, access)


@pytest.mark.parametrize(("operation", "arguments", "ends"), [(CREATE, NEW_INVOICE, True), (GET, b'{"id":"1"}', False)])
async def test_a_write_ends_though_its_caller_has_gone(operation: Operation, arguments: bytes, ends: bool) -> None:
    """A torn write leaves its outcome unknown; a read that nobody waits for is only work."""
    room, slow = Room(), SlowQuickBooks()
    room.execution._sender._quickbooks = slow
    caller = asyncio.create_task(room.execution.execute(call(operation, arguments)))
    await asyncio.wait_for(slow.asked.wait(), 5)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    slow.may_answer.set()
    await asyncio.wait_for(room.writes.drain(), 5)
    assert slow.is_answered is ends
    if ends:
        room.quickbooks.replies.append(FOUND)
        room.execution._sender._quickbooks = room.quickbooks
        assert (await room.execution.execute(call(operation, arguments))).is_repeat

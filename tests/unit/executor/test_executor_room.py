"""The whole room over real gRPC on loopback, between fake peers and a QuickBooks of raw sockets."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import pytest

from chassis.errors import MeshError, RemoteError
from chassis.grants import GRANT_METADATA, GrantTooSmall, Scope
from chassis.settings import Secret
from tests.support.valkey import ValkeyServer, empty_valkey, valkey_server
from tests.unit.executor.executor_fakes import CONNECTION, CREATE, GET, LIST, NEW_INVOICE, REALM, SERVER
from tests.unit.executor.executor_mesh import FOUND, KEY_ID, NO_STORE, mesh, signed
from tests.unit.executor.loopback_quickbooks import cutting

__all__ = ["empty_valkey", "valkey_server"]

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(empty_valkey: ValkeyServer) -> Secret:
    """The URL of a real store with nothing in it."""
    return empty_valkey.url_for("executor")


async def test_a_warm_read_is_one_upstream_request_and_no_other_hop() -> None:
    """Design, section 6: the price of a call is one hop and one request."""
    async with mesh(NO_STORE, FOUND) as there:
        for _ in range(5):
            answer = await there.run(GET, b'{"id":"102"}')
        assert answer.result_json == b'{"Id":"102","TotalAmt":100.00}'
        assert (answer.upstream.status, answer.upstream.intuit_tid, answer.is_repeat) == (200, "1-abc", False)
        assert answer.upstream.duration.ToTimedelta() > timedelta(0)
        assert not answer.HasField("planned_request")
        assert (there.registry.asked, len(there.connections.asked), len(there.quickbooks.received)) == (1, 1, 5)
        asked = there.connections.asked[0]
        assert (asked.connection, asked.method, list(asked.tags)) == (CONNECTION, "get", list(GET.tags))


async def test_a_plan_shows_the_request_and_sends_nothing() -> None:
    """People and tests look before they leap; the bearer is no part of what they see."""
    async with mesh(NO_STORE, FOUND) as there:
        answer = await there.run(CREATE, NEW_INVOICE, validate_only=True)
        planned = answer.planned_request
        assert (planned.http_method, planned.target) == ("POST", f"/v3/company/{REALM}/invoice?minorversion=75")
        assert json.loads(planned.body_json) == json.loads(NEW_INVOICE)
        assert (answer.result_json, answer.HasField("upstream")) == (b"", False)
        assert (there.quickbooks.received, there.connections.asked) == ([], [])


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        ((GRANT_METADATA, "nonsense"),),
        ((GRANT_METADATA, signed(expires_at=datetime.now(UTC) - timedelta(seconds=1))),),
        ((GRANT_METADATA, jwt.encode({"sub": SERVER}, "k" * 32, "HS256", headers={"kid": KEY_ID})),),
    ],
)
async def test_without_a_good_grant_nothing_is_looked_at(metadata: Any) -> None:
    """Not even whether the tool exists."""
    async with mesh(NO_STORE, FOUND) as there:
        assert await there.reason(GET, b'{"id":"102"}', metadata=metadata) == "GRANT_INVALID"
        assert (there.registry.asked, there.connections.asked, there.quickbooks.received) == (0, [], [])


async def test_a_tool_outside_the_grant_does_not_exist() -> None:
    """The set listed is the set callable, whoever calls."""
    async with mesh(NO_STORE, FOUND) as there:
        there.token = signed(scope=Scope(methods=("list",)))
        assert await there.reason(GET, b'{"id":"102"}') == "TOOL_UNKNOWN"
        with pytest.raises(MeshError) as caught:
            await there.run(LIST, b"{}", metadata=((GRANT_METADATA, signed(scope=Scope(methods=("custom",)))),))
        assert (caught.value.reason, caught.value.metadata) == ("TOOL_UNKNOWN", {"tool": LIST.tool_id})


async def test_mistakes_travel_with_their_fields() -> None:
    """The edge shows the model each violation; it must not have to parse a sentence."""
    async with mesh(NO_STORE, FOUND) as there:
        with pytest.raises(MeshError) as caught:
            await there.run(
                CREATE, b'{"CustomerRef":{"value":"1"},"Line":[{"Amount":"5","DetailType":"DescriptionOnly"}]}'
            )
        assert caught.value.reason == "ARGUMENTS_INVALID"
        assert [violation.field for violation in caught.value.violations] == ["Line[0].Amount"]


async def test_a_revoked_server_is_cut_off_within_a_second() -> None:
    """Design, section 2: revocation bites within a second on every replica."""
    async with mesh(NO_STORE, FOUND) as there:
        await there.run(GET, b'{"id":"102"}')
        there.grants.news.put_nowait(SERVER)

        async def until_refused() -> None:
            while True:
                try:
                    await there.run(GET, b'{"id":"102"}')
                except RemoteError as error:
                    assert error.reason == "GRANT_INVALID"
                    return

        await asyncio.wait_for(until_refused(), 1)


async def test_what_auth_answers_reaches_the_caller() -> None:
    """Only a person can reconnect a company; the caller needs auth's own reason."""
    async with mesh(NO_STORE, FOUND) as there:
        there.connections.failure = RemoteError(
            grpc.StatusCode.FAILED_PRECONDITION, "CONNECTION_EXPIRED", "reconnect", {"connection": CONNECTION}
        )
        assert await there.reason(GET, b'{"id":"102"}') == "CONNECTION_EXPIRED"
        there.connections.failure = GrantTooSmall("get")
        assert await there.reason(GET, b'{"id":"102"}') == "TOOL_UNKNOWN"


async def test_access_is_asked_for_every_second_while_auth_can_not_be_watched() -> None:
    """A broken watch must not leave a revoked server its access: auth is asked again, and says no."""
    async with mesh(NO_STORE, FOUND) as there:
        there.grants.go()

        async def until_asked_again() -> None:
            while len(there.connections.asked) < 2:
                await there.run(GET, b'{"id":"102"}')

        await asyncio.wait_for(until_asked_again(), 5)
        assert len(there.connections.asked) == 2


async def test_a_write_whose_answer_was_lost_is_resolved_by_repeating_it(store: Secret) -> None:
    """The repeat carries the same request id, so QuickBooks answers what came of the first."""
    async with mesh(store, cutting(), FOUND) as there:
        assert await there.reason(CREATE, NEW_INVOICE) == "QUICKBOOKS_OUTCOME_UNKNOWN"
        assert (await there.run(CREATE, NEW_INVOICE)).is_repeat is False
        assert (await there.run(CREATE, NEW_INVOICE)).is_repeat is True
        assert len({received.target for received in there.quickbooks.received}) == 1


async def test_without_the_store_reads_go_on_and_writes_stop() -> None:
    """Nothing may be written that could not be repeated safely."""
    async with mesh(NO_STORE, FOUND) as there:
        assert await there.reason(CREATE, NEW_INVOICE) == "JOURNAL_UNAVAILABLE"
        assert there.quickbooks.received == []
        await there.run(GET, b'{"id":"102"}')


async def test_a_malformed_request_is_refused_by_its_own_rules() -> None:
    """The protos' field rules stand in front of everything."""
    async with mesh(NO_STORE, FOUND) as there:
        assert await there.reason(CREATE, NEW_INVOICE, idempotency_key="short") == "REQUEST_INVALID"

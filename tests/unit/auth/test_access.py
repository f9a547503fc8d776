"""Access tokens: for whom, for what, and how fresh."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from chassis.settings import Secret
from daybook.auth.v1 import mcp_server_service_pb2 as servers_pb
from daybook.auth.v1 import resources_pb2
from services.auth.settings import AuthSettings
from tests.support.auth import OPERATOR, AuthClient, FakeIntuit, ManualClock, failure_of, random_key, running_auth

pytestmark = pytest.mark.anyio

DUE = timedelta(minutes=56)
"""Later than five minutes before the end of an hour's token."""


async def test_a_living_token_is_given_without_asking_intuit(auth: AuthClient, intuit: FakeIntuit) -> None:
    """The warm path costs one vault read and nothing else."""
    connection = await auth.connect()
    grant = await auth.grant_for(connection)
    first, second = await auth.issue(grant, connection), await auth.issue(grant, connection, "create")
    assert first == second
    assert first.realm_id == connection.removeprefix("connections/")
    assert first.token_digest not in first.access_token
    assert intuit.refreshes == []


async def test_a_token_about_to_end_is_refreshed_first(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """A token must outlive the call it is given for."""
    connection = await auth.connect()
    before = await auth.issue(await auth.grant_for(connection), connection)
    clock.advance(DUE)
    after = await auth.issue(await auth.grant_for(connection), connection)
    assert after.access_token != before.access_token
    assert after.expire_time.ToDatetime() == (clock.now() + timedelta(hours=1)).replace(tzinfo=None)
    assert len(intuit.refreshes) == 1


async def test_rotation_goes_on_for_many_hours(auth: AuthClient, intuit: FakeIntuit, clock: ManualClock) -> None:
    """Each refresh must present the token of the one before: that is where clients lose companies."""
    connection = await auth.connect()
    for _ in range(10):
        clock.advance(timedelta(hours=2))
        await auth.issue(await auth.grant_for(connection), connection)
    assert len(set(intuit.refreshes)) == 10


async def test_a_token_that_quickbooks_refused_is_replaced_once(auth: AuthClient, intuit: FakeIntuit) -> None:
    """Every running call sees the 401; only the first to report it may cause a refresh."""
    connection = await auth.connect()
    grant = await auth.grant_for(connection)
    refused = await auth.issue(grant, connection)
    first = await auth.issue(grant, connection, refused_digest=refused.token_digest)
    second = await auth.issue(grant, connection, refused_digest=refused.token_digest)
    assert first.access_token != refused.access_token
    assert second == first
    assert len(intuit.refreshes) == 1


async def test_a_token_that_lives_shorter_than_the_margin_is_not_refreshed_by_every_call(
    auth: AuthClient, intuit: FakeIntuit
) -> None:
    """Otherwise a provider with short tokens would be asked at each call."""
    intuit.access_lifetime = timedelta(minutes=2)
    connection = await auth.connect()
    grant = await auth.grant_for(connection)
    assert await auth.issue(grant, connection) == await auth.issue(grant, connection)
    assert intuit.refreshes == []


async def test_a_grant_opens_its_own_company_only(auth: AuthClient) -> None:
    """The tenant comes from the grant, never from the request."""
    grant = await auth.grant_for(await auth.connect())
    failure = await failure_of(auth.issue(grant, await auth.connect()))
    assert failure.reason == "GRANT_TOO_SMALL"


async def test_a_grant_opens_its_own_methods_only(auth: AuthClient) -> None:
    """A read-only server stays read-only even if a room before us was broken into."""
    connection = await auth.connect()
    grant = await auth.grant_for(connection, methods=("read",))
    failure = await failure_of(auth.issue(grant, connection, "delete"))
    assert (failure.reason, failure.metadata["method"]) == ("GRANT_TOO_SMALL", "delete")


async def test_a_grant_opens_its_own_tags_only(auth: AuthClient) -> None:
    """A server for one business area must not reach another."""
    connection = await auth.connect()
    made = await auth.create(connection, tags=("crm",))
    failure = await failure_of(auth.issue((await auth.exchange(made.token)).grant, connection))
    assert failure.reason == "GRANT_TOO_SMALL"


@pytest.mark.parametrize(("tool", "is_given"), [("list_a", True), ("list_b", False), ("", False)])
async def test_a_grant_of_exact_tools_opens_those_only(auth: AuthClient, tool: str, is_given: bool) -> None:
    """A room that does not say which tool it works for gets nothing."""
    connection = await auth.connect()
    made = await auth.create(connection, tools=("list_a",))
    asked = auth.issue((await auth.exchange(made.token)).grant, connection, tool_id=tool)
    if is_given:
        assert (await asked).access_token
    else:
        assert (await failure_of(asked)).reason == "GRANT_TOO_SMALL"


@pytest.mark.parametrize("grant", ["", "nonsense", "e30.e30.e30"])
async def test_what_is_no_grant_of_ours_is_refused(auth: AuthClient, grant: str) -> None:
    """Being inside the network is not authority."""
    assert (await failure_of(auth.issue(grant, await auth.connect()))).reason == "GRANT_INVALID"


async def test_a_grant_of_another_signer_is_refused(
    auth: AuthClient, settings: AuthSettings, intuit: FakeIntuit
) -> None:
    """Only the present keys speak for auth."""
    connection = await auth.connect()
    token = (await auth.create(connection)).token
    assert (await auth.exchange(token)).grant
    other = replace(settings, signing_key=Secret(random_key()))
    async with running_auth(other, intuit) as stranger:
        grant = (await stranger.exchange(token)).grant
    assert (await failure_of(auth.issue(grant, connection))).reason == "GRANT_INVALID"


async def test_a_grant_ends(auth: AuthClient, clock: ManualClock) -> None:
    """A minute after a token is lost, so is every grant of it."""
    connection = await auth.connect()
    grant = await auth.grant_for(connection)
    clock.advance(timedelta(seconds=60))
    assert (await failure_of(auth.issue(grant, connection))).reason == "GRANT_INVALID"


async def test_a_grant_ends_with_its_server(auth: AuthClient) -> None:
    """Revocation bites at once, whatever grants are still about."""
    connection = await auth.connect()
    made = await auth.create(connection)
    grant = (await auth.exchange(made.token)).grant
    request = servers_pb.DeleteMcpServerRequest(name=made.mcp_server.name)
    await auth.servers.DeleteMcpServer(request, metadata=OPERATOR)
    assert (await failure_of(auth.issue(grant, connection))).reason == "GRANT_INVALID"


async def test_a_narrowed_server_narrows_the_grants_that_are_about(auth: AuthClient) -> None:
    """A person who takes write access away means now."""
    connection = await auth.connect()
    made = await auth.create(connection, methods=("read", "write"))
    grant = (await auth.exchange(made.token)).grant
    await auth.servers.UpdateMcpServer(
        servers_pb.UpdateMcpServerRequest(
            mcp_server=resources_pb2.McpServer(name=made.mcp_server.name, methods=["read"]),
            update_mask=FieldMask(paths=["methods"]),
        ),
        metadata=OPERATOR,
    )
    assert (await failure_of(auth.issue(grant, connection, "create"))).reason == "GRANT_TOO_SMALL"


async def test_a_dead_refresh_token_sends_a_person_to_reconnect(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock, settings: AuthSettings
) -> None:
    """Only a person can mend it, so the error must say where; asking Intuit again can't help."""
    connection = await auth.connect()
    intuit.disconnect()
    clock.advance(DUE)
    grant = await auth.grant_for(connection)
    failures = [await failure_of(auth.issue(grant, connection)) for _ in range(3)]
    assert {failure.reason for failure in failures} == {"CONNECTION_EXPIRED"}
    assert failures[0].help is not None and failures[0].help.url == f"{settings.public_console_url}/connect"
    assert len(intuit.refreshes) == 1


async def test_a_living_token_is_used_while_intuit_is_down(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """Refreshing ahead is there to bridge this, not to make it worse."""
    connection = await auth.connect()
    before = await auth.issue(await auth.grant_for(connection), connection)
    clock.advance(DUE)
    intuit.is_down = True
    assert await auth.issue(await auth.grant_for(connection), connection) == before


async def test_a_dead_token_while_intuit_is_down_fails_clearly_and_heals_by_itself(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """A company must not be lost, nor marked for reconnection, because Intuit had an outage."""
    connection = await auth.connect()
    clock.advance(timedelta(hours=2))
    intuit.is_down = True
    grant = await auth.grant_for(connection)
    failure = await failure_of(auth.issue(grant, connection))
    assert failure.reason == "INTUIT_UNAVAILABLE"
    assert failure.retry_after is not None
    assert (await auth.get(connection)).state == resources_pb2.CONNECTION_STATE_ACTIVE
    intuit.is_down = False
    clock.advance(timedelta(seconds=5))
    assert (await auth.issue(grant, connection)).access_token


async def test_an_outage_of_intuit_is_not_hammered(auth: AuthClient, intuit: FakeIntuit, clock: ManualClock) -> None:
    """Each waiting agent would otherwise add two requests a second to an outage."""
    connection = await auth.connect()
    clock.advance(timedelta(hours=2))
    intuit.answers_lost = 100
    grant = await auth.grant_for(connection)
    intuit.is_down = True
    await failure_of(auth.issue(grant, connection))
    intuit.is_down = False
    failures = [await failure_of(auth.issue(grant, connection)) for _ in range(5)]
    assert {failure.reason for failure in failures} == {"INTUIT_UNAVAILABLE"}
    assert intuit.refreshes == []


async def test_a_lost_answer_is_asked_for_again(auth: AuthClient, intuit: FakeIntuit, clock: ManualClock) -> None:
    """Intuit has rotated by then: giving up here would disconnect the company."""
    connection = await auth.connect()
    clock.advance(DUE)
    intuit.answers_lost = 1
    grant = await auth.grant_for(connection)
    issued = await auth.issue(grant, connection)
    assert issued == await auth.issue(grant, connection)
    assert len(intuit.refreshes) == 2
    clock.advance(timedelta(hours=2))
    assert await auth.issue(await auth.grant_for(connection), connection)


async def test_a_rotation_is_kept_when_its_caller_gave_up(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """A client that hangs up between Intuit's answer and our write must not cost the company."""
    connection = await auth.connect()
    clock.advance(timedelta(hours=2))
    intuit.hold = asyncio.Event()
    grant = await auth.grant_for(connection)
    caller = asyncio.create_task(auth.issue(grant, connection))
    async with asyncio.timeout(5):
        await intuit.asked.wait()
    caller.cancel()
    await asyncio.wait({caller})
    intuit.hold.set()
    assert (await auth.issue(grant, connection)).access_token
    assert len(intuit.refreshes) == 1

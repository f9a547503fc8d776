"""Linking a company, reading the links, ending them."""

from datetime import timedelta

import pytest

from daybook.auth.v1 import connection_service_pb2 as pb
from daybook.auth.v1 import mcp_server_service_pb2 as servers_pb
from daybook.auth.v1 import resources_pb2
from services.auth.settings import AuthSettings
from tests.support.auth import (
    OPERATOR,
    AuthClient,
    FakeIntuit,
    ManualClock,
    failure_of,
    new_realm,
    running_auth,
)
from tests.support.valkey import ValkeyServer

pytestmark = pytest.mark.anyio


async def test_a_company_that_a_person_approved_is_linked(auth: AuthClient, clock: ManualClock) -> None:
    """The first thing anybody does; all later ones rest on it."""
    realm = new_realm()
    name = await auth.connect(realm)
    expected = resources_pb2.Connection(
        name=f"connections/{realm}", realm_id=realm, state=resources_pb2.CONNECTION_STATE_ACTIVE
    )
    expected.connect_time.FromDatetime(clock.now())
    expected.access_expire_time.FromDatetime(clock.now() + timedelta(hours=1))
    expected.refresh_expire_time.FromDatetime(clock.now() + timedelta(days=101))
    assert await auth.get(name) == expected


async def test_the_authorize_page_carries_the_state_and_the_redirect(auth: AuthClient, clock: ManualClock) -> None:
    """The console binds the state to the browser, and Intuit returns exactly there."""
    begun = await auth.begin()
    assert f"state={begun.state}" in begun.authorize_url
    assert len(begun.state) == 43
    assert begun.expire_time.ToDatetime() == (clock.now() + timedelta(minutes=10)).replace(tzinfo=None)


async def test_a_state_works_once(auth: AuthClient, intuit: FakeIntuit) -> None:
    """A redirect that is replayed must not link anything."""
    state, realm = (await auth.begin()).state, new_realm()
    await auth.complete(state, intuit.approve(realm), realm)
    failure = await failure_of(auth.complete(state, intuit.approve(realm), realm))
    assert failure.reason == "CONNECT_STATE_INVALID"


async def test_a_state_is_used_up_by_a_refusal_too(auth: AuthClient, intuit: FakeIntuit) -> None:
    """Whoever saw the refused redirect could otherwise finish the dance with a company of their own."""
    state, realm = (await auth.begin()).state, new_realm()
    refusal = await failure_of(auth.complete(state, oauth_error="access_denied"))
    assert (refusal.reason, refusal.metadata) == ("CONNECT_REFUSED", {"oauth_error": "access_denied"})
    again = await failure_of(auth.complete(state, intuit.approve(realm), realm))
    assert again.reason == "CONNECT_STATE_INVALID"


async def test_a_state_nobody_was_given_is_refused(auth: AuthClient, intuit: FakeIntuit) -> None:
    """Forged redirects are what the state is against."""
    failure = await failure_of(auth.complete("made-up", intuit.approve("1234"), "1234"))
    assert failure.reason == "CONNECT_STATE_INVALID"


async def test_a_state_ends_after_ten_minutes(auth: AuthClient, intuit: FakeIntuit, clock: ManualClock) -> None:
    """An authorize page left open on a shared machine must not stay good."""
    state, realm = (await auth.begin()).state, new_realm()
    clock.advance(timedelta(minutes=10))
    assert (await failure_of(auth.complete(state, intuit.approve(realm), realm))).reason == "CONNECT_STATE_INVALID"


async def test_a_code_that_intuit_does_not_know_is_refused(auth: AuthClient) -> None:
    """The person reads that the connection failed, not that we did."""
    failure = await failure_of(auth.complete((await auth.begin()).state, "made-up", new_realm()))
    assert (failure.reason, failure.metadata) == ("CONNECT_REFUSED", {"oauth_error": "invalid_grant"})


async def test_a_redirect_without_code_names_what_is_missing(auth: AuthClient) -> None:
    """Bad input gets an error that names the field."""
    failure = await failure_of(auth.complete((await auth.begin()).state))
    assert [violation.field for violation in failure.violations] == ["code", "realm_id"]


async def test_a_reconnected_company_keeps_its_servers_and_works_again(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """Reconnecting is routine; agents' URLs must survive it."""
    connection = await auth.connect()
    token = (await auth.create(connection)).token
    intuit.disconnect()
    clock.advance(timedelta(hours=1))
    await failure_of(auth.issue((await auth.exchange(token)).grant, connection))
    assert (await auth.get(connection)).state == resources_pb2.CONNECTION_STATE_EXPIRED
    await auth.connect(connection.removeprefix("connections/"))
    assert (await auth.get(connection)).state == resources_pb2.CONNECTION_STATE_ACTIVE
    assert (await auth.issue((await auth.exchange(token)).grant, connection)).access_token


async def test_connections_are_listed_by_realm_in_pages(
    empty_valkey: ValkeyServer, settings: AuthSettings, intuit: FakeIntuit
) -> None:
    """Each company comes once, in an order that does not depend on when it was linked."""
    async with running_auth(settings, intuit) as auth:
        names = sorted([await auth.connect() for _ in range(5)])
        listed: list[str] = []
        page_token = ""
        sizes = []
        while True:
            request = pb.ListConnectionsRequest(page_size=2, page_token=page_token)
            page = await auth.connections.ListConnections(request, metadata=OPERATOR)
            listed += [connection.name for connection in page.connections]
            sizes.append(len(page.connections))
            page_token = page.next_page_token
            if not page_token:
                break
    assert (listed, sizes) == (names, [2, 2, 1])


async def test_a_page_token_of_another_make_is_refused(auth: AuthClient) -> None:
    """A token from elsewhere would silently begin in the middle."""
    for page_token in ("!", "bm90LWEtcmVhbG0"):
        request = pb.ListConnectionsRequest(page_token=page_token)
        failure = await failure_of(auth.connections.ListConnections(request, metadata=OPERATOR))
        assert [violation.field for violation in failure.violations] == ["page_token"]


async def test_a_deleted_company_is_revoked_at_intuit_and_erased_with_its_servers(
    auth: AuthClient, intuit: FakeIntuit
) -> None:
    """To delete here is not to revoke there: both must happen."""
    connection = await auth.connect()
    token = (await auth.create(connection)).token
    await auth.connections.DeleteConnection(pb.DeleteConnectionRequest(name=connection), metadata=OPERATOR)
    assert len(intuit.revoked) == 1
    assert (await failure_of(auth.get(connection))).reason == "CONNECTION_UNKNOWN"
    assert (await failure_of(auth.exchange(token))).reason == "TOKEN_INVALID"
    request = servers_pb.ListMcpServersRequest(parent=connection)
    listing = await failure_of(auth.servers.ListMcpServers(request, metadata=OPERATOR))
    assert listing.reason == "CONNECTION_UNKNOWN"


async def test_nothing_is_erased_while_intuit_cannot_revoke(auth: AuthClient, intuit: FakeIntuit) -> None:
    """A token that lives on at Intuit with nobody to revoke it is the worst end of a connection."""
    connection = await auth.connect()
    intuit.is_down = True
    request = pb.DeleteConnectionRequest(name=connection)
    failure = await failure_of(auth.connections.DeleteConnection(request, metadata=OPERATOR))
    assert failure.reason == "INTUIT_UNAVAILABLE"
    assert (await auth.get(connection)).state == resources_pb2.CONNECTION_STATE_ACTIVE
    intuit.is_down = False
    await auth.connections.DeleteConnection(request, metadata=OPERATOR)


async def test_management_needs_the_operators_token(auth: AuthClient) -> None:
    """Whoever reaches the port is not thereby trusted."""
    wrong = ((), (("authorization", "Bearer wrong"),), (("authorization", OPERATOR[0][1].removeprefix("Bearer ")),))
    for metadata in wrong:
        calls = (
            auth.connections.ListConnections(pb.ListConnectionsRequest(), metadata=metadata),
            auth.connections.DeleteConnection(pb.DeleteConnectionRequest(name="connections/1234"), metadata=metadata),
            auth.connections.GetConnection(pb.GetConnectionRequest(name="connections/1234"), metadata=metadata),
            auth.servers.GetMcpServer(
                servers_pb.GetMcpServerRequest(name="connections/1234/mcpServers/abcdefgh"), metadata=metadata
            ),
            auth.servers.ListMcpServers(servers_pb.ListMcpServersRequest(parent="connections/1234"), metadata=metadata),
        )
        assert {(await failure_of(call)).reason for call in calls} == {"TOKEN_INVALID"}

"""MCP servers: made once, changed as asked, gone when revoked."""

import asyncio
from datetime import datetime, timedelta

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from daybook.auth.v1 import mcp_server_service_pb2 as pb
from daybook.auth.v1 import resources_pb2
from tests.support.auth import OPERATOR, AuthClient, ManualClock, failure_of

pytestmark = pytest.mark.anyio


def at(instant: datetime) -> Timestamp:
    """An instant as a message."""
    message = Timestamp()
    message.FromDatetime(instant)
    return message


async def get(auth: AuthClient, name: str) -> resources_pb2.McpServer:
    """Read a server."""
    return (await auth.servers.GetMcpServer(pb.GetMcpServerRequest(name=name), metadata=OPERATOR)).mcp_server


async def update(auth: AuthClient, paths: list[str], **fields: object) -> resources_pb2.McpServer:
    """Change the fields of a server that `paths` name."""
    server = resources_pb2.McpServer(**fields)  # type: ignore[arg-type]
    request = pb.UpdateMcpServerRequest(mcp_server=server, update_mask=FieldMask(paths=paths))
    return (await auth.servers.UpdateMcpServer(request, metadata=OPERATOR)).mcp_server


async def names(auth: AuthClient, parent: str, page_size: int = 0, page_token: str = "") -> tuple[list[str], str]:
    """List a page of a company's servers."""
    request = pb.ListMcpServersRequest(parent=parent, page_size=page_size, page_token=page_token)
    page = await auth.servers.ListMcpServers(request, metadata=OPERATOR)
    return [server.name for server in page.mcp_servers], page.next_page_token


async def test_a_server_is_kept_as_it_was_made(auth: AuthClient, clock: ManualClock) -> None:
    """What a person handed out is what they can read back; the token is not part of it."""
    ends_at = at(clock.now() + timedelta(days=1))
    made = await auth.create(
        await auth.connect(),
        methods=("read", "void"),
        tags=("crm",),
        tools=("list_all_quick_books_customers",),
        tool_exposure=resources_pb2.TOOL_EXPOSURE_DISCOVERY,
        company_knowledge=True,
        expire_time=ends_at,
    )
    assert await get(auth, made.mcp_server.name) == made.mcp_server
    assert made.mcp_server == resources_pb2.McpServer(
        name=made.mcp_server.name,
        display_name="AP agent",
        methods=["read", "void"],
        tags=["crm"],
        tools=["list_all_quick_books_customers"],
        tool_exposure=resources_pb2.TOOL_EXPOSURE_DISCOVERY,
        company_knowledge=True,
        expire_time=ends_at,
        create_time=at(clock.now()),
        update_time=at(clock.now()),
        etag=made.mcp_server.etag,
    )
    assert made.token.startswith("dbm_") and len(made.token) == 47


async def test_a_server_needs_a_company(auth: AuthClient) -> None:
    """A server over nothing would fail at its first call instead of here."""
    assert (await failure_of(auth.create("connections/1234"))).reason == "CONNECTION_UNKNOWN"


async def test_an_end_must_be_a_minute_ahead(auth: AuthClient, clock: ManualClock) -> None:
    """A server that ends at once is a mistake in the time zone."""
    connection = await auth.connect()
    for ahead, is_good in ((59, False), (-3600, False), (60, True)):
        call = auth.create(connection, expire_time=at(clock.now() + timedelta(seconds=ahead)))
        if is_good:
            await call
        else:
            failure = await failure_of(call)
            assert [violation.field for violation in failure.violations] == ["mcp_server.expire_time"]
            assert "60 seconds" in failure.message


async def test_a_blank_name_is_refused(auth: AuthClient) -> None:
    """A list of nameless servers can't be managed."""
    server = resources_pb2.McpServer(display_name="  ", methods=["read"])
    request = pb.CreateMcpServerRequest(parent=await auth.connect(), mcp_server=server)
    failure = await failure_of(auth.servers.CreateMcpServer(request, metadata=OPERATOR))
    assert [violation.field for violation in failure.violations] == ["mcp_server.display_name"]


async def test_a_check_makes_nothing(auth: AuthClient) -> None:
    """The console checks a form before a person sends it."""
    connection = await auth.connect()
    everything = resources_pb2.TOOL_EXPOSURE_ALL
    server = resources_pb2.McpServer(display_name="AP agent", methods=["read"], tool_exposure=everything)
    request = pb.CreateMcpServerRequest(parent=connection, mcp_server=server, validate_only=True)
    answer = await auth.servers.CreateMcpServer(request, metadata=OPERATOR)
    assert (answer.mcp_server, answer.token) == (server, "")
    assert await names(auth, connection) == ([], "")


async def test_a_repeated_creation_makes_one_server(auth: AuthClient) -> None:
    """A console that lost the answer must be able to show the token, and not leave a second open door."""
    connection = await auth.connect()
    request_id = f"request-{connection.removeprefix('connections/')}"
    made = await asyncio.gather(*(auth.create(connection, request_id=request_id) for _ in range(10)))
    assert [answer for answer in made if answer != made[0]] == []
    assert (await names(auth, connection))[0] == [made[0].mcp_server.name]


async def test_a_request_id_used_for_something_else_is_refused(auth: AuthClient) -> None:
    """Answering with another server than was asked for would hand out the wrong rights."""
    connection = await auth.connect()
    request_id = f"request-{connection.removeprefix('connections/')}"
    made = await auth.create(connection, request_id=request_id)
    other = await failure_of(auth.create(connection, methods=("write",), request_id=request_id))
    assert [violation.field for violation in other.violations] == ["request_id"]
    elsewhere = await failure_of(auth.create(await auth.connect(), request_id=request_id))
    assert [violation.field for violation in elsewhere.violations] == ["request_id"]
    await auth.servers.DeleteMcpServer(pb.DeleteMcpServerRequest(name=made.mcp_server.name), metadata=OPERATOR)
    revoked = await failure_of(auth.create(connection, request_id=request_id))
    assert [violation.field for violation in revoked.violations] == ["request_id"]


async def test_servers_are_listed_oldest_first_in_pages(auth: AuthClient, clock: ManualClock) -> None:
    """A list that moves under the reader's feet loses servers nobody then revokes."""
    connection = await auth.connect()
    made = []
    for _ in range(5):
        made.append((await auth.create(connection)).mcp_server.name)
        clock.advance(timedelta(microseconds=1))
    first, after_first = await names(auth, connection, page_size=2)
    await auth.servers.DeleteMcpServer(pb.DeleteMcpServerRequest(name=made[0]), metadata=OPERATOR)
    second, after_second = await names(auth, connection, 2, after_first)
    third, after_third = await names(auth, connection, 2, after_second)
    assert (first, second, third, after_third) == (made[:2], made[2:4], made[4:], "")


async def test_an_ended_server_is_gone(auth: AuthClient, clock: ManualClock) -> None:
    """Expired means revoked: not listed, not read, not opened."""
    connection = await auth.connect()
    made = await auth.create(connection, expire_time=at(clock.now() + timedelta(minutes=1)))
    clock.advance(timedelta(minutes=1))
    assert await names(auth, connection) == ([], "")
    assert (await failure_of(get(auth, made.mcp_server.name))).reason == "MCP_SERVER_UNKNOWN"
    assert (await failure_of(auth.exchange(made.token))).reason == "TOKEN_INVALID"


async def test_an_update_changes_what_its_mask_names(auth: AuthClient, clock: ManualClock) -> None:
    """A form that sends one field must not wipe the others."""
    made = (await auth.create(await auth.connect(), tags=("crm",))).mcp_server
    clock.advance(timedelta(seconds=1))
    changed = await update(auth, ["display_name"], name=made.name, display_name="AR agent", methods=["write"])
    expected = resources_pb2.McpServer()
    expected.CopyFrom(made)
    expected.display_name, expected.etag = "AR agent", changed.etag
    expected.update_time.CopyFrom(at(clock.now()))
    assert changed == expected == await get(auth, made.name)
    assert changed.etag != made.etag


async def test_an_update_changes_how_tools_are_shown_and_which(auth: AuthClient) -> None:
    """A server that proved too wide is narrowed in place: its URL is in a client's settings already."""
    made = await auth.create(await auth.connect(), company_knowledge=True)
    paths = ["tools", "tool_exposure", "company_knowledge"]
    discovery = resources_pb2.TOOL_EXPOSURE_DISCOVERY
    changed = await update(auth, paths, name=made.mcp_server.name, tools=["a_tool"], tool_exposure=discovery)
    assert (list(changed.tools), changed.tool_exposure, changed.company_knowledge) == (["a_tool"], discovery, False)
    assert list(changed.methods) == ["read"]
    exchanged = await auth.exchange(made.token)
    assert (list(exchanged.tools), exchanged.tool_exposure, exchanged.company_knowledge) == (
        ["a_tool"],
        discovery,
        False,
    )


async def test_an_update_clears_what_may_be_empty(auth: AuthClient, clock: ManualClock) -> None:
    """No tags is every area, no end is for ever."""
    ends_at = at(clock.now() + timedelta(hours=1))
    made = await auth.create(await auth.connect(), tags=("crm",), expire_time=ends_at)
    changed = await update(auth, ["tags", "expire_time"], name=made.mcp_server.name)
    assert (list(changed.tags), changed.HasField("expire_time")) == ([], False)
    clock.advance(timedelta(hours=2))
    assert (await auth.exchange(made.token)).grant


@pytest.mark.parametrize(
    ("paths", "field"),
    [
        ([], "update_mask"),
        (["etag"], "update_mask"),
        (["name"], "update_mask"),
        (["*"], "update_mask"),
        (["methods"], "mcp_server.methods"),
        (["display_name"], "mcp_server.display_name"),
    ],
)
async def test_an_update_that_can_not_be_names_the_field(auth: AuthClient, paths: list[str], field: str) -> None:
    """Bad input gets an error that names the field."""
    made = (await auth.create(await auth.connect())).mcp_server
    failure = await failure_of(update(auth, paths, name=made.name))
    assert failure.reason == "REQUEST_INVALID"
    assert {violation.field for violation in failure.violations} == {field}
    assert await get(auth, made.name) == made


async def test_an_update_of_what_was_changed_meanwhile_is_refused(auth: AuthClient) -> None:
    """Two people with the same form open: the second must see what the first did."""
    made = (await auth.create(await auth.connect())).mcp_server
    await update(auth, ["display_name"], name=made.name, display_name="First", etag=made.etag)
    failure = await failure_of(update(auth, ["display_name"], name=made.name, display_name="Second", etag=made.etag))
    assert failure.reason == "ETAG_MISMATCH"
    assert (await get(auth, made.name)).display_name == "First"


async def test_updates_at_once_lose_nothing(auth: AuthClient) -> None:
    """One person takes rights away while another renames: both must hold."""
    made = (await auth.create(await auth.connect(), methods=("read", "write"))).mcp_server
    await asyncio.gather(
        update(auth, ["methods"], name=made.name, methods=["read"]),
        update(auth, ["display_name"], name=made.name, display_name="Renamed"),
        update(auth, ["tags"], name=made.name, tags=["crm"]),
    )
    after = await get(auth, made.name)
    assert (after.display_name, list(after.methods), list(after.tags)) == ("Renamed", ["read"], ["crm"])


async def test_a_revoked_server_is_unknown_from_then_on(auth: AuthClient) -> None:
    """Revocation is what a person reaches for when something is wrong."""
    made = await auth.create(await auth.connect())
    request = pb.DeleteMcpServerRequest(name=made.mcp_server.name)
    await auth.servers.DeleteMcpServer(request, metadata=OPERATOR)
    failures = [
        await failure_of(get(auth, made.mcp_server.name)),
        await failure_of(update(auth, ["tags"], name=made.mcp_server.name)),
        await failure_of(auth.servers.DeleteMcpServer(request, metadata=OPERATOR)),
    ]
    assert {failure.reason for failure in failures} == {"MCP_SERVER_UNKNOWN"}
    assert (await failure_of(auth.exchange(made.token))).reason == "TOKEN_INVALID"

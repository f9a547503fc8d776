"""A server opens what it was made for: by listing, by calling, and by gRPC with its grant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx2
import pytest

from chassis.channels import open_channel
from chassis.errors import from_rpc_error
from chassis.grants import GRANT_METADATA
from daybook.auth.v1 import (
    connection_service_pb2,
    connection_service_pb2_grpc,
    grant_service_pb2,
    grant_service_pb2_grpc,
)
from daybook.executor.v1 import execution_service_pb2, execution_service_pb2_grpc
from tests.support.mesh import Made, Mesh
from tests.support.rpc import call_tool, legacy_call, modern_call

pytestmark = pytest.mark.anyio

CREATE_CUSTOMER = "create_a_quick_books_customer"
LIST_BILLS = "list_all_quick_books_bills"


def tools_of(server: Made) -> dict[str, Any]:
    """What a server lists, by name."""
    return {tool["name"]: tool for tool in legacy_call(server.url, "tools/list", {})["result"]["tools"]}


async def grant_of(mesh: Mesh, server: Made) -> str:
    """The grant that the server's token is exchanged for."""
    channel = open_channel(mesh.room("auth")["address"], "auth", timeout=timedelta(seconds=5))
    stub = grant_service_pb2_grpc.GrantServiceStub(channel)
    answer = await stub.ExchangeToken(grant_service_pb2.ExchangeTokenRequest(token=server.token))
    await channel.close(None)
    return answer.grant


async def execute_by_grpc(mesh: Mesh, grant: str, tool: str, arguments: bytes) -> tuple[str, str]:
    """Code and reason with which the executor refuses a direct call."""
    channel = open_channel(mesh.room("executor")["address"], "executor", timeout=timedelta(seconds=5))
    stub = execution_service_pb2_grpc.ExecutionServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ExecuteTool(
            execution_service_pb2.ExecuteToolRequest(tool_id=tool, arguments_json=arguments),
            metadata=((GRANT_METADATA, grant),),
        )
    await channel.close(None)
    error = from_rpc_error(caught.value, "executor")
    return error.code.name, error.reason


async def test_a_read_server_neither_lists_nor_calls_a_write_tool(mesh: Mesh) -> None:
    """The first thing a controller asks: can it write?"""
    server = mesh.create_server(methods=("read",))
    before = mesh.books(server.connection)

    listed = tools_of(server)
    by_edge = modern_call(server.url, "tools/call", {"name": CREATE_CUSTOMER, "arguments": {"DisplayName": "Pinwheel"}})
    by_grpc = await execute_by_grpc(mesh, await grant_of(mesh, server), CREATE_CUSTOMER, b'{"DisplayName": "Pinwheel"}')

    assert listed
    assert {tool["annotations"]["readOnlyHint"] for tool in listed.values()} == {True}
    assert by_edge["error"]["code"] == -32602
    assert by_grpc == ("NOT_FOUND", "TOOL_UNKNOWN")
    assert mesh.books(server.connection) == before


async def test_auth_refuses_an_access_token_for_what_the_grant_does_not_cover(mesh: Mesh) -> None:
    """A broken executor must not be able to use a read grant for a write."""
    server = mesh.create_server(methods=("read",), tags=("crm",))
    grant = await grant_of(mesh, server)
    channel = open_channel(mesh.room("auth")["address"], "auth", timeout=timedelta(seconds=5))
    stub = connection_service_pb2_grpc.ConnectionServiceStub(channel)

    refusals = []
    for connection, method, tags in [
        (server.connection, "create", ["crm"]),
        (server.connection, "list", ["sales"]),
        (mesh.connect(), "list", ["crm"]),
    ]:
        request = connection_service_pb2.IssueAccessTokenRequest(
            connection=f"connections/{connection}", method=method, tags=tags
        )
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.IssueAccessToken(request, metadata=((GRANT_METADATA, grant),))
        refusals.append(from_rpc_error(caught.value, "auth").code.name)
    await channel.close(None)

    assert refusals == ["PERMISSION_DENIED"] * 3


async def test_a_tag_opens_that_tags_tools_only(mesh: Mesh) -> None:
    """A customer-relations agent has no business in the ledger."""
    crm, everything = mesh.create_server(tags=("crm",)), mesh.create_server()

    listed = set(tools_of(crm))
    refused = modern_call(crm.url, "tools/call", {"name": LIST_BILLS, "arguments": {}})
    smuggled = call_tool(crm.url, "list_all_quick_books_customers", {"query": "select * from Bill"})

    of_people = re.compile(r"_quick_books_(customers?|vendors?)(_by_id)?$")
    assert listed == {name for name in tools_of(everything) if of_people.search(name)}
    assert refused["error"]["code"] == -32602
    assert smuggled["isError"] is True
    assert smuggled["structuredContent"]["error"]["reason"] == "QUERY_INVALID"


async def test_a_server_with_an_end_stops_within_a_second_of_it(mesh: Mesh) -> None:
    """An ephemeral server is a promise about time; caches must not stretch it."""
    server = mesh.create_server(methods=("read",))
    assert legacy_call(server.url, "ping", {})["result"] == {}
    end = datetime.now(UTC) + timedelta(seconds=3)
    # A new server must live a minute at least; an existing one may be given any end.
    mesh.console.patch(
        f"/integrated-account/{server.connection}/mcp/{server.id}", json={"expires_at": end.isoformat()}
    ).raise_for_status()

    statuses = _poll_until_gone(server, end)

    last_good = max(at for at, status in statuses if status == 200)
    first_gone = min(at for at, status in statuses if status == 404)
    assert last_good <= end + timedelta(seconds=1)
    assert first_gone <= end + timedelta(seconds=1)


def _poll_until_gone(server: Made, end: datetime) -> list[tuple[datetime, int]]:
    statuses = []
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    with httpx2.Client(headers={"accept": "application/json, text/event-stream"}) as client:
        while datetime.now(UTC) < end + timedelta(seconds=5):
            asked_at = datetime.now(UTC)
            statuses.append((asked_at, client.post(server.url, json=body).status_code))
            if statuses[-1][1] != 200:
                break
    return statuses


async def test_revoked_expired_and_unknown_tokens_are_answered_alike(mesh: Mesh) -> None:
    """Whoever guesses must not learn that a guess was once right."""
    server = mesh.create_server(methods=("read",))
    assert legacy_call(server.url, "ping", {})["result"] == {}

    mesh.revoke_server(server)
    answers = []
    for url in (server.url, f"{server.url[:-8]}AAAAAAAA", f"{server.url.rpartition('/')[0]}/x"):
        answer = httpx2.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        answers.append((answer.status_code, answer.content, sorted(name for name in answer.headers if name != "date")))

    assert answers[0][0] == 404
    assert answers == [answers[0]] * 3

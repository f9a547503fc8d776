"""tools/list and tools/call as clients of both eras see them."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import msgspec
import pytest
from mcp_types.methods import serialize_server_result, validate_server_result
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS

from chassis.errors import DeadlineTooShort, PeerUnavailable, RemoteError
from services.mcp_edge.errors import TokenUnknown
from services.mcp_edge.model import Catalog, Effect, ToolFilter, ToolOutcome
from tests.unit.mcp_edge.edge_fakes import (
    DESTROY_TOOL,
    LEGACY_HEADERS,
    READ_TOOL,
    TOKEN,
    WRITE_TOOL,
    Edge,
    FakeExecutor,
    grant,
    tool,
)

pytestmark = pytest.mark.anyio


def grant_refused() -> RemoteError:
    return RemoteError(grpc.StatusCode.UNAUTHENTICATED, "GRANT_INVALID", "the grant is not valid", {})


async def test_a_list_fits_every_revision_whole() -> None:
    """One tool that a strict client rejects costs it the whole list; one that the official model trims was in vain."""
    edge = Edge()
    modern = (await edge.modern("tools/list")).json["result"]
    legacy = (await edge.legacy("tools/list")).json["result"]

    assert serialize_server_result("tools/list", "2026-07-28", modern) == modern
    for version in KNOWN_PROTOCOL_VERSIONS[:-1]:
        assert serialize_server_result("tools/list", version, legacy) == legacy


async def test_a_modern_list_says_how_long_it_may_be_kept_and_a_legacy_one_does_not() -> None:
    """Lists differ by token, so no shared cache may hold one."""
    edge = Edge()
    modern = (await edge.modern("tools/list")).json["result"]
    legacy = (await edge.legacy("tools/list")).json["result"]

    assert (modern["ttlMs"], modern["cacheScope"], modern["resultType"]) == (60_000, "private", "complete")
    assert modern["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "daybook"
    assert set(legacy) == {"tools"}
    assert legacy["tools"] == modern["tools"]


async def test_a_tool_is_listed_with_all_four_hints() -> None:
    """Hosts ask a person before whatever is not marked as reading."""
    tools = (await Edge().legacy("tools/list")).json["result"]["tools"]
    hints = {t["name"]: t["annotations"] for t in tools}

    assert hints == {
        READ_TOOL: {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False},
        WRITE_TOOL: {"readOnlyHint": False, "destructiveHint": False, "idempotentHint": False, "openWorldHint": False},
        DESTROY_TOOL: {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False, "openWorldHint": False},
    }
    assert list(hints) == [READ_TOOL, WRITE_TOOL, DESTROY_TOOL]


async def test_a_schema_reaches_the_client_with_every_digit() -> None:
    """A bound of 0.10 is not 0.1000000000000000055."""
    edge = Edge()
    schema = b'{"type":"object","properties":{"amount":{"type":"number","minimum":0.10}}}'
    tools = (tool("get_it", Effect.READ, input_schema_json=schema, output_schema_json=schema),)
    edge.registry.catalog = Catalog(tools=tools, revision="r2")
    reply = await edge.legacy("tools/list")

    assert reply.body.count(schema) == 2


async def test_an_output_schema_admits_an_error_too() -> None:
    """The official TypeScript client checks the structured content of errors against it as well."""
    tools = (await Edge().legacy("tools/list")).json["result"]["tools"]

    assert all("required" not in t["outputSchema"] for t in tools)


async def test_a_tool_without_an_output_schema_is_listed_without_one() -> None:
    """An empty schema is no JSON."""
    edge = Edge()
    edge.registry.catalog = Catalog(tools=(tool("get_it", Effect.READ, output_schema_json=b""),), revision="r2")
    listed = (await edge.legacy("tools/list")).json["result"]["tools"]

    assert "outputSchema" not in listed[0]


async def test_a_filter_that_leaves_nothing_lists_nothing() -> None:
    """An empty list is an answer, not a fault."""
    edge = Edge()
    edge.registry.catalog = Catalog(tools=(), revision="r2")

    assert (await edge.legacy("tools/list")).json["result"] == {"tools": []}


async def test_the_registry_is_asked_by_the_grants_filter() -> None:
    """What is listed is what the grant opens, and nothing else."""
    edge = Edge()
    edge.auth.grants[TOKEN] = grant(methods=("write", "list"), tags=("crm", "accounting"), tools=(WRITE_TOOL,))
    await edge.legacy("tools/list")

    wanted = ToolFilter(methods=("list", "write"), tags=("accounting", "crm"), tools=(WRITE_TOOL,))
    assert edge.registry.asked == [wanted]


async def test_a_list_without_a_registry_asks_for_patience() -> None:
    """Nothing is held yet, so there is nothing to show; the words say that it passes."""
    edge = Edge()
    edge.registry.failure = PeerUnavailable("registry")
    reply = await edge.legacy("tools/list")

    assert (reply.status, reply.code) == (200, -32603)
    assert "Try again" in reply.json["error"]["message"]


async def test_a_result_is_passed_on_untouched_as_structure_and_as_text() -> None:
    """Money must not meet a float: 100.00 stays 100.00, and a big id keeps its digits."""
    edge = Edge()
    result = '{"result":[{"Id":"7","TotalAmt":100.00,"big":12345678901234567890,"Memo":"a \\"b\\" \\u00fc é"}]}'
    edge.executor.outcome = ToolOutcome(result_json=result.encode(), is_repeat=False)
    for reply in (
        await edge.legacy("tools/call", {"name": READ_TOOL}),
        await edge.modern("tools/call", {"name": READ_TOOL}),
    ):
        assert b'"structuredContent":' + result.encode() in reply.body
        assert reply.json["result"]["content"] == [{"type": "text", "text": result}]
        assert reply.json["result"]["isError"] is False


@pytest.mark.parametrize("version", KNOWN_PROTOCOL_VERSIONS)
@pytest.mark.parametrize("failure", [None, PeerUnavailable("executor")])
async def test_a_call_fits_its_revision(version: str, failure: Exception | None) -> None:
    """Strict clients reject a result that their revision's model does not know."""
    edge = Edge()
    edge.executor.failures = [failure] if failure else []
    params = {"name": WRITE_TOOL, "arguments": {}}
    if version == "2026-07-28":
        reply = await edge.modern("tools/call", params)
        assert serialize_server_result("tools/call", version, reply.json["result"]) == reply.json["result"]
    else:
        reply = await edge.legacy("tools/call", params, version=version)
    validate_server_result("tools/call", version, reply.json["result"])


@pytest.mark.parametrize(
    "arguments",
    [
        b'{"amount":100.00,"id":12345678901234567890}',
        b'{ "a" : 1e400 }',
        b"{}",
        b'{"a":{"arguments":{"b":1}}}',
    ],
)
async def test_arguments_reach_the_executor_as_they_were_written(arguments: bytes) -> None:
    """The executor parses them once, exactly; the edge is not to round them first."""
    edge = Edge()
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%b","arguments":%b}}'
    reply = await edge.send(body % (READ_TOOL.encode(), arguments), LEGACY_HEADERS)

    assert reply.status == 200
    assert edge.executor.calls[0][1].arguments_json == arguments


async def test_of_doubled_members_the_edge_and_the_executor_see_the_same() -> None:
    """If the edge checked one tool and the executor ran the other's arguments, a filter could be talked round."""
    edge = Edge()
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":0}},'
        b'"params":{"name":"drop","name":"%b","arguments":{"a":1},"arguments":{"a":2}}}' % READ_TOOL.encode()
    )
    await edge.send(body, LEGACY_HEADERS)

    assert [(c.tool, c.arguments_json) for _, c in edge.executor.calls] == [(READ_TOOL, b'{"a":2}')]


@pytest.mark.parametrize("arguments", [{}, {"arguments": None}])
async def test_absent_arguments_are_an_empty_object(arguments: dict[str, Any]) -> None:
    """Clients leave them out for tools without parameters."""
    edge = Edge()
    await edge.legacy("tools/call", {"name": READ_TOOL, **arguments})

    assert edge.executor.calls[0][1].arguments_json == b"{}"


async def test_a_repeated_write_is_said_to_be_one() -> None:
    """A model that meant a second invoice must learn that there is only one."""
    edge = Edge()
    edge.executor.outcome = ToolOutcome(result_json=b'{"Id":"1"}', is_repeat=True)
    content = (await edge.modern("tools/call", {"name": WRITE_TOOL})).json["result"]["content"]

    assert content[0]["text"] == '{"Id":"1"}'
    assert "nothing was written again" in content[1]["text"]


async def test_the_callers_idempotency_key_goes_along() -> None:
    """A client that names its intent may repeat a call after a time-out without fear."""
    edge = Edge()
    await edge.legacy("tools/call", {"name": WRITE_TOOL, "_meta": {"daybook/idempotency_key": "pay:2026-11-22.7"}})

    assert edge.executor.calls[0][1].idempotency_key == "pay:2026-11-22.7"


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space", 12345678, "", "ümlaut-12"])
async def test_a_bad_idempotency_key_is_refused_before_anything_is_written(key: Any) -> None:
    """Dropping it silently would let a repeat write twice."""
    edge = Edge()
    reply = await edge.legacy("tools/call", {"name": WRITE_TOOL, "_meta": {"daybook/idempotency_key": key}})

    assert (reply.code, edge.executor.calls) == (-32602, [])
    assert "8 to 64" in reply.json["error"]["message"]


async def test_a_tool_outside_the_set_never_reaches_the_executor() -> None:
    """A hidden tool does not exist, and the answer does not tell it from one that never did."""
    edge = Edge()
    edge.registry.catalog = Catalog(tools=(tool(READ_TOOL, Effect.READ),), revision="r2")
    hidden = await edge.legacy("tools/call", {"name": WRITE_TOOL})
    absent = await edge.legacy("tools/call", {"name": "no_such_tool"})

    assert (hidden.body, edge.executor.calls) == (absent.body, [])


async def test_a_grant_that_the_executor_refuses_is_exchanged_anew_once() -> None:
    """Auth may have changed its keys; the executor checks the grant before it does anything."""
    edge = Edge()
    edge.executor.failures = [grant_refused()]
    await edge.legacy("ping")
    edge.auth.grants[TOKEN] = grant(grant="fresh")
    reply = await edge.legacy("tools/call", {"name": WRITE_TOOL})

    assert reply.json["result"]["isError"] is False
    assert [g.grant for g, _ in edge.executor.calls] == ["signed.grant.text", "fresh"]


async def test_a_server_revoked_during_its_call_is_not_found() -> None:
    """Revoked and unknown are one answer, at whatever point it is noticed."""
    edge = Edge()
    await edge.legacy("ping")
    edge.executor.failures = [grant_refused()]
    edge.auth.failure = TokenUnknown()

    assert (await edge.legacy("tools/call", {"name": WRITE_TOOL})).status == 404


async def test_a_refused_grant_with_auth_down_wrote_nothing() -> None:
    """The executor refused before it did anything, so the model may simply try again."""
    edge = Edge()
    await edge.legacy("ping")
    edge.executor.failures = [grant_refused()]
    edge.auth.failure = PeerUnavailable("auth")
    error = (await edge.legacy("tools/call", {"name": WRITE_TOOL})).json["result"]["structuredContent"]["error"]

    assert (error["reason"], error["outcome"]) == ("GRANT_INVALID", "nothing_written")


@pytest.mark.parametrize(
    ("name", "failure", "outcome"),
    [
        (READ_TOOL, PeerUnavailable("executor"), None),
        (WRITE_TOOL, PeerUnavailable("executor"), "unknown"),
        (DESTROY_TOOL, DeadlineTooShort(), "unknown"),
    ],
)
async def test_a_broken_way_to_the_executor_says_whether_something_may_have_been_written(
    name: str, failure: Exception, outcome: str | None
) -> None:
    """The call had left: whether QuickBooks saw it, nobody here knows."""
    edge = Edge()
    edge.executor.failures = [failure]
    result = (await edge.legacy("tools/call", {"name": name})).json["result"]

    assert result["isError"] is True
    assert result["structuredContent"]["error"].get("outcome") == outcome
    assert ("may have been recorded" in result["content"][0]["text"]) is (outcome == "unknown")


async def test_a_write_that_could_not_be_looked_up_wrote_nothing() -> None:
    """The registry failed before the call left."""
    edge = Edge()
    edge.registry.failure = PeerUnavailable("registry")
    result = (await edge.legacy("tools/call", {"name": WRITE_TOOL})).json["result"]

    assert (result["isError"], result["structuredContent"]["error"]["outcome"]) == (True, "nothing_written")


async def test_a_bug_is_an_incident_id_and_nothing_of_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    """The model can do nothing about it, and the cause may hold anything."""
    edge = Edge()
    edge.executor.failures = [RuntimeError("the password is hunter2")]
    reply = await edge.legacy("tools/call", {"name": WRITE_TOOL})
    error = reply.json["error"]

    assert (reply.status, error["code"]) == (200, -32603)
    assert b"hunter2" not in reply.body
    assert error["data"]["incident"] in error["message"]
    assert any(getattr(record, "incident", None) == error["data"]["incident"] for record in caplog.records)


async def call_and_hang_up(
    executor: FakeExecutor, edge: Edge, name: str, *, modern: bool
) -> tuple[asyncio.Task[Any], asyncio.Event]:
    executor.gate = asyncio.Event()
    gone = asyncio.Event()
    params = {"name": name, "arguments": {}}
    if modern:
        task = asyncio.create_task(edge.modern("tools/call", params, gone=gone))
    else:
        body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        task = asyncio.create_task(edge.send(body, LEGACY_HEADERS, gone=gone))
    await asyncio.wait_for(executor.started.wait(), 1)
    gone.set()
    return task, executor.gate


async def test_a_modern_client_that_hangs_up_on_a_read_cancels_it() -> None:
    """Closing the connection is how the modern era cancels; the books are not touched by a read."""
    edge = Edge()
    task, _ = await call_and_hang_up(edge.executor, edge, READ_TOOL, modern=True)
    reply = await asyncio.wait_for(task, 1)

    assert edge.executor.cancelled.is_set()
    assert reply.status == 0


@pytest.mark.parametrize(
    ("name", "modern"), [(WRITE_TOOL, True), (DESTROY_TOOL, True), (WRITE_TOOL, False), (READ_TOOL, False)]
)
async def test_nothing_else_is_torn_by_a_client_that_hangs_up(name: str, modern: bool) -> None:
    """A half-written invoice is worse than an answer nobody reads; a lost legacy connection is no cancel."""
    edge = Edge()
    task, gate = await call_and_hang_up(edge.executor, edge, name, modern=modern)
    await asyncio.sleep(0)
    gate.set()
    reply = await asyncio.wait_for(task, 1)

    assert not edge.executor.cancelled.is_set()
    assert reply.json["result"]["isError"] is False

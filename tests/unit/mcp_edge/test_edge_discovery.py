"""A server in discovery mode: three tools that find, describe and call the others, as clients of both eras see them."""

from __future__ import annotations

from typing import Any

import grpc
import msgspec
import pytest
from mcp_types.methods import serialize_server_result, validate_server_result
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS

from chassis.errors import PeerUnavailable, RemoteError
from services.mcp_edge.model import Catalog, Effect, Exposure, FoundTool, FoundTools
from tests.unit.mcp_edge.edge_fakes import (
    DESTROY_TOOL,
    DETAIL,
    LEGACY_HEADERS,
    READ_TOOL,
    TOKEN,
    TOOLS,
    WRITE_TOOL,
    Edge,
    Reply,
    grant,
)

pytestmark = pytest.mark.anyio

META = ["search_tools", "get_tool_schema", "call_tool"]


@pytest.fixture
def edge() -> Edge:
    """An edge whose one token is in discovery mode."""
    there = Edge()
    there.auth.grants[TOKEN] = grant(exposure=Exposure.DISCOVERY)
    return there


async def listed(edge: Edge) -> dict[str, Any]:
    """What is listed, by name."""
    return {tool["name"]: tool for tool in (await edge.legacy("tools/list")).json["result"]["tools"]}


async def call(edge: Edge, name: str, **arguments: Any) -> Any:
    """The result of a call."""
    reply = await edge.modern("tools/call", {"name": name, "arguments": arguments})
    assert reply.status == 200, reply.body
    validate_server_result("tools/call", "2026-07-28", reply.json["result"])
    return reply.json["result"]


def problem(result: Any) -> tuple[str, str]:
    """The reason of an error result, and the field it names."""
    assert result["isError"]
    error = result["structuredContent"]["error"]
    return error["reason"], error["fields"][0]["field"]


async def test_exactly_three_tools_are_listed_in_every_revision(edge: Edge) -> None:
    """A catalog of hundreds of tools costs a model its context; three cost next to nothing."""
    modern = (await edge.modern("tools/list")).json["result"]
    legacy = (await edge.legacy("tools/list")).json["result"]
    assert [tool["name"] for tool in modern["tools"]] == META
    assert serialize_server_result("tools/list", "2026-07-28", modern) == modern
    for version in KNOWN_PROTOCOL_VERSIONS[:-1]:
        assert serialize_server_result("tools/list", version, legacy) == legacy


@pytest.mark.parametrize(
    ("tools", "reads", "destroys"), [(TOOLS, False, True), (TOOLS[:2], False, False), (TOOLS[:1], True, False)]
)
async def test_calling_is_marked_by_the_worst_that_may_be_called(
    edge: Edge, tools: Any, reads: bool, destroys: bool
) -> None:
    """Hosts ask a person before what is not marked as reading; a meta-tool must not hide a write from them."""
    edge.registry.catalog = Catalog(tools=tools, revision="r2")
    shown = await listed(edge)
    hints = shown["call_tool"]["annotations"]
    assert (hints["readOnlyHint"], hints["destructiveHint"]) == (reads, destroys)
    assert all(shown[name]["annotations"]["readOnlyHint"] for name in META[:2])


async def test_a_search_finds_tools_of_this_server_only(edge: Edge) -> None:
    """The registry is asked with the grant's filter, and what it learnt since the set was made waits for the next set."""
    hits = tuple(FoundTool(tool_id=name, summary="Find.", effect=Effect.READ) for name in (READ_TOOL, "a_newer_tool"))
    edge.registry.found = FoundTools(hits=hits, names={})
    result = await call(edge, "search_tools", query="unpaid invoices", limit=3)
    assert [tool["name"] for tool in result["structuredContent"]["tools"]] == [READ_TOOL]
    assert result["structuredContent"]["tools"][0] == {"name": READ_TOOL, "description": "Find.", "effect": "read"}
    assert edge.registry.searched == [(grant().filter, "unpaid invoices", 3)]


async def test_a_search_without_hits_names_every_tool_by_resource(edge: Edge) -> None:
    """A model that does not find a word must not end in a dead end."""
    result = (await call(edge, "search_tools"))["structuredContent"]
    assert (result["tools"], result["names_by_resource"]) == ([], {"invoice": [READ_TOOL, WRITE_TOOL, DESTROY_TOOL]})


async def test_schemas_come_in_full_with_hints_and_typos_get_suggestions(edge: Edge) -> None:
    """A listing is brief; whoever asks for one tool is about to call it."""
    result = (await call(edge, "get_tool_schema", tool_names=[READ_TOOL, "list_all_quick_book_invoices"]))[
        "structuredContent"
    ]
    assert [tool["name"] for tool in result["tools"]] == [READ_TOOL]
    assert result["tools"][0]["inputSchema"] == msgspec.json.decode(DETAIL)
    assert result["tools"][0]["annotations"]["readOnlyHint"] is True
    assert result["unknown"] == [{"name": "list_all_quick_book_invoices", "suggestions": [READ_TOOL]}]


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("get_tool_schema", {"tool_names": []}, "tool_names"),
        ("get_tool_schema", {"tool_names": ["a", "b", "c", "d", "e", "f"]}, "tool_names"),
        ("get_tool_schema", {"tool_names": ["nothing_like_it"]}, "tool_names"),
        ("get_tool_schema", {}, "arguments"),
        ("search_tools", {"words": "bills"}, "arguments"),
        ("call_tool", {"tool_name": "list_all_quick_books_invoice"}, "tool_name"),
        ("call_tool", {"tool_name": READ_TOOL, "arguments": [1]}, "arguments"),
        ("call_tool", {"arguments": {}}, "arguments"),
    ],
)
async def test_arguments_that_can_not_be_taken_are_named(
    edge: Edge, name: str, arguments: dict[str, Any], field: str
) -> None:
    """A mistake is a tool result, so that the model corrects it by itself."""
    assert problem(await call(edge, name, **arguments)) == ("ARGUMENTS_INVALID", field)
    assert edge.executor.calls == []


async def test_a_misspelt_tool_is_met_with_the_right_name(edge: Edge) -> None:
    """One letter must not cost another search."""
    result = await call(edge, "call_tool", tool_name="list_all_quick_books_invoice")
    assert f"did you mean {READ_TOOL}" in result["content"][0]["text"]


async def test_call_tool_passes_the_arguments_on_to_the_digit(edge: Edge) -> None:
    """The inner call is the normal one: same bytes, same key, same result."""
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_tool","_meta":'
        b'{"daybook/idempotency_key":"intent-0001"},"arguments":{"tool_name":"create_a_quick_books_invoice",'
        b'"arguments":{"Amount": 100.00, "Id": 9007199254740993}}}}'
    )
    reply = await edge.send(body, LEGACY_HEADERS)
    (_, passed_on) = edge.executor.calls[0]
    assert passed_on.tool == WRITE_TOOL
    assert passed_on.arguments_json == b'{"Amount": 100.00, "Id": 9007199254740993}'
    assert passed_on.idempotency_key == "intent-0001"
    assert edge.executor.outcome.result_json in reply.body


async def test_what_a_tool_fails_with_is_said_as_without_discovery(edge: Edge) -> None:
    """The same failure in the same words, whichever way the tool was reached."""
    stale = RemoteError(grpc.StatusCode.ABORTED, "QUICKBOOKS_STALE_OBJECT", "the record has changed", {})
    plain = Edge()
    edge.executor.failures, plain.executor.failures = [stale], [stale]
    inner = {"name": DESTROY_TOOL, "arguments": {"id": "1"}}
    direct = (await plain.modern("tools/call", inner)).json["result"]
    assert await call(edge, "call_tool", tool_name=DESTROY_TOOL, arguments={"id": "1"}) == direct


@pytest.mark.parametrize("name", [READ_TOOL, "sink_a_ship"])
async def test_a_tool_called_by_its_own_name_sends_to_the_search(edge: Edge, name: str) -> None:
    """What is not listed is not there by name, whether it exists or not; the words say how to reach it."""
    replies: list[Reply] = [
        await edge.modern("tools/call", {"name": name}),
        await edge.legacy("tools/call", {"name": name}),
    ]
    assert [reply.code for reply in replies] == [-32602, -32602]
    assert "search_tools" in replies[0].json["error"]["message"]
    assert edge.executor.calls == []


@pytest.mark.parametrize("name", META)
async def test_without_discovery_the_three_do_not_exist(name: str) -> None:
    """A server that lists everything has one way to everything."""
    assert (await Edge().modern("tools/call", {"name": name})).code == -32602


async def test_a_registry_that_is_down_asks_for_patience(edge: Edge) -> None:
    """The set is held; the search is not."""
    await listed(edge)
    edge.registry.failure = PeerUnavailable("registry")
    result = await call(edge, "search_tools", query="bills")
    assert result["structuredContent"]["error"]["reason"] == "PEER_UNAVAILABLE"


async def test_the_instructions_say_how_discovery_goes(edge: Edge) -> None:
    """It is the first thing a model reads of the server, and often all that it reads."""
    legacy = (
        await edge.legacy(
            "initialize",
            {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
        )
    ).json
    modern = (await edge.modern("server/discover")).json
    for answer in (legacy, modern):
        assert answer["result"]["instructions"].startswith("This server's tools are found by search_tools")

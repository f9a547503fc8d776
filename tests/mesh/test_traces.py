"""One trace from the client to QuickBooks, and exactly the calls between rooms that we mean to make."""

from __future__ import annotations

import secrets

import httpx2
import pytest

from tests.support.collector import Collector, Edge, edges
from tests.support.mesh import Made, Mesh
from tests.support.rpc import legacy_call, modern_call

EDGE, REGISTRY, EXECUTOR, AUTH = (f"daybook-{room}" for room in ("mcp_edge", "registry", "executor", "auth"))
ROOMS = {EDGE, REGISTRY, EXECUTOR, AUTH}

GET_CUSTOMER = "get_single_quick_books_customer_by_id"

EXCHANGE = "daybook.auth.v1.GrantService/ExchangeToken"
KEYS = "daybook.auth.v1.GrantService/GetSigningKeys"
ISSUE = "daybook.auth.v1.ConnectionService/IssueAccessToken"
LIST = "daybook.registry.v1.CatalogService/ListTools"
RESOLVE = "daybook.registry.v1.CatalogService/ResolveOperation"
EXECUTE = "daybook.executor.v1.ExecutionService/ExecuteTool"


def traceparent() -> tuple[str, str]:
    """A new trace, as a client would begin it: its id, and the header."""
    trace_id = secrets.token_hex(16)
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-01"


def spans_in_full(mesh: Mesh, collector: Collector, trace_id: str) -> set[Edge]:
    """The edges of a trace once it is complete.

    Exporters send in order, so when a later call's spans have arrived from every room, so have all earlier ones.
    """
    marker, header = traceparent()
    # A server of its own, over tags of its own, makes the call visit every room whatever is cached.
    server = mesh.create_server(
        tags=("crm", "destructive"), methods=("get", "".join(secrets.choice("abcdefgh") for _ in range(16)))
    )
    call_tool(server, header)
    collector.wait_for(marker, ROOMS)
    return edges(collector.spans_of(trace_id))


def call_tool(server: Made, header: str, *, in_meta: bool = False) -> None:
    """Read one customer under a trace that the client began."""
    meta = {"traceparent": header} if in_meta else {}
    headers = {} if in_meta else {"traceparent": header}
    answer = modern_call(server.url, "tools/call", {"name": GET_CUSTOMER, "arguments": {"id": "42"}}, meta, headers)
    assert answer["result"]["isError"] is False, answer


def test_a_first_call_visits_each_room_once_and_no_other(mesh: Mesh, collector: Collector) -> None:
    """A hop that nobody meant is latency, a dependency, and an attack surface."""
    server = mesh.create_server(methods=("read",), tags=("crm", "sales"))
    trace_id, header = traceparent()

    call_tool(server, header)

    found = spans_in_full(mesh, collector, trace_id)
    # Public keys, tools and operations are shared by all servers, so an earlier test may have fetched them.
    shared = {Edge(EXECUTOR, AUTH, KEYS), Edge(EDGE, REGISTRY, LIST), Edge(EXECUTOR, REGISTRY, RESOLVE)}
    assert found - shared == {
        Edge("client", EDGE, f"tools/call {GET_CUSTOMER}"),
        Edge(EDGE, AUTH, EXCHANGE),
        Edge(EDGE, EXECUTOR, EXECUTE),
        Edge(EXECUTOR, AUTH, ISSUE),
        Edge(EXECUTOR, "quickbooks", "quickbooks"),
    }


@pytest.mark.parametrize("in_meta", [False, True], ids=["header", "_meta"])
def test_a_warm_read_is_one_hop_and_one_upstream_request(mesh: Mesh, collector: Collector, in_meta: bool) -> None:
    """This is the path that every call of a conversation but the first takes."""
    server = mesh.create_server(methods=("read",))
    call_tool(server, traceparent()[1])
    asked_before = len(mesh.requests(server.connection))
    trace_id, header = traceparent()

    call_tool(server, header, in_meta=in_meta)

    assert spans_in_full(mesh, collector, trace_id) == {
        Edge("client", EDGE, f"tools/call {GET_CUSTOMER}"),
        Edge(EDGE, EXECUTOR, EXECUTE),
        Edge(EXECUTOR, "quickbooks", "quickbooks"),
    }
    asked = mesh.requests(server.connection)[asked_before:]
    assert [request["path"] for request in asked] == [f"/v3/company/{server.connection}/customer/42"]
    assert [request["traceparent"].split("-")[1] for request in asked] == [trace_id]


def test_listing_tools_asks_registry_once_and_then_nobody(mesh: Mesh, collector: Collector) -> None:
    """ChatGPT lists anew for every batch of calls."""
    server = mesh.create_server(methods=("list", "update"), tags=("purchases",))
    first, first_header = traceparent()
    second, second_header = traceparent()

    for header in (first_header, second_header):
        legacy_call(server.url, "tools/list", {}, headers={"traceparent": header})

    root = Edge("client", EDGE, "tools/list")
    assert spans_in_full(mesh, collector, first) == {root, Edge(EDGE, AUTH, EXCHANGE), Edge(EDGE, REGISTRY, LIST)}
    assert edges(collector.spans_of(second)) == {root}


def test_spans_carry_declared_attributes_only_and_never_the_token(mesh: Mesh, collector: Collector) -> None:
    """Traces leave the mesh for systems that many people read."""
    from chassis import signals

    server = mesh.create_server(methods=("read",))
    trace_id, header = traceparent()

    call_tool(server, header)
    spans_in_full(mesh, collector, trace_id)

    spans = collector.spans_of(trace_id)
    assert {name for span in spans for name in span.attributes} <= signals.ALL
    assert server.token not in repr(spans)


def test_an_unknown_tool_name_never_becomes_a_span_name(mesh: Mesh, collector: Collector) -> None:
    """Names come from strangers: unchecked they would set the cardinality of every dashboard."""
    server = mesh.create_server(methods=("read",))
    trace_id, header = traceparent()

    httpx2.post(
        server.url,
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "made_up", "arguments": {}}},
        headers={"traceparent": header, "accept": "application/json, text/event-stream"},
    )

    spans_in_full(mesh, collector, trace_id)
    spans = collector.spans_of(trace_id)
    assert [span.attributes["gen_ai.tool.name"] for span in spans if span.name == "tools/call"] == ["_unknown"]
    assert "made_up" not in repr(spans)

"""Servers that show their tools otherwise, through the whole mesh and with the official client."""

from __future__ import annotations

from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from tests.support.mcp_clients import ERAS, client_of, failure, structured
from tests.support.mesh import Mesh
from tests.support.rpc import modern_call

pytestmark = pytest.mark.anyio

INVOICES, CUSTOMER, BILLS = (
    "list_all_quick_books_invoices",
    "get_single_quick_books_customer_by_id",
    "list_all_quick_books_bills",
)


async def use(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answers by way of `call_tool`."""
    return structured(await client.call_tool("call_tool", {"tool_name": tool, "arguments": arguments}))


@pytest.mark.parametrize("era", ERAS)
async def test_a_late_payer_is_found_by_discovery_alone(mesh: Mesh, era: str) -> None:
    """The first scenario of the seed, by a model that has seen three tools only."""
    server = mesh.create_server(tool_exposure="discovery")
    async with client_of(server.url, era) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        found = structured(await client.call_tool("search_tools", {"query": "list unpaid invoices"}))
        best = found["tools"][0]["name"]
        described = structured(await client.call_tool("get_tool_schema", {"tool_names": [best, CUSTOMER]}))
        invoices = await use(client, best, query="select * from Invoice where Balance > '0'")
        owing = max(invoices["result"], key=lambda invoice: float(invoice["Balance"]))
        customer = await use(client, CUSTOMER, id=owing["CustomerRef"]["value"])

    assert listed == ["search_tools", "get_tool_schema", "call_tool"]
    assert best == INVOICES
    assert {tool["name"] for tool in described["tools"]} == {INVOICES, CUSTOMER}
    assert customer["Id"] == owing["CustomerRef"]["value"]


async def test_discovery_keeps_to_the_servers_filter(mesh: Mesh) -> None:
    """What a server does not open can be neither found, nor described, nor called."""
    server = mesh.create_server(methods=("read",), tags=("crm",), tool_exposure="discovery")
    before = mesh.books(server.connection)
    async with client_of(server.url, "2026-07-28") as client:
        found = structured(await client.call_tool("search_tools", {"query": "unpaid bills", "limit": 20}))
        described = failure(await client.call_tool("get_tool_schema", {"tool_names": [BILLS]}))
        refused = failure(
            await client.call_tool(
                "call_tool", {"tool_name": "create_a_quick_books_customer", "arguments": {"DisplayName": "Pinwheel"}}
            )
        )
        with pytest.raises(MCPError, match="search_tools"):
            await client.call_tool("list_all_quick_books_customers", {})
    names = [tool["name"] for tool in found["tools"]] + [
        n for there in found.get("names_by_resource", {}).values() for n in there
    ]
    assert all("customer" in name or "vendor" in name for name in names)
    assert (described["reason"], refused["reason"]) == ("ARGUMENTS_INVALID", "ARGUMENTS_INVALID")
    assert mesh.books(server.connection) == before


async def test_exact_tools_are_all_that_a_server_opens(mesh: Mesh) -> None:
    """Listed, callable, and nothing beside them, though methods and tags would open more."""
    server = mesh.create_server(methods=("read",), tools=[BILLS])
    listed = modern_call(server.url, "tools/list", {})["result"]["tools"]
    called = modern_call(server.url, "tools/call", {"name": BILLS, "arguments": {}})
    refused = modern_call(server.url, "tools/call", {"name": INVOICES, "arguments": {}})
    assert [tool["name"] for tool in listed] == [BILLS]
    assert called["result"]["isError"] is False
    assert refused["error"]["code"] == -32602


async def test_the_preset_for_chatgpt_opens_what_it_says(mesh: Mesh) -> None:
    """At most twenty tools, each callable, without any that removes."""
    server = mesh.create_server(preset="chatgpt")
    tools = modern_call(server.url, "tools/list", {})["result"]["tools"]
    shown = mesh.console.get(f"/integrated-account/{server.connection}/mcp/{server.id}").json()
    assert {tool["name"] for tool in tools} == set(shown["config"]["tools"])
    assert len(tools) <= 20


async def test_company_knowledge_searches_and_fetches_real_records(mesh: Mesh) -> None:
    """A customer by name, its invoices with it, and each of them whole by its id."""
    server = mesh.create_server(methods=("read",), company_knowledge=True)
    async with client_of(server.url, "2026-07-28") as client:
        listed = structured(await client.call_tool("list_all_quick_books_customers", {"limit": 5}))
        name = listed["result"][0]["DisplayName"]
        found = structured(await client.call_tool("search", {"query": name}))["results"]
        fetched = structured(await client.call_tool("fetch", {"id": found[0]["id"]}))
    assert found[0]["id"] == f"customer:{listed['result'][0]['Id']}"
    assert all(set(one) == {"id", "title", "url"} and one["url"].startswith("https://") for one in found)
    assert set(fetched) == {"id", "title", "text", "url", "metadata"}
    assert name in fetched["text"]

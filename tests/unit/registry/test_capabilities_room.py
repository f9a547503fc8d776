"""What the registry says of its catalog over real gRPC: found tools, gaps, costs, presets, sources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chassis.channels import open_channel
from daybook.registry.v1 import catalog_service_pb2 as messages
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from daybook.registry.v1 import resources_pb2 as resources
from services.registry.app import open_room
from services.registry.capabilities import estimated_tokens
from services.registry.settings import RegistrySettings

pytestmark = pytest.mark.anyio

EVERYTHING = ["read", "write", "custom"]
BILLS = "list_all_quick_books_bills"


@pytest.fixture
async def catalog() -> AsyncIterator[wire.CatalogServiceAsyncStub]:
    """A client of a room that serves the shipped catalog."""
    async with open_room(RegistrySettings(listen="127.0.0.1:0")) as server:
        channel = open_channel(server.address, "registry", timeout=timedelta(seconds=5))
        yield wire.CatalogServiceStub(channel)
        await channel.close(None)


async def test_exact_tools_narrow_a_listing_and_open_nothing_more(catalog: wire.CatalogServiceAsyncStub) -> None:
    """The list of a server's own tools is one more condition, not another way in."""
    tools = [BILLS, "create_a_quick_books_bill"]
    read = await catalog.ListTools(messages.ListToolsRequest(methods=["read"], tools=tools))
    both = await catalog.ListTools(messages.ListToolsRequest(methods=["read", "write"], tools=tools))
    assert [tool.tool_id for tool in read.tools] == [BILLS]
    assert {tool.tool_id for tool in both.tools} == set(tools)


async def test_a_search_answers_with_what_a_model_chooses_by(catalog: wire.CatalogServiceAsyncStub) -> None:
    """Name, one sentence, and whether it writes; the schema is another question."""
    request = messages.SearchToolsRequest(methods=EVERYTHING, query="unpaid vendor bills", limit=3)
    answer = await catalog.SearchTools(request)
    assert len(answer.hits) == 3
    assert (answer.hits[0].tool_id, answer.hits[0].resource, answer.hits[0].effect) == (
        BILLS,
        "bill",
        resources.EFFECT_READ,
    )
    assert answer.hits[0].summary.startswith("Find vendor bills") and answer.hits[0].summary.endswith(".")
    assert not answer.groups


@pytest.mark.parametrize("query", ["", "xylophone"])
async def test_a_search_without_a_hit_names_everything(catalog: wire.CatalogServiceAsyncStub, query: str) -> None:
    """By resource, and within the filter."""
    request = messages.SearchToolsRequest(methods=["read"], tags=["crm"], query=query)
    answer = await catalog.SearchTools(request)
    listed = await catalog.ListTools(messages.ListToolsRequest(methods=["read"], tags=["crm"]))
    assert not answer.hits
    assert [group.resource for group in answer.groups] == ["customer", "vendor"]
    assert [name for group in answer.groups for name in group.tool_ids] == [tool.tool_id for tool in listed.tools]


async def test_capabilities_count_a_filter_and_name_what_is_missing(catalog: wire.CatalogServiceAsyncStub) -> None:
    """Who asks why a tool is not there gets a reason, not silence."""
    request = messages.GetCapabilitiesRequest(methods=["read"], tools=[BILLS, "list_all_quick_books_bils"])
    answer = await catalog.GetCapabilities(request)
    whole = await catalog.GetCapabilities(messages.GetCapabilitiesRequest(methods=EVERYTHING))
    assert (answer.tool_count, whole.tool_count) == (1, whole.catalog_tool_count)
    assert 0 < answer.estimated_tokens < whole.estimated_tokens
    assert [(u.tool_id, list(u.suggestions)[:1]) for u in answer.unknown_tools] == [
        ("list_all_quick_books_bils", [BILLS])
    ]
    every = [one for resource in whole.resources for one in resource.methods]
    assert {one.tool_id for one in every if one.tool_id} == {
        tool.tool_id for tool in (await catalog.ListTools(messages.ListToolsRequest(methods=EVERYTHING))).tools
    }
    assert all(bool(one.tool_id) is not bool(one.missing) for one in every)
    assert [one.tool_id for resource in answer.resources for one in resource.methods if one.is_open] == [BILLS]
    assert whole.score == 100 * whole.catalog_tool_count // len(every)


async def test_presets_and_sources_cross_the_wire(catalog: wire.CatalogServiceAsyncStub) -> None:
    """Sources follow the filter: what can't be listed or read can't be searched."""
    presets = (await catalog.ListPresets(messages.ListPresetsRequest())).presets
    crm = await catalog.ListKnowledgeSources(messages.ListKnowledgeSourcesRequest(methods=["read"], tags=["crm"]))
    lists = await catalog.ListKnowledgeSources(messages.ListKnowledgeSourcesRequest(methods=["list"]))
    assert "chatgpt" in [preset.preset_id for preset in presets]
    assert [source.kind for source in crm.sources] == ["customer", "vendor"]
    assert not lists.sources


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("Find bills.", 3), ('{"type":"string"}', 5)])
def test_tokens_are_estimated_from_words_and_signs(text: str, tokens: int) -> None:
    """Near enough to warn by; measured against o200k it was 1 to 2 in a hundred low over the whole catalog."""
    assert estimated_tokens(text) == tokens

"""The registry room over real gRPC on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message

from chassis import settings
from chassis.channels import open_channel
from chassis.errors import MeshError, from_rpc_error
from daybook.registry.v1 import catalog_service_pb2 as messages
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from daybook.registry.v1 import resources_pb2 as resources
from services.registry.app import open_room
from services.registry.errors import CatalogBroken
from services.registry.loader import CATALOG_ROOT, load_catalog
from services.registry.settings import RegistrySettings
from tests.unit.registry.folders import FILES, changed, write_folder

pytestmark = pytest.mark.anyio

EVERYTHING = ["read", "write", "custom"]


@pytest.fixture
async def catalog() -> AsyncIterator[wire.CatalogServiceAsyncStub]:
    """A client of a room that serves the shipped catalog."""
    async with open_room(RegistrySettings(listen="127.0.0.1:0")) as server:
        channel = open_channel(server.address, "registry", timeout=timedelta(seconds=5))
        yield wire.CatalogServiceStub(channel)
        await channel.close(None)


async def refusal(call: Awaitable[Message]) -> MeshError:
    """What a call is refused with."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return from_rpc_error(raised.value, "registry")


async def test_a_listing_is_the_whole_catalog_in_its_order(catalog: wire.CatalogServiceAsyncStub) -> None:
    """Everything the definitions say crosses the wire, and nothing else."""
    answer = await catalog.ListTools(messages.ListToolsRequest(methods=EVERYTHING))
    expected = load_catalog(CATALOG_ROOT / "quickbooks")
    assert [tool.tool_id for tool in answer.tools] == [entry.tool.tool_id for entry in expected.entries]
    assert [tool.input_schema_json for tool in answer.tools] == [e.tool.input_schema_json for e in expected.entries]
    assert (answer.revision, answer.next_page_token) == (expected.revision, "")
    assert tuple(answer.available_tags) == expected.tags


async def test_a_tool_crosses_the_wire_whole(catalog: wire.CatalogServiceAsyncStub) -> None:
    """The edge makes hints from these facts, so each must arrive."""
    answer = await catalog.GetTool(messages.GetToolRequest(tool_id="delete_a_quick_books_bill_by_id"))
    tool = answer.tool
    assert (tool.title, tool.method, tool.effect) == ("Delete bill", "delete", resources.EFFECT_DESTROY)
    assert (tool.is_idempotent, tool.is_open_world) == (True, False)
    assert list(tool.tags) == ["accounting", "destructive", "purchases"]
    assert tool.description.startswith("Remove a bill for good")
    assert tool.output_schema_json


async def test_an_operation_crosses_the_wire_whole(catalog: wire.CatalogServiceAsyncStub) -> None:
    """The executor plans its request from this message alone."""
    request = messages.ResolveOperationRequest(tool_id="void_a_quick_books_payment_by_id")
    answer = await catalog.ResolveOperation(request)
    listed = await catalog.GetTool(messages.GetToolRequest(tool_id=request.tool_id))
    assert answer.operation == resources.Operation(
        tool_id="void_a_quick_books_payment_by_id",
        method="void",
        tags=["accounting", "banking", "destructive", "sales"],
        effect=resources.EFFECT_DESTROY,
        entity="Payment",
        http_method="POST",
        path_template="payment",
        fixed_query={"operation": "update", "include": "void"},
        fixed_body_json=b'{"sparse":true}',
        placements=[
            resources.Placement(argument="id", location=resources.LOCATION_BODY, target="Id"),
            resources.Placement(argument="SyncToken", location=resources.LOCATION_BODY, target="SyncToken"),
        ],
        result_shape=resources.RESULT_SHAPE_RECORD,
        input_schema_json=listed.tool.detail_schema_json,
        takes_request_id=True,
    )


async def test_pages_cross_the_wire(catalog: wire.CatalogServiceAsyncStub) -> None:
    """A listing read page by page is the listing."""
    found: list[str] = []
    request = messages.ListToolsRequest(methods=["read"], page_size=4)
    while True:
        answer = await catalog.ListTools(request)
        found += [tool.tool_id for tool in answer.tools]
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token
    whole = await catalog.ListTools(messages.ListToolsRequest(methods=["read"]))
    assert found == [tool.tool_id for tool in whole.tools]


async def test_a_filter_that_leaves_nothing_says_what_there_is(catalog: wire.CatalogServiceAsyncStub) -> None:
    """Auth refuses such a server and tells its owner which words would have worked."""
    answer = await catalog.ListTools(messages.ListToolsRequest(methods=["read"], tags=["weather"]))
    assert not answer.tools
    assert list(answer.available_methods) == [
        "create",
        "delete",
        "download",
        "get",
        "list",
        "send",
        "update",
        "upload",
        "void",
    ]
    assert "crm" in answer.available_tags


async def test_a_missing_tool_is_refused_alike_everywhere(catalog: wire.CatalogServiceAsyncStub) -> None:
    """The executor turns this into the same words as a tool outside the grant."""
    read = await refusal(catalog.GetTool(messages.GetToolRequest(tool_id="sink_a_ship")))
    resolved = await refusal(catalog.ResolveOperation(messages.ResolveOperationRequest(tool_id="sink_a_ship")))
    assert (read.code, read.reason, read.metadata) == (
        grpc.StatusCode.NOT_FOUND,
        "TOOL_UNKNOWN",
        {"tool": "sink_a_ship"},
    )
    assert (resolved.reason, resolved.metadata) == (read.reason, read.metadata)


async def test_a_malformed_request_names_its_field(catalog: wire.CatalogServiceAsyncStub) -> None:
    """Empty filters must not mean everything."""
    error = await refusal(catalog.ListTools(messages.ListToolsRequest()))
    assert error.reason == "REQUEST_INVALID"
    assert [violation.field for violation in error.violations] == ["methods"]


async def test_a_foreign_page_token_names_its_field(catalog: wire.CatalogServiceAsyncStub) -> None:
    """A client that mixed up two listings learns which field to mend."""
    error = await refusal(catalog.ListTools(messages.ListToolsRequest(methods=["read"], page_token="AAAA")))
    assert (error.reason, [violation.field for violation in error.violations]) == ("REQUEST_INVALID", ["page_token"])


async def test_a_room_with_broken_definitions_does_not_start(tmp_path: Path) -> None:
    """Half a catalog would take tools away from running agents without a word."""
    folder = write_folder(tmp_path, changed("berth_booking.yaml", "effect: write", "effect: harmless"))
    with pytest.raises(CatalogBroken, match=r"berth_booking\.yaml:23:methods\.tow\.effect"):
        async with open_room(RegistrySettings(listen="127.0.0.1:0", catalog_folder=folder)):
            pass


async def test_another_folder_serves_other_tools(tmp_path: Path) -> None:
    """In a cluster the definitions are a mounted folder, and no new image."""
    folder = write_folder(tmp_path, FILES)
    room_settings = settings.load(
        RegistrySettings,
        {"DAYBOOK_REGISTRY_CATALOG_FOLDER": str(folder), "DAYBOOK_REGISTRY_LISTEN": "127.0.0.1:0"},
    )
    async with open_room(room_settings) as server:
        channel = open_channel(server.address, "registry", timeout=timedelta(seconds=5))
        answer = await wire.CatalogServiceStub(channel).ListTools(messages.ListToolsRequest(methods=["custom"]))
        await channel.close(None)
    assert [tool.tool_id for tool in answer.tools] == ["tow_a_tide_table_berth_booking_vessel"]


def test_the_catalog_is_built_within_a_second() -> None:
    """The whole mesh is to be ready in five."""
    started = time.process_time()
    load_catalog(CATALOG_ROOT / "quickbooks")
    assert time.process_time() - started < 1

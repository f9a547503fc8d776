"""A folder lays definitions over those that ship: files by name, whole or not at all, while the room runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.channels import open_channel
from daybook.registry.v1 import catalog_service_pb2 as messages
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from services.registry.app import open_room
from services.registry.errors import CatalogBroken
from services.registry.loader import load_catalog
from services.registry.settings import RegistrySettings
from tests.unit.registry.folders import BERTH, BERTH_RECORD, FILES, write_folder

pytestmark = pytest.mark.anyio

TUG = (
    BERTH.replace("BerthBooking", "Tug")
    .replace("berth_bookings", "tugs")
    .replace("berth_booking.yaml", "tug.yaml")
    .replace("berth_booking", "tug")
)
BROKEN = BERTH.replace("effect: write", "effect: harmless")
EVERYTHING = ["read", "write", "custom"]

Capabilities = messages.GetCapabilitiesResponse


def test_a_file_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    """A description that a model misreads is mended without a new image."""
    base = write_folder(tmp_path / "base", FILES)
    text = BERTH.replace("Read one booking", "Open one booking")
    over = write_folder(tmp_path / "over", {"berth_booking.yaml": text})
    catalog = load_catalog(base, over)
    found = catalog.find("get_single_tide_table_berth_booking_by_number")
    assert found.tool.description.startswith("Open one booking")
    assert len(catalog.entries) == len(load_catalog(base).entries)


@pytest.mark.parametrize("schema", ["schemas/tug.yaml", "schemas.tug.yaml"])
def test_a_file_adds_a_resource(tmp_path: Path, schema: str) -> None:
    """A ConfigMap's keys have no slash, so a schema may stand beside its resource."""
    base = write_folder(tmp_path / "base", FILES)
    over = write_folder(tmp_path / "over", {"tug.yaml": TUG, schema: BERTH_RECORD})
    assert "list_all_tide_table_tugs" in load_catalog(base, over).by_tool_id


def test_a_broken_override_is_complained_of_as_one(tmp_path: Path) -> None:
    """Both folders have a file of this name; the words say which one to mend."""
    base = write_folder(tmp_path / "base", FILES)
    over = write_folder(tmp_path / "over", {"berth_booking.yaml": BROKEN})
    with pytest.raises(CatalogBroken, match=r"^overrides/berth_booking\.yaml:23:methods\.tow\.effect: "):
        load_catalog(base, over)


@pytest.mark.parametrize("name", ["tug.yml", "notes.txt"])
def test_a_file_that_would_be_overlooked_is_complained_of(tmp_path: Path, name: str) -> None:
    """A slip in an ending must not look like a change that was taken."""
    base = write_folder(tmp_path / "base", FILES)
    over = write_folder(tmp_path / "over", {name: TUG})
    with pytest.raises(CatalogBroken, match=r"overrides/.*: only files that end in \.yaml"):
        load_catalog(base, over)


def test_what_a_mounted_config_map_keeps_hidden_is_passed_over(tmp_path: Path) -> None:
    """Kubernetes mounts each version in a hidden folder and links to it."""
    base = write_folder(tmp_path / "base", FILES)
    write_folder(tmp_path / "over" / "..2026_11_22", {"tug.yaml": TUG, "schemas.tug.yaml": BERTH_RECORD})
    for name in ("tug.yaml", "schemas.tug.yaml"):
        (tmp_path / "over" / name).symlink_to(Path("..2026_11_22") / name)
    assert "list_all_tide_table_tugs" in load_catalog(base, tmp_path / "over").by_tool_id


@asynccontextmanager
async def room(tmp_path: Path) -> AsyncIterator[wire.CatalogServiceAsyncStub]:
    """A room over both folders, which looks every few milliseconds, and a client of it."""
    settings = RegistrySettings(
        listen="127.0.0.1:0",
        catalog_folder=write_folder(tmp_path / "base", FILES),
        catalog_overrides=write_folder(tmp_path / "over", {"schemas.tug.yaml": BERTH_RECORD}),
        overrides_pause=timedelta(milliseconds=5),
    )
    async with open_room(settings) as server:
        channel = open_channel(server.address, "registry", timeout=timedelta(seconds=5))
        yield wire.CatalogServiceStub(channel)
        health = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]
        answer = await health.Check(health_pb2.HealthCheckRequest(service="readiness"))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        await channel.close(None)


async def when(catalog: wire.CatalogServiceAsyncStub, holds: Callable[[Capabilities], bool]) -> Capabilities:
    """What the room says of its catalog, as soon as this holds."""
    async with asyncio.timeout(10):
        while True:
            answer = await catalog.GetCapabilities(messages.GetCapabilitiesRequest(methods=EVERYTHING))
            if holds(answer):
                return answer
            await asyncio.sleep(0.005)


async def test_a_change_is_taken_while_the_room_runs(tmp_path: Path) -> None:
    """Listing, search and look-up move together, under a new revision."""
    async with room(tmp_path) as catalog:
        before = await when(catalog, lambda answer: answer.tool_count == 4)
        write_folder(tmp_path / "over", {"tug.yaml": TUG})
        after = await when(catalog, lambda answer: answer.tool_count == 8)
        found = await catalog.SearchTools(messages.SearchToolsRequest(methods=EVERYTHING, query="tugs"))
        resolved = await catalog.ResolveOperation(messages.ResolveOperationRequest(tool_id="list_all_tide_table_tugs"))
    assert after.revision != before.revision
    assert resolved.revision == after.revision == found.revision
    assert "list_all_tide_table_tugs" in [hit.tool_id for hit in found.hits]


async def test_a_broken_change_leaves_the_catalog_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a catalog would take tools away from running agents; the room stays ready, and the log names the line."""
    async with room(tmp_path) as catalog:
        before = await when(catalog, lambda answer: answer.tool_count == 4)
        write_folder(tmp_path / "over", {"berth_booking.yaml": BROKEN, "tug.yaml": TUG})
        refused = await when(catalog, lambda answer: bool(answer.override_problems))
        assert (refused.revision, refused.tool_count) == (before.revision, 4)
        assert refused.override_problems[0].startswith("overrides/berth_booking.yaml:23:methods.tow.effect: ")
        (tmp_path / "over" / "berth_booking.yaml").unlink()
        mended = await when(catalog, lambda answer: answer.tool_count == 8)
    assert not mended.override_problems
    said = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [getattr(record, "problem", "")[:26] for record in said] == ["overrides/berth_booking.ya"]


async def test_a_folder_that_goes_and_comes_back_changes_nothing(tmp_path: Path) -> None:
    """A volume that is mounted anew is empty for a moment."""
    async with room(tmp_path) as catalog:
        (tmp_path / "over").rename(tmp_path / "away")
        gone = await when(catalog, lambda answer: bool(answer.override_problems))
        (tmp_path / "away").rename(tmp_path / "over")
        back = await when(catalog, lambda answer: not answer.override_problems)
    assert (gone.tool_count, back.tool_count, back.revision) == (4, 4, gone.revision)


async def test_a_room_does_not_start_on_a_broken_override(tmp_path: Path) -> None:
    """There is no catalog before it to go on with, and the one without it may open what was to be closed."""
    settings = RegistrySettings(
        listen="127.0.0.1:0",
        catalog_folder=write_folder(tmp_path / "base", FILES),
        catalog_overrides=write_folder(tmp_path / "over", {"berth_booking.yaml": BROKEN}),
    )
    with pytest.raises(CatalogBroken):
        async with open_room(settings):
            pass

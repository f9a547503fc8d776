"""New resources, verbs and whole integrations are files, not code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from services.registry.loader import load_catalog
from services.registry.model import Effect, Location, Operation, Placement, ResultShape
from tests.unit.registry.folders import FILES, write_folder


def decoded(text: bytes) -> Any:
    """JSON as plain Python."""
    return msgspec.json.decode(text)


def test_an_invented_integration_needs_files_alone(tmp_path: Path) -> None:
    """The promise of the catalog: names, paths and shapes of another upstream, and no line of code."""
    catalog = load_catalog(write_folder(tmp_path, FILES))
    assert [entry.tool.tool_id for entry in catalog.entries] == [
        "list_all_tide_table_berth_bookings",
        "get_single_tide_table_berth_booking_by_number",
        "create_a_tide_table_berth_booking",
        "tow_a_tide_table_berth_booking_vessel",
    ]
    assert catalog.methods == ("create", "get", "list", "tow")
    assert catalog.tags == ("harbour", "tugs")


def test_a_verb_of_its_own_says_everything_itself(tmp_path: Path) -> None:
    """Custom verbs (send, download, reports) come without a change here."""
    entry = load_catalog(write_folder(tmp_path, FILES)).find("tow_a_tide_table_berth_booking_vessel")
    assert (entry.tool.method, entry.tool.tags, entry.tool.effect) == ("tow", ("harbour", "tugs"), Effect.WRITE)
    assert entry.tool.is_open_world is True
    assert entry.tool.title == "Tow vessel of berth booking"
    assert entry.operation == Operation(
        entity="BerthBooking",
        http_method="POST",
        path_template="berths/{number}/tow",
        fixed_query={},
        fixed_body_json=b"{}",
        placements=(
            Placement(argument="number", location=Location.PATH, target="number"),
            Placement(argument="urgent", location=Location.QUERY, target="priority"),
        ),
        result_shape=ResultShape.RECORD,
        takes_request_id=False,
    )


def test_a_create_publishes_the_writable_members_flat(tmp_path: Path) -> None:
    """References are put in place, read-only members and those of the other slice are left out, required ones lead."""
    entry = load_catalog(write_folder(tmp_path, FILES)).find("create_a_tide_table_berth_booking")
    assert decoded(entry.tool.detail_schema_json) == {
        "type": "object",
        "properties": {
            "Vessel": {
                "type": "object",
                "properties": {"Name": {"type": "string", "maxLength": 40}},
                "required": ["Name"],
            },
            "Draught": {"type": "number"},
            "Berth": {"type": "string"},
        },
        "required": ["Vessel"],
        "additionalProperties": False,
    }
    assert [p.argument for p in entry.operation.placements] == ["Vessel", "Draught", "Berth"]


def test_words_are_put_into_texts_and_schemas(tmp_path: Path) -> None:
    """One lesson in the defaults teaches each resource's own query."""
    entry = load_catalog(write_folder(tmp_path, FILES)).find("list_all_tide_table_berth_bookings")
    assert entry.tool.description == (
        "Find bookings of a berth, such as those of today. Ask in the harbour's own words, such as: "
        "every BerthBooking of Heron. Filters: Number, Vessel."
    )
    assert decoded(entry.tool.detail_schema_json)["properties"]["words"]["default"] == "every BerthBooking"


def test_a_result_names_what_every_record_carries(tmp_path: Path) -> None:
    """The shape of results is the mesh's; the members in them are the upstream's, so they come from its defaults."""
    catalog = load_catalog(write_folder(tmp_path, FILES))
    one = catalog.find("get_single_tide_table_berth_booking_by_number")
    assert decoded(one.tool.output_schema_json) == {"type": "object", "properties": {"Number": {"type": "string"}}}
    many = catalog.find("list_all_tide_table_berth_bookings")
    assert set(decoded(many.tool.output_schema_json)["properties"]) == {
        "result",
        "next_cursor",
        "result_count",
        "query",
    }

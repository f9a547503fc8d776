"""Definitions that can't be served are complained of by file, line and key, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.registry.errors import CatalogBroken
from services.registry.loader import load_catalog
from tests.unit.registry.folders import BERTH, FILES, changed, write_folder

LIST_DESCRIPTION = "    description: Find bookings of a berth, such as those of today.\n"

BROKEN: list[tuple[str, dict[str, str], str]] = [
    (
        "not YAML",
        changed("berth_booking.yaml", "tags: [harbour]", "tags: [harbour"),
        "berth_booking.yaml:7:: not YAML: ",
    ),
    ("empty", {**FILES, "empty.yaml": "# nothing yet\n"}, "empty.yaml:0:: the file is empty"),
    (
        "a key twice",
        changed("berth_booking.yaml", "path: berths\n", "path: berths\npath: docks\n"),
        "berth_booking.yaml:5:path: the key stands here twice",
    ),
    (
        "an unknown key",
        changed("berth_booking.yaml", "plural: ", "plurals: "),
        "berth_booking.yaml:3:plurals: this key is not known here",
    ),
    (
        "an unknown key deep inside",
        changed("_defaults.yaml", "      limit: { place: paging, ", "      limit: { place: paging, optional: yes, "),
        "_defaults.yaml:18:methods.list.arguments.limit.optional: this key is not known here",
    ),
    (
        "no description",
        changed("berth_booking.yaml", LIST_DESCRIPTION, ""),
        "berth_booking.yaml:9:methods.list.description: this key is missing",
    ),
    (
        "no source",
        changed("berth_booking.yaml", "source: Harbour handbook, chapter 4.\n", ""),
        "berth_booking.yaml:1:source: this key is missing",
    ),
    (
        "an effect that is none",
        changed("berth_booking.yaml", "effect: write", "effect: harmless"),
        'berth_booking.yaml:23:methods.tow.effect: "harmless" is not one of',
    ),
    (
        "a verb that says too little",
        changed("berth_booking.yaml", "    http_method: POST\n", ""),
        "berth_booking.yaml:18:methods.tow.http_method: this key is missing, here or in _defaults.yaml",
    ),
    (
        "a schema file that is not there",
        changed("berth_booking.yaml", "schema: berth_booking.yaml", "schema: berth.yaml"),
        "schemas/berth.yaml:0:: there is no such schema file",
    ),
    (
        "a reference to nothing",
        changed("schemas/berth_booking.yaml", "$defs/Vessel", "$defs/Boat"),
        "schemas/berth_booking.yaml:3:properties.Vessel.$ref: types.yaml#/$defs/Boat leads nowhere",
    ),
    (
        "a reference into itself",
        changed("schemas/types.yaml", "{ type: string, maxLength: 40 }", '{ $ref: "#/$defs/Vessel" }'),
        "schemas/types.yaml:5:$defs.Vessel.properties.Name.$ref: #/$defs/Vessel leads into itself",
    ),
    (
        "two types",
        changed("schemas/berth_booking.yaml", "{ type: number }", "{ type: [number, string] }"),
        "schemas/berth_booking.yaml:4:properties.Draught.type: ",
    ),
    (
        "a union",
        changed("schemas/berth_booking.yaml", "{ type: number }", "{ anyOf: [{ type: number }] }"),
        "schemas/berth_booking.yaml:4:properties.Draught.anyOf: this key is not known here",
    ),
    (
        "no type at all",
        changed("schemas/berth_booking.yaml", "{ type: number }", "{ description: how deep }"),
        "schemas/berth_booking.yaml:4:properties.Draught: expected one `type`, or a `$ref`",
    ),
    (
        "an array of anything",
        changed("schemas/berth_booking.yaml", "{ type: number }", "{ type: array }"),
        "schemas/berth_booking.yaml:4:properties.Draught: an array needs `items`",
    ),
    (
        "required, but not a member",
        changed("berth_booking.yaml", "required: [Vessel]", "required: [Ship]"),
        "berth_booking.yaml:17:methods.create.required: Ship can't be required of schemas/berth_booking.yaml: no such member",
    ),
    (
        "required, but read-only",
        changed("berth_booking.yaml", "required: [Vessel]", "required: [Tide]"),
        "berth_booking.yaml:17:methods.create.required: Tide can't be required of schemas/berth_booking.yaml: only the",
    ),
    (
        "a path that nothing fills",
        changed("berth_booking.yaml", '"{path}/{number}/tow"', '"{path}/{berth}/tow"'),
        "berth_booking.yaml:27:methods.tow.path: {berth} is filled by no argument",
    ),
    (
        "a word that stands for nothing",
        changed("berth_booking.yaml", "Order the harbour's tug", "Order the {harbour} tug"),
        "berth_booking.yaml:21:methods.tow.description: {harbour} stands for nothing here",
    ),
    (
        "a name too long",
        changed("berth_booking.yaml", "tool: tow_a_", "tool: tow_away_slowly_and_carefully_in_fog_a_"),
        "berth_booking.yaml:19:methods.tow.tool: ",
    ),
    (
        "a description too long",
        changed("berth_booking.yaml", "such as those of today", "such as those" + " of today" * 110),
        "berth_booking.yaml:10:methods.list.description: ",
    ),
    (
        "two places for one argument",
        changed(
            "berth_booking.yaml",
            "    required: [Vessel]\n",
            "    arguments: { Draught: { place: query, schema: { type: number } } }\n",
        ),
        "berth_booking.yaml:17:methods.create.arguments.Draught: is a member of schemas/berth_booking.yaml too",
    ),
    (
        "sent twice in the body",
        changed("berth_booking.yaml", "    required: [Vessel]\n", "    fixed_body: { Draught: 3 }\n"),
        "berth_booking.yaml:15:methods.create.arguments: Draught is sent twice in the body",
    ),
    (
        "a get that writes",
        changed(
            "berth_booking.yaml",
            "    description: Read one booking",
            "    effect: write\n    description: Read one booking",
        ),
        "berth_booking.yaml:14:methods.get.effect: `methods: [read]` opens this method",
    ),
    (
        "destroys without the tag",
        changed("berth_booking.yaml", "effect: write", "effect: destroy"),
        "berth_booking.yaml:22:methods.tow.tags: the tag destructive goes with the effect destroy",
    ),
    (
        "a list without a lesson",
        changed("berth_booking.yaml", "    example: every BerthBooking of Heron.\n", ""),
        "berth_booking.yaml:11:methods.list.filters: a list teaches its query",
    ),
    (
        "one name for two tools",
        {**FILES, "copy.yaml": BERTH},
        "copy.yaml:9:methods.list.tool: list_all_tide_table_berth_bookings is the name of a tool in berth_booking.yaml already",
    ),
    (
        "no defaults",
        {name: text for name, text in FILES.items() if name != "_defaults.yaml"},
        "_defaults.yaml:0:: can't be read as UTF-8 text",
    ),
    (
        "an anchor in itself",
        changed("berth_booking.yaml", "tags: [harbour]", "tags: &tags [harbour, *tags]"),
        "nested too deeply",
    ),
]


@pytest.mark.parametrize(("files", "complaint"), [pytest.param(files, said, id=name) for name, files, said in BROKEN])
def test_a_broken_definition_is_complained_of_where_it_stands(
    tmp_path: Path, files: dict[str, str], complaint: str
) -> None:
    """Whoever edits a catalog has an editor with line numbers, and no Python."""
    with pytest.raises(CatalogBroken) as broken:
        load_catalog(write_folder(tmp_path, files))
    assert complaint in str(broken.value)


def test_all_complaints_come_at_once(tmp_path: Path) -> None:
    """One start, one list of everything to mend."""
    files = changed("berth_booking.yaml", "plural: ", "plurals: ") | {"empty.yaml": ""}
    with pytest.raises(CatalogBroken) as broken:
        load_catalog(write_folder(tmp_path, files))
    assert [(c.file, c.line, c.key) for c in broken.value.complaints] == [
        ("berth_booking.yaml", 3, "plurals"),
        ("empty.yaml", 0, ""),
    ]


def test_an_empty_folder_is_no_catalog(tmp_path: Path) -> None:
    """A wrong mount must stop the start; a mesh that serves no tools looks like a broken grant."""
    with pytest.raises(CatalogBroken, match="no definition file beside it"):
        load_catalog(tmp_path)


def test_the_unbroken_definitions_load(tmp_path: Path) -> None:
    """The table above would prove nothing if the files it breaks were broken already."""
    assert len(load_catalog(write_folder(tmp_path, FILES)).entries) == 4

"""Words, presets and sources beside the definitions: read, checked, used."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.grants import Scope
from services.registry.companions import KnowledgeSource, Preset
from services.registry.errors import CatalogBroken
from services.registry.loader import load_catalog
from services.registry.words import words_of
from tests.unit.registry.folders import FILES, write_folder

EVERYTHING = Scope(methods=("read", "write", "custom"))
TOW, LIST = "tow_a_tide_table_berth_booking_vessel", "list_all_tide_table_berth_bookings"
GET = "get_single_tide_table_berth_booking_by_number"

SYNONYMS = """\
fillers: [a, the]
ignore: [please i want]
phrases:
  - { say: [drag the boat in, pull], mean: tow vessel }
"""
PRESETS = """\
pilot:
  description: Whatever a harbour pilot looks at.
  methods: [read]
  tools: [list_all_tide_table_berth_bookings]
"""
KNOWLEDGE = """\
source: The harbour's own handbook.
kinds:
  booking:
    list: list_all_tide_table_berth_bookings
    get: get_single_tide_table_berth_booking_by_number
    find: every BerthBooking of '{text}'
    title: Booking {Number}
    link: /bookings/{id}
"""
COMPANIONS = {"synonyms.yaml": SYNONYMS, "presets.yaml": PRESETS, "knowledge.yaml": KNOWLEDGE}


def test_an_integration_of_ones_own_has_its_own_words(tmp_path: Path) -> None:
    """Another trade says it otherwise; words are data like the rest."""
    catalog = load_catalog(write_folder(tmp_path, {**FILES, **COMPANIONS}))
    best = [catalog.search(ask, EVERYTHING, 1)[0].tool.tool_id for ask in ("please drag a boat in", "Pull!")]
    assert best == [TOW, TOW]


def test_presets_and_sources_are_read_whole(tmp_path: Path) -> None:
    """They cross the wire as they stand in the files."""
    companions = load_catalog(write_folder(tmp_path, {**FILES, **COMPANIONS})).companions
    assert companions.presets == (
        Preset(
            preset_id="pilot",
            description="Whatever a harbour pilot looks at.",
            methods=("read",),
            tags=(),
            tools=(LIST,),
        ),
    )
    assert companions.knowledge == (
        KnowledgeSource(
            kind="booking",
            list_tool=LIST,
            get_tool=GET,
            text_query="every BerthBooking of '{text}'",
            needs_digit=False,
            party="",
            party_query="",
            title="Booking {Number}",
            link_path="/bookings/{id}",
        ),
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("presets.yaml", LIST, "list_boats", "presets.yaml:4:pilot.tools.0: there is no tool list_boats"),
        ("knowledge.yaml", GET, "get_boat", "knowledge.yaml:5:kinds.booking.get: there is no tool get_boat"),
        ("synonyms.yaml", "mean:", "means:", "synonyms.yaml:4:phrases.0.means: this key is not known here"),
        ("knowledge.yaml", "'{text}'", "anything", "knowledge.yaml:6:kinds.booking.find: "),
    ],
)
def test_a_companion_that_is_wrong_is_complained_of_where_it_stands(
    tmp_path: Path, name: str, old: str, new: str, complaint: str
) -> None:
    """A preset with a tool that is gone would make servers that open less than they say."""
    broken = {**COMPANIONS, name: COMPANIONS[name].replace(old, new)}
    with pytest.raises(CatalogBroken) as raised:
        load_catalog(write_folder(tmp_path, {**FILES, **broken}))
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CustomerRef, bill_payments", ["customer", "ref", "bill", "payment"]),
        ("P&L and A/R", ["p&l", "and", "a/r"]),
        (
            "entries taxes classes boxes status analysis gas",
            ["entry", "tax", "class", "box", "status", "analysis", "gas"],
        ),
    ],
)
def test_words_come_in_one_form(text: str, words: list[str]) -> None:
    """A question in the plural is about the tool in the singular."""
    assert words_of(text) == words

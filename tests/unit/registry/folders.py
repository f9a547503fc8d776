"""Definition folders for tests: an invented integration, and ways to break it."""

from __future__ import annotations

from pathlib import Path

DEFAULTS = """\
integration: tide_table
product: Tide Table
source: The harbour office's own handbook.
record:
  Number: { type: string }
methods:
  list:
    tool: list_all_{integration}_{plural}
    title: List {plural_words}
    guidance: "Ask in the harbour's own words, such as: {example} Filters: {filters}."
    effect: read
    is_idempotent: true
    http_method: GET
    path: ask
    result: page
    arguments:
      words: { place: query_language, schema: { type: string, default: "every {entity}" } }
      limit: { place: paging, schema: { type: integer, minimum: 1 } }
  get:
    tool: get_single_{integration}_{singular}_by_number
    title: Get {singular_words}
    effect: read
    is_idempotent: true
    http_method: GET
    path: "{path}/{number}"
    result: record
    arguments:
      number: { place: path, is_required: true, schema: { type: string } }
  create:
    tool: create_a_{integration}_{singular}
    title: Create {singular_words}
    effect: write
    is_idempotent: false
    http_method: POST
    path: "{path}"
    body: create
    takes_request_id: true
    result: record
"""

BERTH = """\
entity: BerthBooking
singular: berth_booking
plural: berth_bookings
path: berths
schema: berth_booking.yaml
tags: [harbour]
source: Harbour handbook, chapter 4.
methods:
  list:
    description: Find bookings of a berth, such as those of today.
    filters: [Number, Vessel]
    example: every BerthBooking of Heron.
  get:
    description: Read one booking with its vessel and tide.
  create:
    description: Book a berth for a vessel that is due.
    required: [Vessel]
  tow:
    tool: tow_a_{integration}_{singular}_vessel
    title: Tow vessel of {singular_words}
    description: Order the harbour's tug for a booked vessel.
    tags: [tugs]
    effect: write
    is_idempotent: false
    is_open_world: true
    http_method: POST
    path: "{path}/{number}/tow"
    result: record
    arguments:
      number: { place: path, is_required: true, schema: { type: string } }
      urgent: { place: query, target: priority, schema: { type: boolean } }
"""

BERTH_RECORD = """\
type: object
properties:
  Vessel: { $ref: "types.yaml#/$defs/Vessel" }
  Draught: { type: number }
  Berth: { type: string, x-only: create }
  Tide: { type: string, readOnly: true }
"""

TYPES = """\
$defs:
  Vessel:
    type: object
    properties:
      Name: { type: string, maxLength: 40 }
      Flag: { type: string, x-only: update }
    required: [Name]
"""

FILES = {
    "_defaults.yaml": DEFAULTS,
    "berth_booking.yaml": BERTH,
    "schemas/berth_booking.yaml": BERTH_RECORD,
    "schemas/types.yaml": TYPES,
}
"""A whole integration, by file name."""


def write_folder(folder: Path, files: dict[str, str]) -> Path:
    """Write definition files under a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """The integration with one text replaced in one file; the text must be there."""
    assert FILES[name].count(old) >= 1, old
    return {**FILES, name: FILES[name].replace(old, new, 1)}

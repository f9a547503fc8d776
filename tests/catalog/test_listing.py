"""What a model sees of the shipped catalog: names, titles, descriptions, hints, and what they cost to read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chassis.grants import Scope
from services.registry.model import Effect, Entry, ResultShape
from tests.catalog.listed import METHODS, listing_of, shipped

ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in shipped().entries]
QUERIES = [
    pytest.param(entry, id=entry.tool.tool_id)
    for entry in shipped().entries
    if entry.operation.result_shape is ResultShape.PAGE
]

SNAPSHOT = Path(__file__).with_name("tools.txt")

HINTS = {
    "list": (Effect.READ, True),
    "get": (Effect.READ, True),
    "create": (Effect.WRITE, False),
    "update": (Effect.DESTROY, True),
    "delete": (Effect.DESTROY, True),
    "void": (Effect.DESTROY, True),
    "send": (Effect.WRITE, False),
    "download": (Effect.READ, True),
    "upload": (Effect.WRITE, False),
}

# The o200k tokenizer counts 120 tokens a tool, and some 4.5 characters of such JSON a token (bench/catalog.py says exactly).
MOST_CHARACTERS_A_TOOL = 1_700
MOST_CHARACTERS_ON_AVERAGE = 545
MOST_CHARACTERS_OF_A_RESULT = 240


def seen(entry: Entry) -> dict[str, Any]:
    """A tool as a client reads it, without its output schema."""
    tool = entry.tool
    return {
        "name": tool.tool_id,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": listing_of(entry),
        "annotations": {
            "readOnlyHint": tool.effect is Effect.READ,
            "destructiveHint": tool.effect is Effect.DESTROY,
            "idempotentHint": tool.is_idempotent,
            "openWorldHint": tool.is_open_world,
        },
    }


def size(entry: Entry) -> int:
    """Characters that a model reads of a tool."""
    return len(msgspec.json.encode(seen(entry)))


def snapshot() -> str:
    """One line a tool: name, method, effect, tags."""
    tools = [entry.tool for entry in shipped().entries]
    return "".join(f"{t.tool_id} {t.method} {t.effect.value} {','.join(t.tags)}\n" for t in tools)


def test_the_catalog_holds_exactly_these_tools() -> None:
    """Clients keep snapshots of tool lists: a tool once published must keep answering under its name and filters."""
    assert SNAPSHOT.read_text(encoding="utf-8") == snapshot()


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_tool_name_fits_every_client(entry: Entry) -> None:
    """Clients cut at 64, and some put a prefix of a few letters before a name."""
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,54}", entry.tool.tool_id)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_description_teaches_in_few_words(entry: Entry) -> None:
    """Tool search shows the first sentence alone, and every client cuts long texts."""
    description = entry.tool.description
    assert len(description) <= 1_000
    assert description[0].isupper()
    assert description.endswith(".")
    assert description.count("  ") == 0
    assert "{" not in description
    assert entry.tool.title[0].isupper()


@pytest.mark.parametrize("entry", QUERIES)
def test_a_list_teaches_its_query(entry: Entry) -> None:
    """A model that is not told the dialect writes REST filters and double quotes, and QuickBooks refuses them."""
    assert re.search(r"Example: where \S+ (=|>|>=|<|like) ('[^']+'|true|false)", entry.tool.description)


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].tool.method == "update"])  # type: ignore[union-attr]
def test_an_update_says_what_becomes_of_what_is_left_out(entry: Entry) -> None:
    """Without it a careful model sends the whole record back, as QuickBooks' own full update demands."""
    is_sparse = b"sparse" in entry.operation.fixed_body_json
    words = entry.tool.description.lower()
    assert is_sparse is ("sparse" in words or "what it leaves out stays" in words)
    assert is_sparse or {"Budget": "left out is lost", "ExchangeRate": "set the rate"}[entry.operation.entity] in words


@pytest.mark.parametrize("entry", ENTRIES)
def test_hints_follow_the_effect(entry: Entry) -> None:
    """ChatGPT asks a person before a call by these hints; a wrong one is a reason to be rejected."""
    tool = entry.tool
    assert (tool.effect, tool.is_idempotent) == HINTS[tool.method]
    assert tool.is_open_world is (tool.method == "send")
    assert ("destructive" in tool.tags) is (tool.effect is Effect.DESTROY)


def test_the_crm_tag_opens_customers_and_vendors_alone() -> None:
    """The seed article promises that `tags: ["crm"]` hides ledger records."""
    opened = shipped().list(Scope(methods=("read", "write", "custom"), tags=("crm",))).entries
    assert {entry.operation.entity for entry in opened} == {"Customer", "Vendor"}


def test_the_accounting_tag_is_enough_for_receivables_and_payables() -> None:
    """The seed's example server has this one tag, and its two workflows must run on it."""
    opened = shipped().list(Scope(methods=("read", "write"), tags=("accounting",))).entries
    assert {
        "list_all_quick_books_invoices",
        "get_single_quick_books_customer_by_id",
        "list_all_quick_books_bills",
        "list_all_quick_books_accounts",
        "create_a_quick_books_bill_payment",
        "get_quick_books_profit_and_loss_report",
    } <= {entry.tool.tool_id for entry in opened}


def test_what_reaches_any_record_is_opened_by_no_business_area() -> None:
    """A batch or a feed of changes under the tag crm would reach past it, to the ledger."""
    for entry in shipped().entries:
        if entry.operation.result_shape in (ResultShape.BATCH, ResultShape.CHANGES):
            assert set(entry.tool.tags) <= {"batch", "changes", "destructive"}


def test_the_read_methods_only_read() -> None:
    """`methods: ["read"]` is sold as structurally preventing changes."""
    for entry in shipped().list(Scope(methods=("read",))).entries:
        assert entry.tool.effect is Effect.READ
        assert entry.operation.http_method == "GET"


def test_methods_come_in_the_same_order_for_each_resource() -> None:
    """Clients cache prompts by the bytes of a listing, so its order is part of the contract."""
    seen_methods: dict[str, list[str]] = {}
    for entry in shipped().entries:
        seen_methods.setdefault(entry.operation.entity, []).append(entry.tool.method)
    assert all(methods == [m for m in METHODS if m in methods] for methods in seen_methods.values())


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_tool_is_short_to_read(entry: Entry) -> None:
    """A model reads every listing whole."""
    assert size(entry) <= MOST_CHARACTERS_A_TOOL
    assert len(entry.tool.output_schema_json) <= MOST_CHARACTERS_OF_A_RESULT


def test_the_catalog_is_short_to_read() -> None:
    """A rival's 140 tools cost 18,717 tokens, without a single hint or type."""
    entries = shipped().entries
    assert sum(map(size, entries)) <= MOST_CHARACTERS_ON_AVERAGE * len(entries)


def test_a_read_only_server_costs_two_fifths_of_the_whole() -> None:
    """Most first servers only read; they should not pay for the depth of writes."""
    read = shipped().list(Scope(methods=("read",))).entries
    assert sum(map(size, read)) <= 0.41 * sum(map(size, shipped().entries))

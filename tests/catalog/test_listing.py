"""What a model sees of the shipped catalog: names, titles, descriptions, hints, and what they cost to read."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pytest

from chassis.grants import Scope
from services.registry.model import Effect, Entry
from tests.catalog.listed import arguments_of, result_of, shipped

ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in shipped().entries]

TRANSACTIONS = {"invoice": "invoices", "bill": "bills", "bill_payment": "bill_payments", "payment": "payments"}
NAME_LISTS = {"customer": "customers", "vendor": "vendors", "account": "accounts", "item": "items"}
VOIDABLE = ("invoice", "payment", "bill_payment")

HINTS = {
    "list": (Effect.READ, True),
    "get": (Effect.READ, True),
    "create": (Effect.WRITE, False),
    "update": (Effect.DESTROY, True),
    "delete": (Effect.DESTROY, True),
    "void": (Effect.DESTROY, True),
}

# ChatGPT sets were seen to be refused beyond about 5,000 tokens; some four characters make a token.
MOST_CHARACTERS_A_TOOL = 2_000


def expected_names() -> set[str]:
    """The names of the first catalog, spelled out by the rule of the seed article."""
    names = {"get_single_quick_books_company_info", "update_a_quick_books_company_info_by_id"}
    for one, many in {**TRANSACTIONS, **NAME_LISTS}.items():
        names |= {
            f"list_all_quick_books_{many}",
            f"get_single_quick_books_{one}_by_id",
            f"create_a_quick_books_{one}",
            f"update_a_quick_books_{one}_by_id",
        }
    names |= {f"delete_a_quick_books_{one}_by_id" for one in TRANSACTIONS}
    return names | {f"void_a_quick_books_{one}_by_id" for one in VOIDABLE}


def test_the_catalog_holds_exactly_these_tools() -> None:
    """Clients keep snapshots of tool lists: a tool once published must keep answering under its name."""
    assert {entry.tool.tool_id for entry in shipped().entries} == expected_names()


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_tool_name_fits_every_client(entry: Entry) -> None:
    """Some clients put a prefix before a name and cut at 64, so 45 is what is safe."""
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,44}", entry.tool.tool_id)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_description_teaches_in_few_words(entry: Entry) -> None:
    """Tool search shows the first sentence alone, and every client cuts long texts."""
    description = entry.tool.description
    assert len(description) <= 1_000
    assert description.partition(". ")[0].split()[0].istitle()
    assert description.count("  ") == 0
    assert "{" not in description
    assert entry.tool.title


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].tool.method == "list"])  # type: ignore[union-attr]
def test_a_list_teaches_its_query(entry: Entry) -> None:
    """A model that is not told the dialect writes REST filters, OR and double quotes, and QuickBooks refuses them."""
    entity = entry.operation.entity
    assert f"select * from {entity} where " in entry.tool.description
    assert "single quotes" in entry.tool.description
    assert "no or, no join" in entry.tool.description
    assert "Filters: Id, " in entry.tool.description
    assert arguments_of(entry)["properties"]["query"]["default"] == f"select * from {entity}"


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].tool.method == "update"])  # type: ignore[union-attr]
def test_an_update_says_that_what_is_left_out_stays(entry: Entry) -> None:
    """Without it a careful model sends the whole record back, as QuickBooks' own full update demands."""
    assert "sparse" in entry.tool.description
    assert "SyncToken" in entry.tool.description


@pytest.mark.parametrize("entry", ENTRIES)
def test_hints_follow_the_effect(entry: Entry) -> None:
    """ChatGPT asks a person before a call by these hints; a wrong one is a reason to be rejected."""
    tool = entry.tool
    assert (tool.effect, tool.is_idempotent) == HINTS[tool.method]
    assert tool.is_open_world is False
    assert ("destructive" in tool.tags) is (tool.effect is Effect.DESTROY)


def test_the_crm_tag_opens_customers_and_vendors_alone() -> None:
    """The seed article promises that `tags: ["crm"]` hides ledger records."""
    opened = {
        e.operation.entity for e in shipped().list(Scope(methods=("read", "write", "custom"), tags=("crm",))).entries
    }
    assert opened == {"Customer", "Vendor"}


def test_the_accounting_tag_is_enough_for_receivables_and_payables() -> None:
    """The seed's example server has this one tag, and its two workflows must run on it."""
    opened = {
        entry.tool.tool_id for entry in shipped().list(Scope(methods=("read", "write"), tags=("accounting",))).entries
    }
    assert {
        "list_all_quick_books_invoices",
        "get_single_quick_books_customer_by_id",
        "list_all_quick_books_bills",
        "list_all_quick_books_accounts",
        "create_a_quick_books_bill_payment",
    } <= opened


def test_the_read_methods_only_read() -> None:
    """`methods: ["read"]` is sold as structurally preventing changes."""
    for entry in shipped().list(Scope(methods=("read",))).entries:
        assert entry.tool.effect is Effect.READ
        assert entry.operation.http_method == "GET"


def test_methods_come_in_the_same_order_for_each_resource() -> None:
    """Clients cache prompts by the bytes of a listing, so its order is part of the contract."""
    seen: dict[str, list[str]] = {}
    for entry in shipped().entries:
        seen.setdefault(entry.operation.entity, []).append(entry.tool.method)
    assert list(seen) == sorted(seen, key=lambda entity: re.sub(r"(?<!^)([A-Z])", r"_\1", entity).lower())
    assert all(methods == [m for m in HINTS if m in methods] for methods in seen.values())
    assert Counter(method for methods in seen.values() for method in methods)["void"] == len(VOIDABLE)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_tool_is_short_to_read(entry: Entry) -> None:
    """A model reads every listing whole: 140 tools of a rival cost 18,717 tokens, without a single hint."""
    tool = entry.tool
    listed = {
        "name": tool.tool_id,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": arguments_of(entry),
        "outputSchema": result_of(entry),
        "annotations": {
            "readOnlyHint": tool.effect is Effect.READ,
            "destructiveHint": tool.effect is Effect.DESTROY,
            "idempotentHint": tool.is_idempotent,
            "openWorldHint": tool.is_open_world,
        },
    }
    assert len(msgspec.json.encode(listed)) <= MOST_CHARACTERS_A_TOOL

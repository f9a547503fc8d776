"""The recommended filters keep to their client's limits and still do its work."""

from __future__ import annotations

from chassis.grants import Scope
from services.registry.capabilities import listing_tokens
from services.registry.companions import Preset
from tests.catalog.listed import shipped

# The two scenarios of the seed article: chasing a late payer, and logging a payment to a vendor.
RECEIVABLES = {"list_all_quick_books_invoices", "get_single_quick_books_customer_by_id"}
PAYABLES = {
    "list_all_quick_books_bills",
    "list_all_quick_books_accounts",
    "create_a_quick_books_bill_payment",
}


def chatgpt() -> Preset:
    """The preset for ChatGPT."""
    (found,) = (preset for preset in shipped().companions.presets if preset.preset_id == "chatgpt")
    return found


def scope() -> Scope:
    """What it opens."""
    return Scope(methods=chatgpt().methods, tags=chatgpt().tags, tools=chatgpt().tools)


def test_every_tool_of_a_preset_is_opened_by_its_own_filter() -> None:
    """A tool that is named and closed by the methods beside it would be missed in use."""
    for preset in shipped().companions.presets:
        opened = shipped().select(Scope(methods=preset.methods, tags=preset.tags, tools=preset.tools))
        assert {entry.tool.tool_id for entry in opened} == set(preset.tools)


def test_the_preset_for_chatgpt_keeps_to_its_limits() -> None:
    """Beyond some 20 tools or 5,000 tokens it was seen to refuse lists, and to choose badly."""
    opened = shipped().select(scope())
    assert len(opened) <= 20
    # The estimate was at most 12 in a hundred below the count of the o200k tokenizer.
    assert listing_tokens(opened) * 1.12 <= 5_000


def test_the_preset_for_chatgpt_covers_both_scenarios_and_removes_nothing() -> None:
    """It is what most people will try first."""
    opened = {entry.tool.tool_id: entry.tool for entry in shipped().select(scope())}
    assert set(opened) >= RECEIVABLES | PAYABLES
    assert not {tool.method for tool in opened.values()} & {"delete", "void"}


def test_every_source_of_free_text_search_asks_its_own_record() -> None:
    """The executor refuses a query about another record than the tool's."""
    sources = shipped().companions.knowledge
    assert {source.kind for source in sources} >= {"customer", "vendor", "item", "invoice", "bill", "payment"}
    for source in sources:
        entity = shipped().find(source.list_tool).operation.entity
        assert shipped().find(source.get_tool).operation.entity == entity
        for query in filter(None, (source.text_query, source.party_query)):
            assert query.startswith(f"select * from {entity} where ")

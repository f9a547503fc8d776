"""Whoever asks in an accountant's words is led to the right tool of the shipped catalog."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chassis.grants import Scope
from services.registry.definitions import parse_document
from tests.catalog.listed import shipped

EVERYTHING = Scope(methods=("read", "write", "custom"))

Questions = dict[str, list[dict[str, Any]]]


@cache
def questions() -> Questions:
    """Every question, by the part of the file it stands in."""
    path = Path(__file__).with_name("questions.yaml")
    content: Questions = parse_document(path.name, path.read_text(encoding="utf-8")).content
    return content


def shares(*parts: str) -> tuple[float, float]:
    """How many of a hundred questions have a right tool among the first five, and as the first."""
    asked = [one for part in parts for one in questions()[part]]
    found = [[entry.tool.tool_id for entry in shipped().search(one["ask"], EVERYTHING, 5)] for one in asked]
    right = [(set(hits) & set(one["expect"]), hits[:1]) for one, hits in zip(asked, found, strict=True)]
    five = sum(1 for good, _ in right if good)
    first = sum(1 for good, best in right if good & set(best))
    return 100 * five / len(asked), 100 * first / len(asked)


def test_every_expected_tool_is_there() -> None:
    """A question about a tool that was renamed would fail for another reason than the search."""
    expected = {tool for part in questions().values() for one in part for tool in one["expect"]}
    assert expected <= set(shipped().by_tool_id)
    assert {part: len(asked) for part, asked in questions().items()} == {"tuned": 60, "held_out": 20, "fresh": 20}


def test_eighty_questions_find_their_tool() -> None:
    """A model in discovery mode reads the first few names and seldom asks twice."""
    five, first = shares("tuned", "held_out")
    assert five >= 95
    assert first >= 75


@pytest.mark.parametrize(("part", "least_five", "least_first"), [("held_out", 95, 75), ("fresh", 85, 65)])
def test_questions_that_no_word_was_chosen_for_fare_nearly_as_well(
    part: str, least_five: float, least_first: float
) -> None:
    """The vocabulary must know the trade, not the test."""
    five, first = shares(part)
    assert five >= least_five
    assert first >= least_first


def test_a_search_stays_within_its_scope() -> None:
    """A hidden tool does not exist, for a search neither."""
    narrow = Scope(methods=("read",), tags=("purchases",))
    for one in questions()["tuned"]:
        for entry in shipped().search(one["ask"], narrow, 50):
            assert narrow.allows(entry.tool.method, entry.tool.tags, entry.tool.tool_id)


@pytest.mark.parametrize("query", ["", "   ", "the of an", "xylophone quartz", "★ ÄÖ 你好", "'; -- ;", "a" * 400])
def test_words_that_fit_nothing_find_nothing(query: str) -> None:
    """Nothing found is said; a guess would be called."""
    assert shipped().search(query, EVERYTHING, 8) == ()


def test_the_same_question_has_the_same_answer() -> None:
    """Replicas answer alike, and so do two runs."""
    hits = shipped().search("record a vendor bill", EVERYTHING, 8)
    assert hits == shipped().search("record a vendor bill", EVERYTHING, 8)
    assert len(hits) > 1


def test_misspelt_words_are_understood() -> None:
    """People type fast."""
    found = [entry.tool.tool_id for entry in shipped().search("unpaid invioces", EVERYTHING, 5)]
    assert "list_all_quick_books_invoices" in found

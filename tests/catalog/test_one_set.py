"""Listed, callable and searchable are one set: over ten thousand filters, that of a model in ten lines."""

from __future__ import annotations

import random

from chassis.grants import Scope
from services.registry.companions import Vocabulary
from services.registry.model import Entry
from services.registry.search import SearchIndex
from tests.catalog.listed import shipped

FILTERS = 10_000
SEED = 20261122

# A word that stands in the name of every tool, so that a search for it finds whatever a search may find.
COMMON_WORD = "quick"


def kinds() -> list[Entry]:
    """One tool of each combination of method and tags: to a filter by these, the others are the same."""
    return list({(entry.tool.method, entry.tool.tags): entry for entry in shipped().entries}.values())


def model(entry: Entry, methods: list[str], tags: list[str], tools: list[str]) -> bool:
    """The rule, in the words of the seed article."""
    method = entry.tool.method
    group = {"list": "read", "get": "read", "create": "write", "update": "write", "delete": "write"}.get(
        method, "custom"
    )
    if method not in methods and group not in methods:
        return False
    if tags and not set(tags) & set(entry.tool.tags):
        return False
    return not tools or entry.tool.tool_id in tools


def test_listed_callable_and_searchable_are_one_set() -> None:
    """A tool too many is a breach; one that is listed and refused, or found and not listed, is a support call."""
    dice, entries = random.Random(SEED), kinds()
    catalog = shipped()
    index = SearchIndex(entries, catalog.resource_of, Vocabulary())
    names = [entry.tool.tool_id for entry in entries]
    methods_there = [*catalog.methods, "read", "write", "custom", "unheard_of"]
    tags_there = [*catalog.tags, "unheard_of"]
    for _ in range(FILTERS):
        methods = dice.sample(methods_there, dice.randint(1, 4))
        tags = dice.sample(tags_there, dice.choice((0, 0, 1, 2, 3)))
        tools = dice.sample([*names, "no_such_tool"], dice.choice((0, 0, 0, 1, 5, 20)))
        scope = Scope(methods=tuple(methods), tags=tuple(tags), tools=tuple(tools))

        expected = [entry.tool.tool_id for entry in entries if model(entry, methods, tags, tools)]
        # The executor and auth ask of one tool; its operation says method and tags.
        called = [e.tool.tool_id for e in entries if scope.allows(e.tool.method, e.tool.tags, e.tool.tool_id)]
        searched = {entry.tool.tool_id for entry in index.find(COMMON_WORD, scope, len(entries))}
        assert called == expected, scope
        assert searched == set(expected), scope


def test_the_edge_lists_and_calls_what_the_registry_selects() -> None:
    """The edge's set is the registry's listing; over the whole catalog that is the rule of the test above."""
    dice, catalog = random.Random(SEED), shipped()
    for _ in range(FILTERS):
        methods = dice.sample([*catalog.methods, "read", "write", "custom"], dice.randint(1, 3))
        tags = dice.sample(catalog.tags, dice.choice((0, 1, 2)))
        tools = dice.sample(list(catalog.by_tool_id), dice.choice((0, 0, 10, 60)))
        scope = Scope(methods=tuple(methods), tags=tuple(tags), tools=tuple(tools))

        expected = [entry for entry in catalog.entries if model(entry, methods, tags, tools)]
        assert list(catalog.list(scope).entries) == expected
        assert list(catalog.select(scope)) == expected

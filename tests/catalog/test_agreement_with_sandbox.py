"""The catalog and the sandbox were written apart from the same documentation: where they meet, they must agree."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.facts import facts
from sandbox.query_parse import parse
from services.registry.model import Entry, Location
from tests.catalog.listed import arguments_of, parts_of, shipped

ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in shipped().entries]
LISTS = [p for p in ENTRIES if p.values[0].tool.method == "list"]  # type: ignore[union-attr]
REQUIRED_OF = {"create": "create", "update": "sparse_update"}


def taught_filters(entry: Entry) -> list[str]:
    """The fields that a list's description names."""
    found = re.search(r"Filters: (.*?)\. Example", entry.tool.description)
    assert found is not None
    return found[1].split(", ")


def members_of(entry: Entry) -> dict[str, Any]:
    """Arguments that are members of the record."""
    named = {p.argument for p in entry.operation.placements if p.location is Location.BODY and p.target == p.argument}
    return {name: part for name, part in arguments_of(entry)["properties"].items() if name in named - {"SyncToken"}}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_member_exists_and_is_writable(entry: Entry) -> None:
    """An unknown member is refused with 2010; a read-only one is ignored without a word."""
    fields = facts().entities[entry.operation.entity].fields
    for name, part in members_of(entry).items():
        assert name in fields
        assert not fields[name].read_only, name
        longest = fields[name].max_length
        assert longest is None or part.get("maxLength", longest) == longest, name


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].tool.method in REQUIRED_OF])  # type: ignore[union-attr]
def test_what_quickbooks_requires_is_required(entry: Entry) -> None:
    """A missing member costs a call and a 2020."""
    required = getattr(facts().entities[entry.operation.entity].required, REQUIRED_OF[entry.tool.method])
    assert set(required) <= set(arguments_of(entry).get("required", ()))


@pytest.mark.parametrize("entry", LISTS)
def test_every_taught_filter_can_be_filtered(entry: Entry) -> None:
    """QuickBooks answers an unfilterable field with 4001, and a model retries the same thing."""
    fields = facts().entities[entry.operation.entity].fields
    for name in taught_filters(entry):
        assert name == "MetaData.LastUpdatedTime" or fields[name].filterable, name


@pytest.mark.parametrize("entry", LISTS)
def test_the_example_query_is_one(entry: Entry) -> None:
    """Models copy examples."""
    query = parse(entry.tool.description.partition("Example: ")[2])
    assert query.entity == entry.operation.entity
    fields = facts().entities[entry.operation.entity].fields
    assert all(fields[condition.field].filterable for condition in query.where)
    assert {condition.field for condition in query.where} <= set(taught_filters(entry))
    assert all(fields[order.field].sortable for order in query.order)


@pytest.mark.parametrize("entry", ENTRIES)
def test_nested_members_exist(entry: Entry) -> None:
    """A made-up member of a line or an address would be refused by QuickBooks, not here."""
    known = {name for nested in facts().types.values() for name in nested.fields} | {"value", "name"}
    for path, part in parts_of(arguments_of(entry)):
        if path.strip("[]"):
            assert set(part.get("properties", ())) <= known, path

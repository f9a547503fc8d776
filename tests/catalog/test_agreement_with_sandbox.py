"""The catalog and the sandbox were written apart from the same documentation: where they meet, they must agree."""

from __future__ import annotations

import re

import pytest

from sandbox.facts import facts
from sandbox.query_fields import column
from sandbox.query_parse import parse
from services.registry.model import Entry, ResultShape
from tests.catalog.listed import arguments_of, members_of, parts_of, shipped

KNOWN = [entry for entry in shipped().entries if entry.operation.entity in facts().entities]
ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in KNOWN]
LISTS = [
    pytest.param(entry, id=entry.tool.tool_id) for entry in KNOWN if entry.operation.result_shape is ResultShape.PAGE
]
REQUIRED_OF = {"create": "create", "update": "sparse_update"}


def taught_filters(entry: Entry) -> list[str]:
    """The fields that a list's description names beside those of its example."""
    found = re.search(r"Filters: (.*)\.$", entry.tool.description)
    return found[1].split(", ") if found else []


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_member_exists_and_is_writable(entry: Entry) -> None:
    """An unknown member is refused with 2010; a read-only one is ignored without a word."""
    fields = facts().entities[entry.operation.entity].fields
    # A template's own members are read from the transaction that it wraps, so the table calls them read-only.
    is_wrapper = bool(facts().entities[entry.operation.entity].wraps)
    for name, part in members_of(entry).items():
        assert name in fields
        assert is_wrapper or not fields[name].read_only, name
        longest = fields[name].max_length
        assert longest is None or part.get("maxLength", longest) <= longest, name


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
        assert "." in name or fields[name].filterable, name


@pytest.mark.parametrize("entry", LISTS)
def test_the_example_query_is_one(entry: Entry) -> None:
    """Models copy examples."""
    conditions = re.search(r"Example: (.*?)\.(?: Filters: |$)", entry.tool.description)
    assert conditions is not None
    query = parse(f"select * from {entry.operation.entity} {conditions[1]}")
    assert query.entity == entry.operation.entity
    entity = facts().entities[entry.operation.entity]
    assert all(column(entity, condition.field).filterable for condition in query.where)
    assert query.where
    assert all(column(entity, order.field).sortable for order in query.order)


@pytest.mark.parametrize("entry", ENTRIES)
def test_nested_members_exist(entry: Entry) -> None:
    """A made-up member of a line or an address would be refused by QuickBooks, not here."""
    known = {name for nested in facts().types.values() for name in nested.fields} | {"value", "name"}
    for path, part in parts_of(arguments_of(entry)):
        if path.strip("[]"):
            assert path == ".more" or set(part.get("properties", ())) <= known | {"type"}, path


TOOLS_OF = {
    "create": ("create",),
    "read": ("get",),
    "query": ("list",),
    "update_full": ("update",),
    "update_sparse": ("update",),
    "delete": ("delete",),
    "void": ("void",),
    "pdf": ("download",),
    "send": ("send",),
    "upload": ("upload",),
    "download": ("download",),
}


@pytest.mark.parametrize("name", sorted(facts().entities))
def test_every_operation_of_quickbooks_is_a_tool_or_says_why_not(name: str) -> None:
    """What is neither would be missed by whoever needs it, and asked for again and again."""
    methods = {entry.tool.method for entry in shipped().entries if entry.operation.entity == name}
    reasons = {c.method for resource in shipped().resources for c in resource.capabilities if c.missing}
    for operation in facts().entities[name].operations:
        assert methods & set(TOOLS_OF[operation]) or operation in reasons, operation

"""Every argument that is required or typed is checked before QuickBooks is troubled, and named when it is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from services.executor.arguments import check_arguments
from services.executor.errors import ArgumentsInvalid
from services.registry.model import Entry
from tests.catalog.listed import arguments_of, shipped
from tests.catalog.test_calls_accepted import operation_of
from tools.examples import example_of

ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in shipped().entries]

WRONG: Mapping[str, Any] = {
    "string": 5,
    "number": "five",
    "integer": "five",
    "boolean": "yes",
    "object": "text",
    "array": "text",
}
"""A value of another type, for each type."""


def refused_fields(entry: Entry, arguments: Any) -> list[str]:
    """The fields that a call is refused for; empty when it is not."""
    try:
        check_arguments(operation_of(entry), msgspec.json.encode(arguments))
    except ArgumentsInvalid as refusal:
        return [violation.field for violation in refusal.violations]
    return []


def typed_members(entry: Entry) -> Iterator[tuple[str, str, Any]]:
    """Every argument, those in `more` too, as its path, its type and the arguments with a wrong value there."""
    example, properties = example_of(entry), arguments_of(entry)["properties"]
    for name, part in properties.items():
        yield name, part["type"], {**example, name: WRONG[part["type"]]}
    for name, part in properties.get("more", {}).get("properties", {}).items():
        yield f"more.{name}", part["type"], {**example, "more": {name: WRONG[part["type"]]}}


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_example_of_the_reference_is_valid(entry: Entry) -> None:
    """Readers copy it; and without a good call, the refusals below would prove nothing."""
    assert refused_fields(entry, example_of(entry)) == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_missing_argument_is_named(entry: Entry) -> None:
    """A model corrects itself when it is told what is missing, and guesses when it is not."""
    example = example_of(entry)
    for name in arguments_of(entry).get("required", ()):
        without = {other: value for other, value in example.items() if other != name}
        assert refused_fields(entry, without) == [name]


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_argument_of_another_type_is_named(entry: Entry) -> None:
    """QuickBooks answers such a call with a parser's words, or takes an amount for something else."""
    for path, kind, arguments in typed_members(entry):
        assert set(refused_fields(entry, arguments)) == {path}, (path, kind)


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_unknown_argument_is_named(entry: Entry) -> None:
    """Dropped in silence, a filter that does not exist would answer more than was asked for."""
    assert refused_fields(entry, {**example_of(entry), "colour": "green"}) == ["colour"]
    if "more" in arguments_of(entry)["properties"]:
        assert refused_fields(entry, {**example_of(entry), "more": {"colour": "green"}}) == ["more.colour"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_rarer_argument_outside_of_more_is_shown_its_place(entry: Entry) -> None:
    """A model that knows QuickBooks writes it where QuickBooks has it; one sentence puts it right."""
    for name in arguments_of(entry)["properties"].get("more", {}).get("properties", {}):
        with pytest.raises(ArgumentsInvalid, match="it belongs into `more`"):
            check_arguments(operation_of(entry), msgspec.json.encode({**example_of(entry), name: "x"}))

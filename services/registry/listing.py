"""What listings show of arguments, and what only their detail says.

A model reads every listing whole, so a listing has each name and type, and depth only where a call would otherwise go
wrong. The detail has the rest: lengths, patterns, choices, nested members. Calls are held against the detail; whatever
it accepts, the listing does too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.registry.model import Schema

_LISTED = "x-listed"

MORE = "more"
"""The argument whose members are the rarer arguments, so that a listing need not name them."""

# What a listing keeps of a schema: enough to get the type right. The rest is for those who ask for the detail.
_LISTED_WORDS = ("type", "enum", "items", "properties", "required")

_FEW_CHOICES = 3
"""Choices that a listing repeats even where a member is optional: each of them costs every reader."""


def rarer_arguments(properties: Mapping[str, Schema]) -> frozenset[str]:
    """Names of the arguments that belong into `more`."""
    return frozenset(name for name, schema in properties.items() if schema.get(_LISTED) == MORE)


def with_rarer_apart(properties: Mapping[str, Schema]) -> dict[str, Schema]:
    """Arguments with the rarer ones as members of `more`, which is as closed as the root is."""
    rarer = rarer_arguments(properties)
    apart: dict[str, Schema] = {name: schema for name, schema in properties.items() if name not in rarer}
    if rarer:
        members = {name: schema for name, schema in properties.items() if name in rarer}
        apart[MORE] = {"type": "object", "properties": members, "additionalProperties": False}
    return apart


def detailed(properties: Mapping[str, Schema]) -> dict[str, Any]:
    """Arguments with everything that a call is held against."""
    return {name: _without_listing(schema) for name, schema in properties.items()}


def listed(properties: Mapping[str, Schema], required: Iterable[str] | None) -> dict[str, Any]:
    """Arguments as a listing shows them; whatever the detail accepts, this does too.

    Args:
        required: these keep their depth, with those that are marked `x-listed: full`; of the rest a model sees name and
            type. None: of all of them.
    """
    if required is None:
        return {name: _brief(schema) for name, schema in properties.items()}
    deep = {*required, *(name for name, schema in properties.items() if schema.get(_LISTED) == "full")}
    return {name: _full(schema) if name in deep else _brief(schema) for name, schema in properties.items()}


def _without_listing(schema: Schema) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key != _LISTED}
    if "properties" in schema:
        kept["properties"] = detailed(schema["properties"])
    if "items" in schema:
        kept["items"] = _without_listing(schema["items"])
    return kept


def _full(schema: Schema) -> dict[str, Any]:
    kept = {key: schema[key] for key in _LISTED_WORDS if key in schema}
    if "properties" in kept:
        shown = {name: part for name, part in schema["properties"].items() if part.get(_LISTED) != "never"}
        kept["properties"] = {
            name: _brief(part) if part.get(_LISTED) == "brief" else _full(part) for name, part in shown.items()
        }
        # One member alone needs no word that it is needed.
        if len(shown) == 1:
            kept.pop("required", None)
    if "items" in kept:
        kept["items"] = _full(schema["items"])
    return kept


def _brief(schema: Schema) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": schema["type"]}
    if len(schema.get("enum", ())) in range(1, _FEW_CHOICES + 1) and schema.get(_LISTED) != "brief":
        kept["enum"] = schema["enum"]
    if "items" in schema:
        kept["items"] = {"type": schema["items"]["type"]}
    return kept

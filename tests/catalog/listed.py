"""The shipped catalog as its users meet it: names, schemas, placements, as plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from services.registry.catalog import Catalog
from services.registry.loader import CATALOG_ROOT, load_catalog
from services.registry.model import Entry, Location

METHODS = ("list", "get", "create", "update", "delete", "void", "send", "download", "upload")


@cache
def shipped() -> Catalog:
    """The catalog that a room serves by default."""
    return load_catalog(CATALOG_ROOT / "quickbooks")


def arguments_of(entry: Entry) -> dict[str, Any]:
    """The schema of a tool's arguments in full: what a call is held against."""
    schema: dict[str, Any] = msgspec.json.decode(entry.tool.detail_schema_json)
    return schema


def listing_of(entry: Entry) -> dict[str, Any]:
    """The schema of a tool's arguments as a listing shows it."""
    schema: dict[str, Any] = msgspec.json.decode(entry.tool.input_schema_json)
    return schema


def members_of(entry: Entry) -> dict[str, Any]:
    """Arguments that are members of the record, the rarer ones among them; none where the record is wrapped once more."""
    if any(p.location is Location.WRAPPER for p in entry.operation.placements):
        return {}
    placed = [p for p in entry.operation.placements if p.argument == p.target or p.location is Location.MEMBERS]
    direct = {p.argument for p in placed if p.location is Location.BODY} - {"SyncToken"}
    properties = arguments_of(entry)["properties"]
    rarer = properties.get("more", {}).get("properties", {}) if any(p.argument == "more" for p in placed) else {}
    return {**{name: part for name, part in properties.items() if name in direct}, **rarer}


def result_of(entry: Entry) -> dict[str, Any]:
    """The published schema of a tool's result."""
    schema: dict[str, Any] = msgspec.json.decode(entry.tool.output_schema_json)
    return schema


def parts_of(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in a schema, with its path."""
    yield path, schema
    for name, member in schema.get("properties", {}).items():
        yield from parts_of(member, f"{path}.{name}")
    if "items" in schema:
        yield from parts_of(schema["items"], f"{path}[]")

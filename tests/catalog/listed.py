"""The shipped catalog as its users meet it: names, schemas, placements, as plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from services.registry.catalog import Catalog
from services.registry.loader import CATALOG_ROOT, load_catalog
from services.registry.model import Entry

METHODS = ("list", "get", "create", "update", "delete", "void")


@cache
def shipped() -> Catalog:
    """The catalog that a room serves by default."""
    return load_catalog(CATALOG_ROOT / "quickbooks")


def arguments_of(entry: Entry) -> dict[str, Any]:
    """The published schema of a tool's arguments."""
    schema: dict[str, Any] = msgspec.json.decode(entry.tool.input_schema_json)
    return schema


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

"""The reference page of all tools, derived from the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from services.registry.catalog import Catalog
from services.registry.loader import CATALOG_ROOT, load_catalog
from services.registry.model import Entry, Location
from tools.examples import example_of, request_of

_HEAD = """# Tools

What Daybook offers on a QuickBooks company. A server's `methods` and `tags` choose among these: `read` is `list` and
`get`, `write` is `create`, `update` and `delete`, `custom` is every other method; a tool has to be opened by both.
Arguments are shown in full, as a call is held against them; listings show names and types, and depth where a call needs
it ([why](../decisions/0008-listings-are-brief.md)). Arguments in `more` are the rarer ones. Ids in the examples are
those of the [sandbox](../sandbox.md)'s first company.

"""


def tools_page(head: str) -> str:
    """The whole page.

    Args:
        head: says where the page comes from.
    """
    catalog = load_catalog(CATALOG_ROOT / "quickbooks")
    text = head + _HEAD + "".join(_overview(catalog))
    text += "".join(_tool(entry) for entry in catalog.entries)
    return text + "".join(_not_tools(catalog))


def _overview(catalog: Catalog) -> Iterator[str]:
    yield f"{len(catalog.entries)} tools. Tags: {', '.join(f'`{tag}`' for tag in catalog.tags)}.\n"


def _tool(entry: Entry) -> str:
    tool = entry.tool
    tags = ", ".join(f"`{tag}`" for tag in tool.tags)
    facts = f"Method `{tool.method}`, effect {tool.effect.value}; tags {tags}.\n\n{_escaped(tool.description)}\n\n"
    example = msgspec.json.format(msgspec.json.encode(example_of(entry)), indent=0).decode()
    lines = f"Calls `{request_of(entry)}`.\n\n" + "".join(_arguments(entry))
    return f"\n## `{tool.tool_id}`\n\n{facts}{lines}Example: `{example}`\n"


def _arguments(entry: Entry) -> Iterator[str]:
    schema = msgspec.json.decode(entry.tool.detail_schema_json)
    if not schema["properties"]:
        return
    yield "| Argument | Type | Becomes |\n| --- | --- | --- |\n"
    places = {p.argument: p for p in entry.operation.placements}
    for name, part in schema["properties"].items():
        needed = ", required" if name in schema.get("required", ()) else ""
        place = places[name]
        yield f"| `{name}` | {_kind(part)}{needed} | {_PLACES[place.location].format(place.target)} |\n"
        if name == "more":
            for rarer, inner in part["properties"].items():
                yield f"| `more.{rarer}` | {_kind(inner)} | {_PLACES[_RARER[place.location]].format(rarer)} |\n"
    yield "\n"


_PLACES = {
    Location.PATH: "a part of the path",
    Location.QUERY: "query parameter `{}`",
    Location.BODY: "member `{}`",
    Location.QUERY_LANGUAGE: "the query",
    Location.PAGING: "the page",
    Location.WRAPPER: "the key round the record",
    Location.MEMBERS: "members of the record",
    Location.FILE: "the file",
    Location.BATCH: "the items of the batch",
    Location.PARAMETERS: "query parameters",
}
_RARER = {Location.MEMBERS: Location.BODY, Location.PARAMETERS: Location.QUERY}


def _kind(schema: Mapping[str, Any]) -> str:
    """A type in words, with its choices and limits."""
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}"
    if schema["type"] == "object":
        members = ", ".join(f"`{name}`" for name in schema.get("properties", ()))
        return f"object: {members}" if members else "object"
    limits = [f"at most {schema['maxLength']} characters"] if "maxLength" in schema else []
    limits += [f"one of {', '.join(map(str, schema['enum']))}"] if "enum" in schema else []
    limits += [_escaped(schema["description"])] if "description" in schema else []
    return "; ".join([str(schema.get("format", schema["type"])), *limits])


def _not_tools(catalog: Catalog) -> Iterator[str]:
    yield "\n# What is not a tool\n\n| Of | Operation | Why not |\n| --- | --- | --- |\n"
    for resource in catalog.resources:
        for capability in resource.capabilities:
            if capability.missing:
                operation = capability.method.replace("_", " ")
                yield f"| {resource.name.replace('_', ' ')} | {operation} | {_escaped(capability.missing)} |\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")

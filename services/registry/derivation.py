"""From a method's definition to the tool that a model sees, with the operation behind it.

Pure. Each property of the input schema gets exactly one place in the request; what can't be placed is complained of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from chassis.grants import METHOD_GROUPS
from services.registry.definitions import Document
from services.registry.errors import CatalogBroken
from services.registry.listing import MORE, detailed, listed, rarer_arguments, with_rarer_apart
from services.registry.model import (
    BodySlice,
    Effect,
    Entry,
    Location,
    MethodDefinition,
    Operation,
    Placement,
    ResourceDefinition,
    ResultShape,
    Schema,
    Tool,
)
from services.registry.schemas import body_members, input_schema, output_schema

MAX_DESCRIPTION = 1_000
"""Characters. Clients cut at about 2,000; every one of them costs the model that reads the list."""

# 64 is the limit of the strictest MCP clients.
_TOOL_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_WORD = re.compile(r"\{([a-z_]+)\}")

# Where an object goes that carries arguments which would have gone there by themselves.
_CARRIERS = {Location.BODY: Location.MEMBERS, Location.QUERY: Location.PARAMETERS}

# What the executor puts into a path by itself: the company that the grant names.
_IMPLICIT = frozenset({"realm_id"})


def derive_entry(document: Document, resource: ResourceDefinition, method: MethodDefinition, record: Schema) -> Entry:
    """Derive one tool.

    Args:
        document: the resource's file, for complaints.
        record: the record's schema, references in place.

    Raises:
        CatalogBroken: the definition contradicts itself or its schema.
    """
    words = {**resource.words, "filters": ", ".join(_other_filters(method)), "example": method.example}
    members = body_members(record, method.body)
    entry = Entry(tool=_tool(resource, method, members, words), operation=_operation(resource, method, members, words))
    problems = [
        *_text_problems(entry),
        *_effect_problems(method),
        *_body_problems(resource, method, record, members),
        *_path_problems(method, entry),
    ]
    if problems:
        raise CatalogBroken(
            [document.complaint(("methods", method.method, *key.split(".")), text) for key, text in problems]
        )
    return entry


def _other_filters(method: MethodDefinition) -> list[str]:
    """Filters that the example does not show already; Id, which every record has, only where there is no other."""
    others = [name for name in method.filters if name not in method.example]
    return [name for name in others if name != "Id"] or others or list(method.filters)


def _tool(
    resource: ResourceDefinition, method: MethodDefinition, members: Mapping[str, Schema], words: Mapping[str, str]
) -> Tool:
    arguments = {argument.name: _filled(argument.schema, words) for argument in method.arguments}
    accepted = with_rarer_apart({**arguments, **members})
    required = [argument.name for argument in method.arguments if argument.is_required]
    required += [name for name in method.required if name in members]
    # Who changes a record has read it, and knows from it what its members look like.
    deep = required if method.body is not BodySlice.UPDATE else None
    return Tool(
        tool_id=_fill(method.tool, words),
        title=_fill(method.title, words),
        description=_fill(f"{method.description} {method.guidance}".strip(), words),
        method=method.method,
        tags=method.tags,
        effect=method.effect,
        is_idempotent=method.is_idempotent,
        is_open_world=method.is_open_world,
        input_schema_json=msgspec.json.encode(input_schema(listed(accepted, deep), required)),
        detail_schema_json=msgspec.json.encode(input_schema(detailed(accepted), required)),
        output_schema_json=msgspec.json.encode(output_schema(method.result, resource.record)),
    )


def _operation(
    resource: ResourceDefinition, method: MethodDefinition, members: Mapping[str, Schema], words: Mapping[str, str]
) -> Operation:
    named = [Placement(argument=a.name, location=a.place, target=a.target) for a in method.arguments]
    has_body = method.http_method != "GET" and method.has_body
    of_record = [Placement(argument=name, location=Location.BODY, target=name) for name in members]
    placements = [*named, *of_record]
    rarer = rarer_arguments({**{a.name: a.schema for a in method.arguments}, **members})
    return Operation(
        entity=resource.entity,
        http_method=method.http_method,
        path_template=_fill(method.path, words),
        fixed_query=method.fixed_query,
        fixed_body_json=msgspec.json.encode(method.fixed_body) if has_body else b"",
        placements=(*(p for p in placements if p.argument not in rarer), *_carrier(placements, rarer)),
        result_shape=method.result,
        takes_request_id=method.takes_request_id,
    )


def _carrier(placements: Iterable[Placement], rarer: frozenset[str]) -> Iterator[Placement]:
    """The one place of all rarer arguments together."""
    locations = {p.location for p in placements if p.argument in rarer}
    for location in locations:
        yield Placement(argument=MORE, location=_CARRIERS[location], target=MORE)


def _text_problems(entry: Entry) -> Iterator[tuple[str, str]]:
    tool = entry.tool
    if not _TOOL_ID.fullmatch(tool.tool_id):
        yield "tool", f"{tool.tool_id!r} is not a tool name: at most 64 of a-z, 0-9 and _, a letter first"
    if len(tool.description) > MAX_DESCRIPTION:
        yield "description", f"{len(tool.description)} characters with its guidance; at most {MAX_DESCRIPTION}"
    for key, text in (("title", tool.title), ("description", tool.description)):
        for word in _WORD.findall(text):
            yield key, f"{{{word}}} stands for nothing here"


def _effect_problems(method: MethodDefinition) -> Iterator[tuple[str, str]]:
    if method.method in METHOD_GROUPS["read"] and (method.effect is not Effect.READ or method.http_method != "GET"):
        yield "effect", "`methods: [read]` opens this method, so it must be a GET whose effect is read"
    if (method.effect is Effect.DESTROY) is not ("destructive" in method.tags):
        yield "tags", "the tag destructive goes with the effect destroy, and with no other"
    if method.takes_request_id and method.effect is Effect.READ:
        yield "takes_request_id", "only a write can be made safe to repeat"


def _body_problems(
    resource: ResourceDefinition, method: MethodDefinition, record: Schema, members: Mapping[str, Schema]
) -> Iterator[tuple[str, str]]:
    for argument in method.arguments:
        if argument.name in members:
            yield f"arguments.{argument.name}", f"is a member of schemas/{resource.schema} too, so it has two places"
    sent = [*(a.target for a in method.arguments if a.place is Location.BODY), *members, *method.fixed_body]
    for target in sorted({target for target in sent if sent.count(target) > 1}):
        yield "arguments", f"{target} is sent twice in the body"
    for name in method.required:
        if name not in members:
            state = "only the upstream writes it" if name in record["properties"] else "no such member"
            yield "required", f"{name} can't be required of schemas/{resource.schema}: {state}"
    if sent and (method.http_method == "GET" or not method.has_body):
        yield "http_method", "there is no body, but arguments go there"


def _path_problems(method: MethodDefinition, entry: Entry) -> Iterator[tuple[str, str]]:
    braces = set(_WORD.findall(entry.operation.path_template)) - _IMPLICIT
    placed = {p.target for p in entry.operation.placements if p.location is Location.PATH}
    for name in sorted(braces - placed):
        yield "path", f"{{{name}}} is filled by no argument"
    for name in sorted(placed - braces):
        yield "path", f"the argument for {{{name}}} has no place in {method.path}"
    asks = any(p.location is Location.QUERY_LANGUAGE for p in entry.operation.placements)
    if asks is not (method.result is ResultShape.PAGE):
        yield "result", "a page is the answer to a query_language argument, and to nothing else"
    if asks and not (method.filters and method.example):
        yield "filters", "a list teaches its query: give filters and an example"


def _fill(text: str, words: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: words.get(found[1]) or found[0], text)


def _filled(schema: Any, words: Mapping[str, str]) -> Any:
    """A schema with the words put into its texts."""
    if isinstance(schema, str):
        return _fill(schema, words)
    if isinstance(schema, Mapping):
        return {key: _filled(value, words) for key, value in schema.items()}
    return schema

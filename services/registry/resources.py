"""From a checked definition file, with what all have in common, to a resource and its methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.registry.definitions import Document
from services.registry.errors import CatalogBroken, Complaint
from services.registry.model import (
    ArgumentDefinition,
    BodySlice,
    Effect,
    Location,
    MethodDefinition,
    ResourceDefinition,
    ResultShape,
)
from services.registry.schemas import SchemaLibrary

# What a method cannot do without; a verb of its own gives them all, a standard one has them from the defaults.
_NEEDED = ("tool", "title", "effect", "is_idempotent", "http_method", "path", "result")


def define_resource(document: Document, defaults: Mapping[str, Any], library: SchemaLibrary) -> ResourceDefinition:
    """Build the resource that a file defines.

    Args:
        document: already valid by `catalog/resource.schema.json`.
        defaults: content of `_defaults.yaml`, valid as well.
        library: for the shapes that arguments refer to.

    Raises:
        CatalogBroken: a method leaves open what it needs, or refers to a shape that there is not.
    """
    content: dict[str, Any] = document.content
    settled = {name: _settle(name, content["methods"][name], defaults) for name in _in_order(content, defaults)}
    missing = [complaint for name, method in settled.items() for complaint in _missing(document, name, method)]
    if missing:
        raise CatalogBroken(missing)
    for name, method in settled.items():
        method["arguments"] = {
            key: {**given, "schema": library.argument(document, given["schema"], ("methods", name, "arguments", key))}
            for key, given in method.get("arguments", {}).items()
        }
    return ResourceDefinition(
        entity=content["entity"],
        schema=content.get("schema", ""),
        record=defaults["record"],
        words=_words(content, defaults),
        methods=tuple(_method(name, method, content["tags"]) for name, method in settled.items()),
        not_a_tool=content.get("not_a_tool", {}),
    )


def _in_order(content: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    """The resource's methods: those of the defaults first and in their order, then its own."""
    named = content["methods"]
    return [
        *(name for name in defaults["methods"] if name in named),
        *(n for n in named if n not in defaults["methods"]),
    ]


def _settle(name: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What a method says, over what the defaults say of it, or of the one that it is like; tags are joined."""
    common: Mapping[str, Any] = defaults["methods"].get(given.get("like", name), {})
    settled = {**common, **given, "tags": [*common.get("tags", ()), *given.get("tags", ())]}
    if "takes" in given:
        # What is not there to take is complained of as an argument without a place and a schema.
        settled["arguments"] = {name: settled.get("arguments", {}).get(name, {}) for name in given["takes"]}
    for shown in given.get("lists", ()):
        argument = settled["arguments"].get(shown, {})
        settled["arguments"][shown] = {**argument, "schema": {**argument.get("schema", {}), "x-listed": "brief"}}
    return settled


def _missing(document: Document, name: str, method: Mapping[str, Any]) -> list[Complaint]:
    problem = "this key is missing, here or in _defaults.yaml"
    untaken = "no argument of this name stands in _defaults.yaml"
    return [
        *(document.complaint(("methods", name, key), problem) for key in _NEEDED if key not in method),
        *(
            document.complaint(("methods", name, "takes"), f"{argument}: {untaken}")
            for argument, given in method.get("arguments", {}).items()
            if "place" not in given
        ),
    ]


def _words(content: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, str]:
    words = {key: content[key] for key in ("singular", "plural", "path", "entity") if key in content}
    spaced = {f"{key}_words": words[key].replace("_", " ") for key in ("singular", "plural") if key in words}
    return {"integration": defaults["integration"], "product": defaults["product"], **words, **spaced}


def _method(name: str, settled: Mapping[str, Any], tags: list[str]) -> MethodDefinition:
    return MethodDefinition(
        method=name,
        tool=settled["tool"],
        title=settled["title"],
        description=settled["description"],
        guidance=settled.get("guidance", ""),
        tags=tuple(sorted({*tags, *settled["tags"]})),
        effect=Effect(settled["effect"]),
        is_idempotent=settled["is_idempotent"],
        is_open_world=settled.get("is_open_world", False),
        http_method=settled["http_method"],
        path=settled["path"],
        arguments=tuple(_argument(key, value) for key, value in settled.get("arguments", {}).items()),
        body=BodySlice(settled.get("body", "none")),
        required=tuple(settled.get("required", ())),
        fixed_query=settled.get("fixed_query", {}),
        fixed_body=settled.get("fixed_body", {}),
        has_body=settled.get("has_body", True),
        takes_request_id=settled.get("takes_request_id", False),
        result=ResultShape(settled["result"]),
        filters=tuple(settled.get("filters", ())),
        example=settled.get("example", ""),
    )


def _argument(name: str, given: Mapping[str, Any]) -> ArgumentDefinition:
    return ArgumentDefinition(
        name=name,
        place=Location(given["place"]),
        target=given.get("target", name),
        is_required=given.get("is_required", False),
        schema=given["schema"],
    )

"""JSON Schemas: references put in place, members sliced for an operation, results outlined.

What is published has no `$ref`, single types, a closed root; the objects inside stay open, because a record that was
read comes back with members that only the upstream writes, and is then not refused for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.registry.definitions import Document, Path
from services.registry.errors import CatalogBroken, Complaint
from services.registry.model import BodySlice, ResultShape, Schema

# Words of the definition files that are not for readers of the published schema.
_OWN_WORDS = frozenset({"readOnly", "x-only"})

# A definition says what is in them, so that a detailed schema does.
_NEEDED = {"array": "items", "object": "properties"}


class SchemaLibrary:
    """The schema files of one integration, by file name."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents

    def record(self, name: str) -> Schema:
        """The schema of a record, every reference put in place; without a name, of a record without members.

        Raises:
            CatalogBroken: the file is absent, or a reference leads nowhere or into itself.
        """
        if not name:
            return {"type": "object", "properties": {}}
        if name not in self._documents:
            problem = "there is no such schema file; a resource names it as `schema`"
            raise CatalogBroken([Complaint(file=f"schemas/{name}", line=0, key="", problem=problem)])
        document = self._documents[name]
        return self._inline(document, document.content, (), ())

    def argument(self, document: Document, schema: Schema, path: Path) -> dict[str, Any]:
        """The schema of one argument, every reference put in place.

        Args:
            path: where it stands in the document, for complaints.

        Raises:
            CatalogBroken: a reference leads nowhere or into itself.
        """
        return self._inline(document, schema, path, ())

    def _inline(self, document: Document, schema: Schema, path: Path, trail: tuple[str, ...]) -> dict[str, Any]:
        if "$ref" in schema:
            return self._follow(document, schema, path, trail)
        kind = schema.get("type")
        if kind is None:
            raise CatalogBroken([document.complaint(path, "expected one `type`, or a `$ref`")])
        needed = _NEEDED.get(kind)
        if needed and needed not in schema:
            raise CatalogBroken(
                [document.complaint(path, f"an {kind} needs `{needed}`: some clients refuse it without")]
            )
        inlined = dict(schema)
        if "properties" in schema:
            inlined["properties"] = {
                name: self._inline(document, member, (*path, "properties", name), trail)
                for name, member in schema["properties"].items()
            }
        if "items" in schema:
            inlined["items"] = self._inline(document, schema["items"], (*path, "items"), trail)
        return inlined

    def _follow(self, document: Document, schema: Schema, path: Path, trail: tuple[str, ...]) -> dict[str, Any]:
        file, _, name = str(schema["$ref"]).partition("#/$defs/")
        # A document knows itself as schemas/<file>; a reference without a file stays in it.
        file = file or document.file.rpartition("/")[2]
        target = self._documents.get(file)
        if target is None or name not in target.content.get("$defs", {}):
            raise CatalogBroken([document.complaint((*path, "$ref"), f"{schema['$ref']} leads nowhere")])
        if f"{file}#{name}" in trail:
            raise CatalogBroken([document.complaint((*path, "$ref"), f"{schema['$ref']} leads into itself")])
        shape = target.content["$defs"][name]
        inlined = self._inline(target, shape, ("$defs", name), (*trail, f"{file}#{name}"))
        # What stands beside a reference is said of this use of it.
        return {**inlined, **{key: value for key, value in schema.items() if key != "$ref"}}


def body_members(record: Schema, body: BodySlice) -> dict[str, Any]:
    """The members of a record that a create or an update may send, ready to publish."""
    if body is BodySlice.NONE:
        return {}
    return _sliced_properties(record, body)


def input_schema(properties: Mapping[str, Schema], required: Iterable[str]) -> dict[str, Any]:
    """The published schema of a tool's arguments: one flat object, those that are required first."""
    needed = list(required)
    ordered = {name: properties[name] for name in (*needed, *(name for name in properties if name not in needed))}
    schema: dict[str, Any] = {"type": "object", "properties": ordered}
    if needed:
        schema["required"] = needed
    schema["additionalProperties"] = False
    return schema


def output_schema(shape: ResultShape, members: Mapping[str, Schema]) -> dict[str, Any]:
    """The published schema of a tool's result.

    Loose, and nothing is required: the upstream leaves out members without a value and adds new ones, and a result that
    reports an error has other members.
    """
    if shape in (ResultShape.RECORD, ResultShape.UPLOADED):
        outline: Mapping[str, str] = {name: schema["type"] for name, schema in members.items()}
    else:
        outline = _OUTLINES[shape]
    return {"type": "object", "properties": {name: {"type": kind} if kind else {} for name, kind in outline.items()}}


def _sliced(schema: Schema, body: BodySlice) -> dict[str, Any]:
    sliced = {key: value for key, value in schema.items() if key not in _OWN_WORDS}
    if "properties" in schema:
        sliced["properties"] = _sliced_properties(schema, body)
    if "items" in schema:
        sliced["items"] = _sliced(schema["items"], body)
    return sliced


# Untyped where null is an answer, on the last page: a union of types is more than some clients can read.
_OUTLINES: Mapping[ResultShape, Mapping[str, str]] = {
    ResultShape.PAGE: {"result": "array", "next_cursor": "", "result_count": "integer", "query": "string"},
    ResultShape.DELETED: {"id": "string", "status": "string"},
    ResultShape.REPORT: {"Header": "object", "Columns": "object", "Rows": "object"},
    ResultShape.CHANGES: {"result": "object", "result_count": "integer", "time": "string"},
    ResultShape.BATCH: {"result": "array", "result_count": "integer", "failed_count": "integer"},
    ResultShape.FILE: {
        "file_name": "string",
        "content_type": "string",
        "size": "integer",
        "content_base64": "string",
    },
    ResultShape.ADDRESS: {"url": "string"},
    ResultShape.XML: {},
}


def _sliced_properties(schema: Schema, body: BodySlice) -> dict[str, Any]:
    return {
        name: _sliced(member, body)
        for name, member in schema["properties"].items()
        if not member.get("readOnly") and member.get("x-only", body.value) == body.value
    }

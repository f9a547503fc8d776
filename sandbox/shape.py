"""Checking a request body against the facts.

Unknown members are refused (2010), read-only ones dropped in silence, every other value is checked for type, length
and enumeration. What comes out shares nothing with the body that came in.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.facts import Entity, Field, facts
from sandbox.faults import QuickBooksFault, fault, missing
from sandbox.scalars import read_scalar
from sandbox.wire import Document

ATTRIBUTES = frozenset({"domain", "sparse", "status"})
"""Members every entity may carry beside its fields."""
REFERENCE_MEMBERS = frozenset({"value", "name", "type"})


def accept(entity: Entity, body: Document) -> Document:
    """Return the writable members of a body.

    A member given as null or as an empty string stays in the result as None: a sparse update clears it, every other
    write treats it as left out.
    """
    given = {name: value for name, value in body.items() if name not in ATTRIBUTES}
    return _members(entity.fields, given, entity.name, path="")


def require(entity: Entity, members: Document, names: tuple[str, ...]) -> None:
    """Refuse a write that lacks one of the named members; an empty list counts as absent."""
    for name in names:
        if members.get(name) in (None, [], {}):
            raise missing(name)


def unreadable() -> QuickBooksFault:
    """Refuse a body that does not have the shape of its entity."""
    return fault("2010", reason="failed to parse json object; a property")


def unknown_member(name: str, type_name: str, fields: Mapping[str, Field]) -> QuickBooksFault:
    """Refuse a member QuickBooks does not know, in its own words."""
    known = ", ".join(f'"{field}"' for field in list(fields)[:20])
    reason = (
        f'Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{type_name}), not marked as ignorable '
        f"({len(fields)} known properties: {known} [truncated]])\n"
    )
    return fault("2010", reason=reason)


def _members(fields: Mapping[str, Field], given: Document, type_name: str, path: str) -> Document:
    accepted: Document = {}
    for name, value in given.items():
        field = fields.get(name)
        if field is None or (field.extension and value is not None):
            raise unknown_member(name, type_name, fields)
        if field.read_only or field.type == "any":
            continue
        accepted[name] = _value(field, value, f"{path}{name}")
    return accepted


def _value(field: Field, value: Any, path: str) -> Any:
    if value is None or value == "":
        return None
    if not field.array:
        return _single(field, value, path)
    if not isinstance(value, list):
        raise unreadable()
    return [_single(field, each, path) for each in value if each is not None]


def _single(field: Field, value: Any, path: str) -> Any:
    if field.type == "object":
        return _object(field, value, path)
    if field.type == "ref":
        return _reference(value, path)
    if isinstance(value, (dict, list)):
        raise unreadable()
    return read_scalar(field, value, path)


def _object(field: Field, value: Any, path: str) -> Document:
    if not isinstance(value, dict):
        raise unreadable()
    type_name = field.object or ""
    fields = facts().types[type_name].fields
    members = {n: v for n, v in _members(fields, value, type_name, f"{path}.").items() if v is not None}
    for name, inner in fields.items():
        if inner.required and name not in members:
            raise missing(f"{path}.{name}")
    return members


def _reference(value: Any, path: str) -> Document:
    if not isinstance(value, dict):
        raise unreadable()
    for name in value:
        if name not in REFERENCE_MEMBERS:
            raise fault("2010", reason=f'Unrecognized field "{name}" in {path}; a reference has value and name, which')
    if value.get("value") in (None, ""):
        raise missing(f"{path}.value")
    if isinstance(value["value"], (dict, list, bool)):
        raise unreadable()
    return {name: str(part) for name, part in value.items() if part is not None}

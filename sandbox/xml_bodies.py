"""Reading a request body in XML into the members its JSON would have."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from sandbox.facts import Entity, Field, facts
from sandbox.faults import fault
from sandbox.shape import unreadable
from sandbox.wire import Document


def read_xml(body: bytes, entity: Entity) -> Document:
    """Return the members of `<Invoice xmlns="http://schema.intuit.com/finance/v3">...`.

    Everything stays text: the checks behind read numbers and booleans from text as well as from JSON.

    Raises:
        QuickBooksFault: 2010 for what is no XML, 2000 for another root element.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        # No request needs a document type, and entities can be made to expand without end.
        raise unreadable()
    try:
        root = ET.fromstring(body)  # noqa: S314 - document types are refused above
    except ET.ParseError:
        raise unreadable() from None
    name = _local(root.tag)
    if name not in (entity.name, entity.key):
        raise fault("2000", name=name)
    return {**dict(root.attrib), **_members(entity.fields, root)}


def _members(fields: Mapping[str, Field], element: ET.Element) -> Document:
    members: Document = {}
    for child in element:
        name = _local(child.tag)
        field = fields.get(name)
        value = _value(field, child)
        if field is not None and field.array:
            members.setdefault(name, []).append(value)
        else:
            members[name] = value
    return members


def _value(field: Field | None, element: ET.Element) -> Any:
    if field is not None and field.type == "ref":
        return {"value": (element.text or "").strip(), **dict(element.attrib)}
    if field is not None and field.type == "object" and field.object:
        return _members(facts().types[field.object].fields, element)
    return (element.text or "").strip()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]

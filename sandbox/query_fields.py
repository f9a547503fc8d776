"""Looking up the fields a query names, with what may be asked of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.facts import Entity, Field, facts
from sandbox.faults import QuickBooksFault, fault
from sandbox.wire import Document

INNER = {"ref": ("value", "string"), "EmailAddress": ("Address", "string"), "MemoRef": ("value", "string")}
"""What a whole reference or address is compared by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A field of an entity as a query sees it."""

    name: str
    """In the spelling of the facts, dotted."""
    type: str
    filterable: bool
    sortable: bool
    read: Callable[[Document], Any]
    """The comparable value in one document: Decimal, bool, aware datetime or lower-case text; None if absent.

    A tuple of them where a document has several; each counts by itself, also when two conditions name one list.
    """


def column(entity: Entity, written: str) -> Column:
    """Find a field by name, in any case.

    Raises:
        QuickBooksFault: 4001, the entity has no such field.
    """
    parts = written.split(".")
    top = _lookup(entity.fields, parts[0])
    if top is None:
        raise unknown(entity, written)
    name, field = top
    path, leaf = _descend(entity, written, name, field, parts[1:])
    comparable_leaf = leaf != "object"
    return Column(
        name=".".join(path[: max(1, len(parts))]),
        type=leaf,
        filterable=field.filterable and comparable_leaf,
        sortable=field.sortable and comparable_leaf,
        read=_reader(tuple(path), leaf),
    )


def unknown(entity: Entity, written: str) -> QuickBooksFault:
    """Refuse a field the entity does not have."""
    return fault("4001", reason=f"Property {written} not found for Entity {entity.name}")


def comparable(kind: str, value: Any) -> Any:
    """Turn a stored value into what queries compare."""
    if value is None:
        return None
    if kind in ("decimal", "integer"):
        return value if type(value) is Decimal else Decimal(value)
    if kind == "date-time":
        return datetime.fromisoformat(value)
    return value if isinstance(value, bool) else str(value).casefold()


def _lookup(fields: dict[str, Field], written: str) -> tuple[str, Field] | None:
    if written in fields:
        return written, fields[written]
    wanted = written.lower()
    return next(((name, field) for name, field in fields.items() if name.lower() == wanted), None)


def _descend(entity: Entity, written: str, name: str, field: Field, rest: list[str]) -> tuple[list[str], str]:
    path = [name]
    for part in rest:
        if field.type == "ref" and part.lower() in ("value", "name", "type"):
            return [*path, part.lower()], "string"
        found = _lookup(facts().types[field.object].fields, part) if field.type == "object" and field.object else None
        if found is None:
            raise unknown(entity, written)
        path.append(found[0])
        field = found[1]
    inner = INNER.get("ref" if field.type == "ref" else field.object or "")
    return ([*path, inner[0]], inner[1]) if inner else (path, field.type)


def _reader(path: tuple[str, ...], kind: str) -> Callable[[Document], Any]:
    if len(path) == 1:
        name = path[0]
        return lambda document: comparable(kind, document.get(name))

    def read(document: Document) -> Any:
        found = tuple(comparable(kind, each) for each in _leaves(document, path))
        return found if len(found) > 1 else found[0] if found else None

    return read


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what a path leads to: several values where it passes through a list, as AttachableRef does."""
    for part in path:
        if isinstance(value, list):
            for each in value:
                yield from _leaves(each, path)
            return
        value, path = (value.get(part) if isinstance(value, dict) else None), path[1:]
    if value is not None:
        yield value

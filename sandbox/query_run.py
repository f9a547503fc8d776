"""Running a parsed query over one company's books."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.books import Books, Row
from sandbox.facts import Entity, facts
from sandbox.faults import QuickBooksFault, fault
from sandbox.query import Condition, Order, Query
from sandbox.query_fields import Column, column
from sandbox.query_parse import TODAY
from sandbox.wire import PACIFIC, Document

Test = Callable[[Document], bool]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The answer to a query, before it is written."""

    entity: Entity
    rows: list[Row]
    total: int
    """Rows that match, on every page."""


def run(books: Books, query: Query, now: datetime) -> Found:
    """Answer a query.

    Raises:
        QuickBooksFault: 4001 for an unknown entity or field, a field that does not filter or sort, an operator or a
            value its type does not take.
    """
    entity = facts().by_name(query.entity)
    if entity is None or "query" not in entity.operations:
        raise fault("4001", reason=f"invalid context declaration: {query.entity}")
    tests = [_test(entity, condition, now) for condition in _with_default(entity, query.where)]
    columns = [column(entity, name) for name in query.fields]
    keys = [(_sortable(entity, key), key) for key in query.order]
    rows = [row for row in books.rows[entity.name].values() if all(test(row.document) for test in tests)]
    total = len(rows)
    rows.sort(key=lambda row: _number(row.document["Id"]))
    for found, key in reversed(keys):
        rows.sort(key=_sort_key(found), reverse=key.descending)
    page = rows[query.start - 1 : query.start - 1 + query.limit]
    return Found(entity=entity, rows=[_projected(row, columns) for row in page] if columns else page, total=total)


def _with_default(entity: Entity, where: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Add what QuickBooks assumes: name lists show only active rows unless the query speaks of Active."""
    active = entity.fields.get("Active")
    shows_all = entity.kind != "name_list" or active is None or not active.filterable
    if shows_all or any(condition.field.lower() == "active" for condition in where):
        return where
    return (*where, Condition(field="Active", operator="=", values=("true",)))


def _test(entity: Entity, condition: Condition, now: datetime) -> Test:
    found = column(entity, condition.field)
    if not found.filterable:
        raise _not_queryable(found.name)
    _check_operator(found, condition)
    if condition.operator == "LIKE":
        return _like(found, condition.values[0])
    values = [_literal(found, value, now) for value in condition.values]
    if condition.operator == "IN":
        wanted = set(values)
        return lambda document: found.read(document) in wanted
    return _comparison(found, condition.operator, values[0])


def _comparison(found: Column, operator: str, wanted: Any) -> Test:
    compare = COMPARE[operator]
    if wanted is None:
        return lambda document: (found.read(document) in (None, "")) is (operator in ("=", "<="))

    def test(document: Document) -> bool:
        value = found.read(document)
        return value is not None and compare(value, wanted)

    return test


def _like(found: Column, pattern: str) -> Test:
    expression = re.compile(".*".join(re.escape(part) for part in pattern.casefold().split("%")), re.DOTALL)

    def test(document: Document) -> bool:
        value = found.read(document)
        return value is not None and expression.fullmatch(value) is not None

    return test


def _check_operator(found: Column, condition: Condition) -> None:
    if found.type == "id" and condition.operator not in ("=", "IN"):
        raise fault("4001", reason=f"operator {condition.operator} is not supported for property '{found.name}'")
    if condition.operator == "LIKE" and found.type not in ("string", "enum"):
        raise fault("4001", reason=f"operator LIKE is not supported for property '{found.name}'")


def _literal(found: Column, text: str, now: datetime) -> Any:
    """Read a value in the type of its column; an empty one means no value."""
    if text == "":
        return None
    if text == TODAY:
        text = now.astimezone(PACIFIC).date().isoformat()
    try:
        return _READ.get(found.type, str.casefold)(text)
    except (ValueError, InvalidOperation):
        raise fault("4001", reason=f"value '{text}' is not valid for property '{found.name}'") from None


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=PACIFIC)


def _day(text: str) -> str:
    return date.fromisoformat(text[:10]).isoformat()


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_READ: dict[str, Callable[[str], Any]] = {
    "decimal": Decimal,
    "integer": Decimal,
    "date": _day,
    "date-time": _instant,
    "boolean": _truth,
}


def _sortable(entity: Entity, order: Order) -> Column:
    found = column(entity, order.field)
    if not found.sortable:
        raise _not_queryable(found.name)
    return found


def _sort_key(found: Column) -> Callable[[Row], Any]:
    if found.type == "id":
        return lambda row: (True, _number(row.document["Id"]))

    def key(row: Row) -> Any:
        value = found.read(row.document)
        return (value is not None, value if value is not None else "")

    return key


def _projected(row: Row, columns: list[Column]) -> Row:
    """Keep only the selected members, as the sparse objects without SyncToken that QuickBooks answers."""
    names = {found.name.split(".")[0] for found in columns} | {"Id"}
    kept = {name: value for name, value in row.document.items() if name in names}
    return Row({"domain": "QBO", "sparse": True, **kept})


def _not_queryable(name: str) -> QuickBooksFault:
    return fault("4001", reason=f"property '{name}' is not queryable")


def _number(identifier: str) -> int:
    return int(identifier) if identifier.isdigit() else 0

"""Finding the rows a query's conditions ask for, by the indexes of their columns."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.facts import Entity
from sandbox.faults import QuickBooksFault, fault
from sandbox.indexes import Index
from sandbox.query import Condition
from sandbox.query_fields import Column, column
from sandbox.query_parse import TODAY
from sandbox.table import Table
from sandbox.wire import PACIFIC


def matching(entity: Entity, table: Table, conditions: tuple[Condition, ...], now: datetime) -> set[str] | None:
    """Return the ids that meet every condition; None when there is no condition.

    Raises:
        QuickBooksFault: 4001 for a field that is unknown or does not filter, an operator or a value its type does not
            take.
    """
    checked = [_checked(entity, condition, now) for condition in conditions]
    found: set[str] | None = None
    for named, operator, values in checked:
        matches = _ids(table, named, operator, values)
        found = matches if found is None else found & matches
    return found


def not_queryable(name: str) -> QuickBooksFault:
    """Refuse a field that does not filter or sort."""
    return fault("4001", reason=f"property '{name}' is not queryable")


def _checked(entity: Entity, condition: Condition, now: datetime) -> tuple[Column, str, tuple[Any, ...]]:
    """Check every condition before any is run, so that what a query answers never depends on what is stored."""
    found = column(entity, condition.field)
    if not found.filterable:
        raise not_queryable(found.name)
    if found.type == "id" and condition.operator not in ("=", "IN"):
        raise fault("4001", reason=f"operator {condition.operator} is not supported for property '{found.name}'")
    if condition.operator != "LIKE":
        return found, condition.operator, tuple(_literal(found, value, now) for value in condition.values)
    if found.type not in ("string", "enum"):
        raise fault("4001", reason=f"operator LIKE is not supported for property '{found.name}'")
    return found, "LIKE", condition.values


def _ids(table: Table, found: Column, operator: str, values: tuple[Any, ...]) -> set[str]:
    if found.name == "Id":
        return {value for value in values if value in table}
    index = table.index(found.name, found.read)
    if operator == "IN":
        return index.ids_of(values)
    if operator == "LIKE":
        return index.ids_of(_alike(index, values[0]))
    wanted = values[0]
    if wanted is None:
        return _without_value(index, operator)
    return index.ids_of((wanted,) if operator == "=" else index.compared(operator, wanted))


def _without_value(index: Index, operator: str) -> set[str]:
    """Compare with nothing: only `=` and `<=` find the rows that have no value, the others find those that do."""
    if operator in ("=", "<="):
        return index.ids_of((None, ""))
    return index.ids_of(value for value in index.values() if value != "")


def _alike(index: Index, pattern: str) -> list[str]:
    expression = re.compile(".*".join(re.escape(part) for part in pattern.casefold().split("%")), re.DOTALL)
    return [value for value in index.values() if expression.fullmatch(value) is not None]


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


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        # NaN compares with nothing, so it would come out as an error of the sandbox's own.
        raise ValueError(text)
    return number


_READ: dict[str, Callable[[str], Any]] = {
    "decimal": _number,
    "integer": _number,
    "date": _day,
    "date-time": _instant,
    "boolean": _truth,
    "id": str,
}

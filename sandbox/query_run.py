"""Running a parsed query over one company's books."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sandbox.books import Books, Row
from sandbox.facts import Entity, facts
from sandbox.faults import fault
from sandbox.indexes import Index, rank
from sandbox.query import Condition, Order, Query
from sandbox.query_fields import Column, column
from sandbox.query_match import matching, not_queryable
from sandbox.table import Table

Key = tuple[Column, Order]
SPARSE_SHARE = 8
"""Below an eighth of the table, sorting what was found is quicker than walking the whole table in order."""


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
    table = books.rows[entity.name]
    found = matching(entity, table, _with_default(entity, query.where), now)
    columns = [column(entity, name) for name in query.fields]
    keys = [(_sortable(entity, order), order) for order in query.order]
    total = len(table) if found is None else len(found)
    if query.counts:
        return Found(entity=entity, rows=[], total=total)
    start = query.start - 1
    page = [table[identifier] for identifier in islice(_in_order(table, found, keys), start, start + query.limit)]
    return Found(entity=entity, rows=[_projected(row, columns) for row in page] if columns else page, total=total)


def _with_default(entity: Entity, where: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Add what QuickBooks assumes: name lists show only active rows unless the query speaks of Active."""
    active = entity.fields.get("Active")
    shows_all = entity.kind != "name_list" or active is None or not active.filterable
    if shows_all or any(condition.field.lower() == "active" for condition in where):
        return where
    return (*where, Condition(field="Active", operator="=", values=("true",)))


def _sortable(entity: Entity, order: Order) -> Column:
    found = column(entity, order.field)
    if not found.sortable:
        raise not_queryable(found.name)
    return found


def _in_order(table: Table, found: set[str] | None, keys: list[Key]) -> Iterable[str]:
    """Return the ids that were found, in the order asked for; equal keys by id, and without keys by id alone."""
    if found is not None and len(found) * SPARSE_SHARE < len(table):
        return _sorted(table, sorted(found, key=rank), keys)
    if len(keys) > 1:
        return _sorted(table, list(_among(table.ids, found)), keys)
    return _among(_walk(table, keys[0]) if keys else table.ids, found)


def _among(identifiers: Iterable[str], found: set[str] | None) -> Iterator[str]:
    return (each for each in identifiers if found is None or each in found)


def _walk(table: Table, key: Key) -> Iterable[str]:
    named, order = key
    if named.name == "Id":
        return reversed(table.ids) if order.descending else table.ids
    return table.index(named.name, named.read).in_order(descending=order.descending)


def _sorted(table: Table, identifiers: list[str], keys: list[Key]) -> list[str]:
    """Sort ids by several keys, the last first, as a stable sort allows."""
    for named, order in reversed(keys):
        by: Callable[[str], Any]
        by = rank if named.name == "Id" else _by_value(table.index(named.name, named.read))
        identifiers.sort(key=by, reverse=order.descending)
    return identifiers


def _by_value(index: Index) -> Callable[[str], Any]:
    def key(identifier: str) -> Any:
        value = index.value(identifier)
        return (value is not None, value if value is not None else "")

    return key


def _projected(row: Row, columns: list[Column]) -> Row:
    """Keep only the selected members, as the sparse objects without SyncToken that QuickBooks answers."""
    names = {found.name.split(".")[0] for found in columns} | {"Id"}
    kept = {name: value for name, value in row.document.items() if name in names}
    return Row({"domain": "QBO", "sparse": True, **kept})

"""Splitting an amount into columns, as `summarize_column_by` asks."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO
from sandbox.reports.layout import Column
from sandbox.reports.parameters import Asked
from sandbox.reports.periods import DAY, MONTHS, months_after, unit_start, week_start
from sandbox.reports.sources import fiscal_month, list_names
from sandbox.reports.tree import UNNAMED

Pick = Callable[[JournalEntry, Posting], str]
TOTAL = Column(title="Total", type="Money", key="total")
MOST_DAYS = 100
"""Day columns the service of 2026 shows; the rest go to one more. Two accounts say 100, another 200: 100 is taken."""
OTHERS = "Others"
UNNAMED_ID = "0"
"""The id of the column for what carries no name; no object has it."""
UNITS = {"month": "month", "quarter": "quarter", "fiscalquarter": "quarter", "year": "year", "fiscalyear": "year"}
_NAMES = {
    "customers": "Customer",
    "vendors": "Vendor",
    "employees": "Employee",
    "departments": "Department",
    "classes": "Class",
    "productsandservices": "Item",
}


class Breakdown:
    """The columns of one report: one total, one for each period, or one for each name that occurs.

    Periods come with a total of their own on reports of movements; balances have none, since they do not add up.
    """

    def __init__(self, asked: Asked, *, start: date, end: date, is_balance: bool = False) -> None:
        self._unit = asked.given.get("summarize_column_by", "Total").lower()
        self._asked = asked
        self.is_by_period = self._unit in UNITS or self._unit in ("days", "week")
        self._periods = _periods(asked, self._unit, start, end) if self.is_by_period else []
        self._starts = [period.start or start for period in self._periods]
        self._has_total = not (self.is_by_period and is_balance)
        self.pick: Pick = self._picker()
        self._sums: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))

    def add(self, row: str, entry: JournalEntry, posting: Posting, amount: Decimal) -> None:
        """Count an amount on a row, in the column its posting belongs to."""
        self._sums[row][self.pick(entry, posting)] += amount

    def rows(self) -> dict[str, tuple[Decimal, ...]]:
        """Return the amounts of each row that has any, in the order of the columns."""
        keys = [key for key, _ in self._keyed()]
        return {row: self._values(row, keys) for row in self._sums}

    def columns(self) -> tuple[Column, ...]:
        """Return the money columns."""
        return (*(column for _, column in self._keyed()), *((TOTAL,) if self._has_total else ()))

    @property
    def width(self) -> int:
        """How many money columns there are."""
        return len(self.columns())

    def _values(self, row: str, keys: Iterable[str]) -> tuple[Decimal, ...]:
        if self._unit == "total":
            return (sum(self._sums[row].values(), ZERO),)
        values = [self._sums[row].get(key, ZERO) for key in keys]
        return (*values, sum(values, ZERO)) if self._has_total else tuple(values)

    def _keyed(self) -> list[tuple[str, Column]]:
        if self.is_by_period:
            return [(period.key, period) for period in self._periods]
        entity = _NAMES.get(self._unit)
        if entity is None:
            return []
        names = list_names(self._asked.books, entity)
        found = {key for sums in self._sums.values() for key in sums}
        ordered = sorted(found - {""}, key=lambda key: (names[key].name.casefold() if key in names else key, key))
        columns = [(key, _named(names[key].name if key in names else key, key)) for key in ordered]
        return [*columns, *([("", _named(UNNAMED, UNNAMED_ID))] if "" in found else [])]

    def _picker(self) -> Pick:
        if self.is_by_period:
            return self._period
        if self._unit in ("customers", "vendors", "employees"):
            entity = _NAMES[self._unit]
            return lambda entry, posting: _party(entry, posting, entity)
        read = _READ.get(self._unit)
        return (lambda _entry, posting: read(posting) or "") if read else (lambda _entry, _posting: "total")

    def _period(self, entry: JournalEntry, posting: Posting) -> str:
        return self._periods[max(bisect_right(self._starts, entry.txn_date) - 1, 0)].key


def _named(name: str, identifier: str) -> Column:
    return Column(title=name, type="Money", key=identifier, id=identifier)


def _party(entry: JournalEntry, posting: Posting, entity: str) -> str:
    if entity == "Customer" and posting.customer_id:
        return posting.customer_id
    for party in (posting.party, entry.party):
        if party is not None and party[0] == entity:
            return party[1]
    return ""


def _periods(asked: Asked, unit: str, start: date, end: date) -> list[Column]:
    first = fiscal_month(asked.books) if unit.startswith("fiscal") else 1
    columns: list[Column] = []
    day = start
    while day <= end:
        last = min(_last(unit, day, first), end)
        title = _title(day, last)
        columns.append(Column(title=title, type="Money", key=title, start=day, end=last))
        day = last + DAY
        if unit == "days" and asked.is_modern and len(columns) == MOST_DAYS and day <= end:
            return [*columns, Column(title=OTHERS, type="Money", key=OTHERS, start=day, end=end)]
    return columns


def _last(unit: str, day: date, first_month: int) -> date:
    if unit == "days":
        return day
    if unit == "week":
        return week_start(day) + DAY * 6
    months = MONTHS[UNITS[unit]]
    return months_after(unit_start(UNITS[unit], day, first_month), months) - DAY


def _title(start: date, end: date) -> str:
    """Name a column after its days: "Jan 2026", "Jan - Mar 2026", "Nov 1 - 22, 2026"."""
    whole = start.day == 1 and (end + DAY).day == 1
    month = f"{start:%b}"
    if start == end:
        return f"{month} {start.day}, {start.year}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{month} {start.year}" if whole else f"{month} {start.day} - {end.day}, {end.year}"
    if start.year != end.year:
        return f"{month} {start.day}, {start.year} - {end:%b} {end.day}, {end.year}"
    return f"{month} - {end:%b} {end.year}" if whole else f"{month} {start.day} - {end:%b} {end.day}, {end.year}"


_READ: dict[str, Callable[[Posting], str | None]] = {
    "departments": lambda posting: posting.department_id,
    "classes": lambda posting: posting.class_id,
    "productsandservices": lambda posting: posting.item_id,
}

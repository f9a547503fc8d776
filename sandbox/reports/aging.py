"""The aging reports: open items by how long they are past due.

The summary has one row a name and one column a bucket; the detail has one section a bucket, the oldest first, as
recorded. Items are aged from their due date, to the report's day or, with aging_method Current, to today.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sandbox.ledger import Posting
from sandbox.money import ZERO
from sandbox.reports.detail import AMOUNT, OPEN, Detail, Line
from sandbox.reports.layout import Column, Row, Table, blanks, cell, data_row, grand_total, section
from sandbox.reports.open_items import OpenItem, control_accounts, is_asked, open_items
from sandbox.reports.parameters import Asked
from sandbox.reports.sources import chart, list_names
from sandbox.reports.tree import Tree

AGING_PERIOD = 30
NUMBER_OF_PERIODS = 4


class Buckets:
    """The spans of days that open items fall into: not yet due, then the periods, the last of them open."""

    def __init__(self, asked: Asked) -> None:
        self._days = asked.number("aging_period", AGING_PERIOD)
        self._count = asked.number("num_periods", NUMBER_OF_PERIODS)
        is_current = asked.given.get("aging_method", "").lower() == "current"
        self._as_of: date = asked.today if is_current else asked.end
        self.titles = ["Current", *(self._title(index) for index in range(self._count))]
        self.long_titles = ["Current", *(self._long_title(index) for index in range(self._count))]

    def past_due(self, item: OpenItem) -> int:
        """Return the days since an item was due; below 1 it is not past due."""
        return (self._as_of - item.due).days

    def index(self, item: OpenItem) -> int:
        """Return the bucket of an item, 0 for Current."""
        late = self.past_due(item)
        return 0 if late <= 0 else min((late - 1) // self._days + 1, self._count)

    def _title(self, index: int) -> str:
        first = index * self._days + 1
        return f"{first} and over" if index == self._count - 1 else f"{first} - {first + self._days - 1}"

    def _long_title(self, index: int) -> str:
        return f"{self._title(index).replace(' and over', ' or more')} days past due"


def aged_receivables(asked: Asked) -> Table:
    """Lay out what customers owe, by age."""
    return _summary(asked, "Customer")


def aged_payables(asked: Asked) -> Table:
    """Lay out what vendors are owed, by age."""
    return _summary(asked, "Vendor")


def aged_receivable_detail(asked: Asked) -> Table:
    """List what customers owe, by age."""
    return _detail(asked, "Customer")


def aged_payable_detail(asked: Asked) -> Table:
    """List what vendors are owed, by age."""
    return _detail(asked, "Vendor")


def _summary(asked: Asked, entity: str) -> Table:
    buckets = Buckets(asked)
    width = len(buckets.titles) + 1
    found: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * width)
    for item in open_items(asked, entity, asked.end):
        values = found[item.party[1]]
        values[buckets.index(item)] += item.open
        values[-1] += item.open
    names = list_names(asked.books, entity)
    branch = Tree(names, width=width, has_type=False, descends=asked.descends).branch(found)
    titles = [*buckets.titles, "Total"]
    columns = (Column(title="", type=entity), *(Column(title=title, type="Money") for title in titles))
    rows = [*branch.rows, grand_total(branch.total)] if found else []
    return Table(columns=columns, rows=rows, is_empty=not found)


def _detail(asked: Asked, entity: str) -> Table:
    detail = Detail(asked, chart(asked.books))
    buckets = Buckets(asked)
    groups: defaultdict[int, list[OpenItem]] = defaultdict(list)
    for item in open_items(asked, entity, asked.end):
        if is_asked(asked, item) and buckets.past_due(item) >= asked.number("past_due", -(10**6)):
            groups[buckets.index(item)].append(item)
    accounts = control_accounts(asked, entity)
    rows = [_bucket(detail, buckets, accounts, index, groups[index]) for index in sorted(groups, reverse=True)]
    if rows:
        total = sum((item.open for items in groups.values() for item in items), ZERO)
        rows.append(section(summary=detail.summary("TOTAL", {OPEN: total}), group="GrandTotal"))
    return Table(columns=detail.columns(), rows=rows, is_empty=not rows)


def _bucket(detail: Detail, buckets: Buckets, accounts: set[str], index: int, items: list[OpenItem]) -> Row:
    title = buckets.long_titles[index]
    rows = [data_row(detail.cells(item_line(item, accounts, buckets.past_due(item)))) for item in items]
    sums = {AMOUNT: sum((item.amount for item in items), ZERO), OPEN: sum((item.open for item in items), ZERO)}
    header = [cell(title), *blanks(len(detail.keys) - 1)]
    return section(header=header, rows=rows, summary=detail.summary(f"Total for {title}", sums))


def item_line(item: OpenItem, accounts: set[str], past_due: int | None = None, balance: Decimal | None = None) -> Line:
    """Return an open item as a row of a detail report."""
    return Line(
        entry=item.entry,
        posting=_posting(item, accounts),
        amount=item.amount,
        balance=balance,
        open_balance=item.open,
        due=item.due,
        past_due=past_due,
    )


def _posting(item: OpenItem, accounts: set[str]) -> Posting:
    return next(p for p in item.entry.postings if p.party == item.party and p.account_id in accounts)

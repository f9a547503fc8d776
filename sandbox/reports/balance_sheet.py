"""BalanceSheet: where the company stands at the end of a day.

With periods as columns each column is the balance at that period's end. Columns by name split every balance by that
name and add up to a total.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO
from sandbox.reports.balances import Balances, Movement, summed
from sandbox.reports.breakdown import TOTAL, UNNAMED_ID, Breakdown
from sandbox.reports.layout import Column, Row, Table, amounts, blanks, cell, data_row, section, sparse_amounts
from sandbox.reports.parameters import Asked
from sandbox.reports.periods import fiscal_year_start
from sandbox.reports.selection import postings
from sandbox.reports.sources import PAYABLE, RECEIVABLE, Account, account_names, chart, first_day, fiscal_month
from sandbox.reports.tree import Tree, Values, added

LABEL = Column(title="", type="Account", key="account")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A section of the sheet: groups inside it, or accounts of one type."""

    key: str
    title: str
    type: str = ""
    groups: tuple["Group", ...] = ()

    @property
    def total(self) -> str:
        """What its summary is called."""
        return f"{'TOTAL' if self.title.isupper() else 'Total'} {self.title}"


ASSETS = Group(
    key="TotalAssets",
    title="ASSETS",
    groups=(
        Group(
            key="CurrentAssets",
            title="Current Assets",
            groups=(
                Group(key="BankAccounts", title="Bank Accounts", type="Bank"),
                Group(key="AR", title="Accounts Receivable", type=RECEIVABLE),
                Group(key="OtherCurrentAssets", title="Other current assets", type="Other Current Asset"),
            ),
        ),
        Group(key="FixedAssets", title="Fixed Assets", type="Fixed Asset"),
        Group(key="OtherAssets", title="Other Assets", type="Other Asset"),
    ),
)
LIABILITIES = Group(
    key="Liabilities",
    title="Liabilities",
    groups=(
        Group(
            key="CurrentLiabilities",
            title="Current Liabilities",
            groups=(
                Group(key="AP", title="Accounts Payable", type=PAYABLE),
                Group(key="CreditCards", title="Credit Cards", type="Credit Card"),
                Group(key="OtherCurrentLiabilities", title="Other Current Liabilities", type="Other Current Liability"),
            ),
        ),
        Group(key="LongTermLiabilities", title="Long-Term Liabilities", type="Long Term Liability"),
    ),
)
EQUITY = Group(key="Equity", title="Equity", type="Equity")
CLAIMS = Group(key="TotalLiabilitiesAndEquity", title="LIABILITIES AND EQUITY", groups=(LIABILITIES, EQUITY))
RETAINED_TITLE = "Retained Earnings"


def balance_sheet(asked: Asked) -> Table:
    """Lay out assets against liabilities and equity."""
    accounts = chart(asked.books)
    columns, balances = _columns(asked, accounts)
    sheet = _Sheet(asked, accounts, balances)
    rows = [sheet.group(ASSETS)[0], sheet.group(CLAIMS)[0]]
    is_empty = not any(any(each.accounts.values()) for each in balances)
    return Table(columns=(LABEL, *columns), rows=rows, is_empty=is_empty)


def _columns(asked: Asked, accounts: Mapping[str, Account]) -> tuple[tuple[Column, ...], list[Balances]]:
    """Return the money columns with the balances of each."""
    end = asked.end
    found = list(postings(asked, dict(accounts), None, end))
    start = asked.period.start or first_day(asked.books, asked.today)
    breakdown = Breakdown(asked, start=start, end=end, is_balance=True)
    if breakdown.is_by_period:
        columns = breakdown.columns()
        ends = [column.end or end for column in columns]
        parts = _by_period(asked, found, ends)
        return columns, [
            summed(asked, accounts, chain.from_iterable(parts[: index + 1]), day) for index, day in enumerate(ends)
        ]
    split: defaultdict[str, list[Movement]] = defaultdict(list)
    for entry, posting in found:
        split[breakdown.pick(entry, posting)].append((entry.txn_date, posting.account_id, posting.amount))
        breakdown.add("", entry, posting, posting.amount)
    columns = breakdown.columns()
    keys = ["" if column.id == UNNAMED_ID else column.id for column in columns if column is not TOTAL]
    named = [summed(asked, accounts, split[key], end) for key in keys]
    return columns, [*named, summed(asked, accounts, chain.from_iterable(split.values()), end)]


def _by_period(asked: Asked, found: list[tuple[JournalEntry, Posting]], ends: list[date]) -> list[list[Movement]]:
    """Add movements up by period, account and fiscal year, so that many columns cost no more than one."""
    month = fiscal_month(asked.books)
    sums: list[defaultdict[tuple[date, str], Decimal]] = [defaultdict(lambda: ZERO) for _ in ends]
    years = {day: fiscal_year_start(day, month) for day in {entry.txn_date for entry, _ in found}}
    for entry, posting in found:
        index = bisect_left(ends, entry.txn_date)
        sums[index][years[entry.txn_date], posting.account_id] += posting.amount
    return [[(year, account, amount) for (year, account), amount in part.items()] for part in sums]


class _Sheet:
    """Turns balances, one set a column, into nested rows."""

    def __init__(self, asked: Asked, accounts: Mapping[str, Account], balances: list[Balances]) -> None:
        self._asked = asked
        self._accounts = accounts
        self._balances = balances
        self._width = len(balances)

    def group(self, group: Group) -> tuple[Row, Values]:
        """Return one section and its total; groups without accounts are left out."""
        rows, total = self._inside(group)
        header = [cell(group.title), *blanks(self._width)]
        summary = [cell(group.total), *amounts(total)]
        return section(header=header, rows=rows, summary=summary, group=group.key), total

    def _inside(self, group: Group) -> tuple[list[Row], Values]:
        if not group.groups:
            return self._accounts_of(group)
        rows: list[Row] = []
        totals: list[Values] = []
        for inner in group.groups:
            row, total = self.group(inner)
            if inner is EQUITY or row["Rows"]:
                rows.append(row)
                totals.append(total)
        return rows, added(totals, self._width)

    def _accounts_of(self, group: Group) -> tuple[list[Row], Values]:
        found = {
            account.id: tuple(account.natural(each.accounts.get(account.id, ZERO)) for each in self._balances)
            for account in self._accounts.values()
            if account.type == group.type and any(each.accounts.get(account.id) for each in self._balances)
        }
        names = account_names(self._accounts, (group.type,))
        branch = Tree(names, width=self._width, descends=self._asked.descends).branch(found)
        if group is not EQUITY:
            return branch.rows, branch.total
        retained = tuple(each.retained for each in self._balances)
        net = tuple(each.net_income for each in self._balances)
        rows = [
            *branch.rows,
            *self._computed(RETAINED_TITLE, retained, None),
            *self._computed("Net Income", net, "NetIncome"),
        ]
        return rows, added([branch.total, retained, net], self._width)

    def _computed(self, title: str, values: tuple[Decimal, ...], group: str | None) -> list[Row]:
        if not any(values) and group is None:
            return []
        return [data_row([cell(title), *sparse_amounts(values)], group=group)]

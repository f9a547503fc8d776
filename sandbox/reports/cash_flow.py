"""CashFlow: how net income became a change of cash.

Cash is the bank accounts with undeposited funds. Every other account's movement explains a part of the change: working
capital and cards under operations, long-lived assets under investing, loans and equity under financing. The sum is the
change of cash because every entry balances. The report has no basis of its own; it follows the accrual books.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from sandbox.money import ZERO
from sandbox.reports.breakdown import Breakdown
from sandbox.reports.layout import Column, Row, Table, amounts, blanks, cell, data_row, section, sparse_amounts
from sandbox.reports.parameters import Asked
from sandbox.reports.selection import postings
from sandbox.reports.sources import PAYABLE, PROFIT, RECEIVABLE, Account, account_names, chart, first_day
from sandbox.reports.tree import Tree, Values, added

LABEL = Column(title="", type="Account")
CASH_SUBTYPES = ("UndepositedFunds",)
ADJUSTMENTS = (
    RECEIVABLE,
    "Other Current Asset",
    PAYABLE,
    "Credit Card",
    "Other Current Liability",
)
INVESTING = ("Fixed Asset", "Other Asset")
FINANCING = ("Long Term Liability", "Equity")
ADJUSTING = "Adjustments to reconcile Net Income to Net Cash provided by operations:"
NET_INCOME = "net income"
BEGINNING = "beginning"


def cash_flow(asked: Asked) -> Table:
    """Lay out the change of cash over the period."""
    accounts = chart(asked.books)
    start, end = asked.period.start, asked.end
    breakdown = Breakdown(asked, start=start or first_day(asked.books, asked.today), end=end)
    for entry, posting in postings(asked, accounts, start, end):
        account = accounts[posting.account_id]
        row = NET_INCOME if account.type in PROFIT else account.id
        if not is_cash(account):
            breakdown.add(row, entry, posting, -posting.amount)
    found = breakdown.rows()
    width = breakdown.width
    rows, change = _activities(asked, accounts, found, width)
    rows += _cash_rows(_beginning(asked, accounts), change, breakdown)
    columns = tuple(
        Column(title=each.title, type=each.type, start=each.start, end=each.end, id=each.id)
        for each in breakdown.columns()
    )
    return Table(columns=(LABEL, *columns), rows=rows, is_empty=not found)


def is_cash(account: Account) -> bool:
    """Whether an account's balance is cash."""
    return account.type == "Bank" or account.subtype in CASH_SUBTYPES


def _activities(
    asked: Asked, accounts: Mapping[str, Account], found: Mapping[str, Values], width: int
) -> tuple[list[Row], Values]:
    net = found.get(NET_INCOME, (ZERO,) * width)
    rows = [data_row([cell("Net Income"), *sparse_amounts(net)], group="NetIncome")]
    adjusted, adjustment = _accounts(asked, accounts, found, ADJUSTMENTS, width)
    if adjusted:
        summary = [cell(f"Total {ADJUSTING}"), *amounts(adjustment)]
        header = [cell(ADJUSTING), *blanks(width)]
        rows.append(section(header=header, rows=adjusted, summary=summary, group="OperatingAdjustments"))
    operating = added([net, adjustment], width)
    sections = [_section("OPERATING", rows, operating)]
    totals = [operating]
    for title, types in (("INVESTING", INVESTING), ("FINANCING", FINANCING)):
        inner, total = _accounts(asked, accounts, found, types, width)
        if inner:
            sections.append(_section(title, inner, total))
        totals.append(total)
    return sections, added(totals, width)


def _accounts(
    asked: Asked, accounts: Mapping[str, Account], found: Mapping[str, Values], types: tuple[str, ...], width: int
) -> tuple[list[Row], tuple[Decimal, ...]]:
    mine = {
        identifier: values
        for identifier, values in found.items()
        if identifier in accounts and accounts[identifier].type in types and any(values)
    }
    branch = Tree(account_names(accounts, types), width=width, descends=asked.descends).branch(mine)
    return branch.rows, branch.total


def _section(title: str, rows: list[Row], total: Values) -> Row:
    summary = [cell(f"Net cash provided by {title.lower()} activities"), *amounts(total)]
    header = [cell(f"{title} ACTIVITIES"), *blanks(len(total))]
    return section(header=header, rows=rows, summary=summary, group=f"{title.capitalize()}Activities")


def _cash_rows(beginning: Decimal, change: Values, breakdown: Breakdown) -> list[Row]:
    """Close with the change and with cash at both ends; the ends appear when there was cash before."""
    opening = [beginning + sum(change[:index], ZERO) for index in range(len(change))]
    if breakdown.is_by_period:
        opening[-1] = beginning
    elif len(change) > 1:
        opening = [*([ZERO] * (len(change) - 1)), beginning]
    rows = [section(summary=[cell("Net cash increase for period"), *amounts(change)], group="CashIncrease")]
    if beginning:
        rows.append(section(summary=[cell("Cash at beginning of period"), *amounts(opening)], group="BeginningCash"))
    closing = [before + moved for before, moved in zip(opening, change, strict=True)]
    return [*rows, section(summary=[cell("Cash at end of period"), *amounts(closing)], group="EndingCash")]


def _beginning(asked: Asked, accounts: dict[str, Account]) -> Decimal:
    if asked.period.start is None:
        return ZERO
    sums: defaultdict[bool, Decimal] = defaultdict(lambda: ZERO)
    for entry, posting in postings(asked, accounts, None, asked.period.start):
        if entry.txn_date < asked.period.start:
            sums[is_cash(accounts[posting.account_id])] += posting.amount
    return sums[True]

"""TrialBalance: every account in its debit or credit column, which come to the same."""

from decimal import Decimal

from sandbox.money import ZERO
from sandbox.reports.balances import balances_at
from sandbox.reports.layout import Column, Row, Table, amounts, cell, data_row, money, section
from sandbox.reports.parameters import Asked
from sandbox.reports.sources import Account, chart

COLUMNS = (
    Column(title="", type="Account"),
    Column(title="Debit", type="Money"),
    Column(title="Credit", type="Money"),
)
ORDER = (
    "Bank",
    "Accounts Receivable",
    "Other Current Asset",
    "Fixed Asset",
    "Other Asset",
    "Accounts Payable",
    "Credit Card",
    "Other Current Liability",
    "Long Term Liability",
    "Equity",
    "Income",
    "Cost of Goods Sold",
    "Expense",
    "Other Income",
    "Other Expense",
)
"""Accounts come in the order of the balance sheet, then of the profit and loss."""


def trial_balance(asked: Asked) -> Table:
    """Lay out the balances at the end of the last day; the first day changes nothing, as measured."""
    accounts = chart(asked.books)
    balances = balances_at(asked, accounts, asked.end)
    found = [(accounts[identifier], amount) for identifier, amount in balances.accounts.items() if amount]
    found.sort(key=lambda pair: _order(pair[0]), reverse=asked.descends)
    rows = [_row(account, amount) for account, amount in found]
    sums = [amount for _, amount in found]
    if balances.retained:
        rows.append(data_row([cell("Retained Earnings"), *_sides(-balances.retained)], has_type=False))
        sums.append(-balances.retained)
    debit = sum((amount for amount in sums if amount > 0), ZERO)
    credit = -sum((amount for amount in sums if amount < 0), ZERO)
    rows.append(section(summary=[cell("TOTAL"), *amounts([debit, credit])], group="GrandTotal"))
    return Table(columns=COLUMNS, rows=rows, is_empty=not found)


def _row(account: Account, amount: Decimal) -> Row:
    return data_row([cell(account.full_name, account.id), *_sides(amount)], has_type=False)


def _sides(amount: Decimal) -> list[dict[str, str]]:
    return [cell(money(amount) if amount > 0 else ""), cell(money(-amount) if amount < 0 else "")]


def _order(account: Account) -> tuple[int, str, str]:
    return ORDER.index(account.type) if account.type in ORDER else len(ORDER), account.full_name.casefold(), account.id

"""ProfitAndLoss: what is left of a period's income."""

from collections.abc import Mapping

from sandbox.reports.breakdown import Breakdown
from sandbox.reports.layout import Column, Row, Table, amounts, blanks, cell, section
from sandbox.reports.parameters import Asked
from sandbox.reports.selection import postings
from sandbox.reports.sources import PROFIT, Account, account_names, chart, first_day
from sandbox.reports.tree import Tree, Values, added

LABEL = Column(title="", type="Account", key="account")
SECTIONS = {
    "Income": ("Income", "Income"),
    "Cost of Goods Sold": ("COGS", "Cost of Goods Sold"),
    "Expense": ("Expenses", "Expenses"),
    "Other Income": ("OtherIncome", "Other Income"),
    "Other Expense": ("OtherExpenses", "Other Expenses"),
}
"""Account type to the group key and the title of its section."""
COMPUTED = {
    "Cost of Goods Sold": ("GrossProfit", "Gross Profit"),
    "Expense": ("NetOperatingIncome", "Net Operating Income"),
    "Other Expense": ("NetOtherIncome", "Net Other Income"),
}
"""Account type to the computed line that follows its section."""
ALWAYS = ("Income", "Expense")
"""Sections shown even without accounts, as in the recorded answer without data."""
LAYOUT = ("Income", "Cost of Goods Sold", "Expense", "Other Income", "Other Expense")


def profit_and_loss(asked: Asked) -> Table:
    """Lay out income, costs and what is left of them."""
    accounts = chart(asked.books)
    breakdown = profit_of(asked, accounts)
    found = breakdown.rows()
    rows, totals = _sections(asked, accounts, found, breakdown.width)
    net = _result(totals, breakdown.width)
    rows.append(section(summary=[cell("Net Income"), *amounts(net)], group="NetIncome"))
    if not found:
        # Recorded without data: only the label column, the standard groups, no amounts.
        return Table(columns=(LABEL,), rows=[_emptied(row) for row in rows], is_empty=True)
    return Table(columns=(LABEL, *breakdown.columns()), rows=rows)


def profit_of(asked: Asked, accounts: Mapping[str, Account]) -> Breakdown:
    """Add up income and cost accounts over the period, each with its own sign: up is positive."""
    end = asked.end
    start = asked.period.start or first_day(asked.books, asked.today)
    breakdown = Breakdown(asked, start=start, end=end)
    kinds = {identifier: account for identifier, account in accounts.items() if account.type in PROFIT}
    for entry, posting in postings(asked, dict(accounts), asked.period.start, end):
        account = kinds.get(posting.account_id)
        if account is not None:
            breakdown.add(account.id, entry, posting, account.natural(posting.amount))
    return breakdown


def _sections(
    asked: Asked, accounts: Mapping[str, Account], found: Mapping[str, Values], width: int
) -> tuple[list[Row], dict[str, Values]]:
    rows: list[Row] = []
    totals: dict[str, Values] = {}
    for kind in LAYOUT:
        mine = {identifier: values for identifier, values in found.items() if accounts[identifier].type == kind}
        tree = Tree(account_names(accounts, (kind,)), width=width, descends=asked.descends)
        branch = tree.branch(mine)
        totals[kind] = branch.total
        group, title = SECTIONS[kind]
        if mine or kind in ALWAYS:
            summary = [cell(f"Total {title}"), *amounts(branch.total)]
            header = [cell(title), *blanks(width)]
            rows.append(section(header=header, rows=branch.rows, summary=summary, group=group))
        if kind in COMPUTED and (kind != "Other Expense" or any(totals["Other Income"]) or any(branch.total)):
            group, title = COMPUTED[kind]
            result = _other(totals, width) if kind == "Other Expense" else _result(totals, width)
            rows.append(section(summary=[cell(title), *amounts(result)], group=group))
    return rows, totals


def _result(totals: Mapping[str, Values], width: int) -> Values:
    signed = [[-value for value in values] if "Income" not in kind else values for kind, values in totals.items()]
    return added(signed, width)


def _other(totals: Mapping[str, Values], width: int) -> Values:
    return _result({kind: values for kind, values in totals.items() if kind.startswith("Other")}, width)


def _emptied(row: Row) -> Row:
    kept = {**row, "Summary": {"ColData": row["Summary"]["ColData"][:1]}}
    if "Header" in row:
        kept["Header"] = {"ColData": row["Header"]["ColData"][:1]}
    return kept

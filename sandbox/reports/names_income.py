"""What each customer brought in, or each vendor cost."""

from collections import defaultdict
from decimal import Decimal

from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO
from sandbox.reports.breakdown import Breakdown
from sandbox.reports.layout import Column, Table, grand_total
from sandbox.reports.parameters import Asked
from sandbox.reports.selection import postings
from sandbox.reports.sources import COSTS, INCOME, chart, first_day, list_names
from sandbox.reports.tree import Tree, added


def customer_income(asked: Asked) -> Table:
    """Lay out income, expenses and net income of each customer; expenses are negative, as recorded."""
    accounts = chart(asked.books)
    found: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for _, posting in postings(asked, accounts, asked.period.start, asked.end):
        kind = accounts[posting.account_id].type
        if posting.customer_id is None or kind not in (*INCOME, *COSTS):
            continue
        values = found[posting.customer_id]
        values[0 if kind in INCOME else 1] -= posting.amount
        values[2] -= posting.amount
    branch = Tree(list_names(asked.books, "Customer"), width=3, has_type=False, descends=asked.descends).branch(found)
    titles = ("Income", "Expenses", "Net Income")
    columns = (Column(title="", type="Customer"), *(Column(title=title, type="Money") for title in titles))
    rows = [*branch.rows, grand_total(branch.total)] if found else []
    return Table(columns=columns, rows=rows, is_empty=not found)


def vendor_expenses(asked: Asked) -> Table:
    """Lay out what each vendor cost; costs without a vendor stand under Not Specified."""
    accounts = chart(asked.books)
    start = asked.period.start or first_day(asked.books, asked.today)
    breakdown = Breakdown(asked, start=start, end=asked.end)
    for entry, posting in postings(asked, accounts, asked.period.start, asked.end):
        if accounts[posting.account_id].type in COSTS:
            breakdown.add(_vendor(entry, posting), entry, posting, posting.amount)
    found = {key: values for key, values in breakdown.rows().items() if any(values)}
    width = breakdown.width
    tree = Tree(list_names(asked.books, "Vendor"), width=width, has_type=False, descends=asked.descends)
    branch = tree.branch(found)
    columns = (Column(title="", type="Vendor"), *breakdown.columns())
    rows = [*branch.rows, grand_total(added([branch.total], width))] if found else []
    return Table(columns=columns, rows=rows, is_empty=not found)


def _vendor(entry: JournalEntry, posting: Posting) -> str:
    for party in (posting.party, entry.party):
        if party is not None and party[0] == "Vendor":
            return party[1]
    return ""

"""The sales reports: what was sold, by customer, product, class or location.

Sales are the income postings of sales forms: invoices and sales receipts, less credit memos and refunds. Sales tax is
not income, and a journal entry is no sale, so a company that books income by journal sees less here than in its profit
and loss report.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO
from sandbox.reports.breakdown import Breakdown
from sandbox.reports.layout import Column, Row, Table, cell, data_row, grand_total, money, section
from sandbox.reports.parameters import Asked
from sandbox.reports.selection import postings
from sandbox.reports.sources import INCOME, chart, document_of, first_day, list_names
from sandbox.reports.tree import UNNAMED, Tree

SALES_FORMS = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt")
COST = "Cost of Goods Sold"
UNNAMED_GROUP = "**"
"""The recorded group key of the row without a name."""
ITEM_COLUMNS = ("Quantity", "Amount", "% of Sales", "Avg Price", "COGS", "Gross Margin", "Gross Margin %")


def customer_sales(asked: Asked) -> Table:
    """Lay out sales by customer."""
    return _summary(asked, "Customer", "Customer", lambda posting: posting.customer_id)


def department_sales(asked: Asked) -> Table:
    """Lay out sales by location."""
    return _summary(asked, "Department", "Department", lambda posting: posting.department_id)


def class_sales(asked: Asked) -> Table:
    """Lay out sales by class; each row's group is its class id, as recorded."""
    table = _summary(asked, "Class", "Class", lambda posting: posting.class_id)
    for row in table.rows:
        label = row.get("ColData") or row.get("Header", {}).get("ColData")
        if label is not None and "group" not in row:
            row["group"] = label[0].get("id", UNNAMED_GROUP)
    return table


def item_sales(asked: Asked) -> Table:
    """Lay out sales by product: units, money, share, price, cost and margin."""
    found: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for _, posting, is_cost in _sold(asked):
        sums = found[posting.item_id or ""]
        if is_cost:
            sums[2] += posting.amount
        else:
            sums[0] += posting.quantity or ZERO
            sums[1] -= posting.amount
    total = sum((sums[1] for sums in found.values()), ZERO)
    names = list_names(asked.books, "Item")
    ordered = sorted(found, key=lambda key: (not key, names[key].name.casefold() if key in names else key, key))
    rows = [_item_row(names[key].name if key in names else UNNAMED, key, found[key], total) for key in ordered]
    inner = tuple(Column(title=title, type="Money") for title in ITEM_COLUMNS)
    columns = (Column(title="", type="ProductsAndService"), Column(title="Total", type="Money", columns=inner))
    if rows:
        sums = [sum((each[index] for each in found.values()), ZERO) for index in range(3)]
        rows.append(section(summary=[cell("TOTAL"), *_item_cells(sums, total)], group="GrandTotal"))
    return Table(columns=columns, rows=rows, is_empty=not found)


def _summary(asked: Asked, entity: str, column_type: str, read: Callable[[Posting], str | None]) -> Table:
    start: date = asked.period.start or first_day(asked.books, asked.today)
    breakdown = Breakdown(asked, start=start, end=asked.end)
    for entry, posting, is_cost in _sold(asked):
        if not is_cost:
            breakdown.add(read(posting) or "", entry, posting, -posting.amount)
    found = breakdown.rows()
    columns = (Column(title="", type=column_type), *breakdown.columns())
    if not found:
        return Table(columns=columns, rows=[], is_empty=True)
    tree = Tree(list_names(asked.books, entity), width=breakdown.width, has_type=False, descends=asked.descends)
    branch = tree.branch(found)
    for row in branch.rows:
        if row.get("ColData", [{"id": ""}])[0].get("id") is None:
            row["group"] = UNNAMED_GROUP
    return Table(columns=columns, rows=[*branch.rows, grand_total(branch.total)])


def _sold(asked: Asked) -> Iterator[tuple[JournalEntry, Posting, bool]]:
    """Yield what sales forms posted to income, and to costs of goods, which come with True."""
    accounts = chart(asked.books)
    income = {identifier for identifier, account in accounts.items() if account.type in INCOME}
    costs = {identifier for identifier, account in accounts.items() if account.type == COST}
    due = asked.other_range("duedate")
    for entry, posting in postings(asked, accounts, asked.period.start, asked.end):
        if entry.key[0] not in SALES_FORMS:
            continue
        if due is not None and not due.holds(document_of(asked.books, entry.key).get("DueDate", "")):
            continue
        if posting.account_id in income:
            yield entry, posting, False
        elif posting.account_id in costs and posting.item_id is not None:
            yield entry, posting, True


def _item_row(name: str, identifier: str, sums: list[Decimal], total: Decimal) -> Row:
    group = None if identifier else UNNAMED_GROUP
    return data_row([cell(name, identifier or None), *_item_cells(sums, total)], group=group, has_type=False)


def _item_cells(sums: list[Decimal], total: Decimal) -> list[dict[str, str]]:
    quantity, amount, cost = sums
    margin = amount - cost
    return [
        cell(f"{quantity:.2f}"),
        cell(money(amount)),
        cell(_percent(amount, total)),
        cell(money(amount / quantity) if quantity else ""),
        cell(money(cost) if cost else ""),
        cell(money(margin) if cost else ""),
        cell(_percent(margin, amount) if cost else ""),
    ]


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.2f}" if whole else ""

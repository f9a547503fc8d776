"""The balance reports: one amount, or one list of open items, for each customer or vendor."""

from collections import defaultdict
from decimal import Decimal

from sandbox.money import ZERO
from sandbox.reports.aging import item_line
from sandbox.reports.detail import AMOUNT, BALANCE, OPEN, Detail
from sandbox.reports.layout import Column, Row, Table, blanks, cell, data_row, grand_total, section
from sandbox.reports.open_items import OpenItem, control_accounts, is_asked, open_items
from sandbox.reports.parameters import Asked
from sandbox.reports.sources import chart, list_names
from sandbox.reports.tree import Tree

PAID_PARAMETER = {"Customer": "arpaid", "Vendor": "appaid"}


def customer_balance(asked: Asked) -> Table:
    """Lay out one amount for each customer."""
    return _summary(asked, "Customer")


def vendor_balance(asked: Asked) -> Table:
    """Lay out one amount for each vendor."""
    return _summary(asked, "Vendor")


def customer_balance_detail(asked: Asked) -> Table:
    """List the open transactions of each customer."""
    return _detail(asked, "Customer")


def vendor_balance_detail(asked: Asked) -> Table:
    """List the open transactions of each vendor."""
    return _detail(asked, "Vendor")


def _summary(asked: Asked, entity: str) -> Table:
    wanted = asked.given.get(PAID_PARAMETER[entity], "unpaid").lower()
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for item in open_items(asked, entity, asked.end, keeps_settled=wanted != "unpaid"):
        sums[item.party[1]] += item.open
    found = {key: (amount,) for key, amount in sums.items() if wanted == "all" or bool(amount) is (wanted == "unpaid")}
    branch = Tree(list_names(asked.books, entity), width=1, has_type=False, descends=asked.descends).branch(found)
    columns = (Column(title="", type=entity), Column(title="Total", type="Money"))
    rows = [*branch.rows, grand_total(branch.total)] if found else []
    return Table(columns=columns, rows=rows, is_empty=not found)


def _detail(asked: Asked, entity: str) -> Table:
    detail = Detail(asked, chart(asked.books))
    wanted = asked.given.get(PAID_PARAMETER[entity], "unpaid").lower()
    groups: defaultdict[str, list[OpenItem]] = defaultdict(list)
    for item in open_items(asked, entity, asked.end, keeps_settled=wanted != "unpaid"):
        if (wanted == "all" or bool(item.open) is (wanted == "unpaid")) and is_asked(asked, item):
            groups[item.party[1]].append(item)
    names = list_names(asked.books, entity)
    ordered = sorted(groups, key=lambda key: (names[key].name.casefold(), key), reverse=asked.descends)
    accounts = control_accounts(asked, entity)
    rows = [_party(detail, accounts, names[key].name, key, groups[key]) for key in ordered]
    if rows:
        every = [item for items in groups.values() for item in items]
        rows.append(section(summary=detail.summary("TOTAL", _sums(every)), group="GrandTotal"))
    return Table(columns=detail.columns(), rows=rows, is_empty=not rows)


def _party(detail: Detail, accounts: set[str], name: str, identifier: str, items: list[OpenItem]) -> Row:
    balance = ZERO
    rows = []
    for item in items:
        balance += item.open
        rows.append(data_row(detail.cells(item_line(item, accounts, balance=balance))))
    header = [cell(name, identifier), *blanks(len(detail.keys) - 1)]
    return section(header=header, rows=rows, summary=detail.summary(f"Total for {name}", _sums(items)))


def _sums(items: list[OpenItem]) -> dict[str, Decimal]:
    opened = sum((item.open for item in items), ZERO)
    return {AMOUNT: sum((item.amount for item in items), ZERO), OPEN: opened, BALANCE: opened}

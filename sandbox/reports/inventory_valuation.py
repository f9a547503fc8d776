"""The inventory reports: units on hand with their cost, from the postings on inventory asset accounts."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO
from sandbox.reports import kinds
from sandbox.reports.detail import Detail, Line
from sandbox.reports.layout import Column, Row, Table, blanks, cell, data_row, money, section
from sandbox.reports.parameters import Asked
from sandbox.reports.sources import chart, document_of, list_names, name_of
from sandbox.wire import Document

TITLES = ("SKU", "Qty", "Asset Value", "Avg Cost")


def inventory_summary(asked: Asked) -> Table:
    """Lay out what is on hand at the end of the report's day."""
    units: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    value: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for _, posting in _movements(asked, None, asked.end):
        item = posting.item_id or ""
        units[item] += moved(posting)
        value[item] += posting.amount
    names = list_names(asked.books, "Item")
    rows = []
    for item in sorted(units, key=lambda key: (names[key].name.casefold(), key), reverse=asked.descends):
        document = document_of(asked.books, ("Item", item))
        sku = cell(str(document.get("Sku", "")))
        rows.append(data_row([cell(names[item].name, item), sku, *_amounts(units[item], value[item])], has_type=False))
    if rows:
        total = sum(value.values(), ZERO)
        held = sum(units.values(), ZERO)
        rows.append(section(summary=[cell("TOTAL"), cell(""), *_totals(held, total)], group="GrandTotal"))
    columns = (Column(title="", type="ProductsAndService"), *(Column(title=title, type="Money") for title in TITLES))
    return Table(columns=columns, rows=rows, is_empty=not rows)


def inventory_detail(asked: Asked) -> Table:
    """List every movement of each item, with what was on hand after it."""
    before_units: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    before_value: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    found: defaultdict[str, list[tuple[JournalEntry, Posting]]] = defaultdict(list)
    for entry, posting in _movements(asked, None, asked.end):
        item = posting.item_id or ""
        if asked.period.start is not None and entry.txn_date < asked.period.start:
            before_units[item] += moved(posting)
            before_value[item] += posting.amount
        else:
            found[item].append((entry, posting))
    detail = Detail(asked, chart(asked.books))
    names = list_names(asked.books, "Item")
    rows = [
        _section(detail, names[item].name, item, found[item], before_units[item], before_value[item])
        for item in sorted(found, key=lambda key: (names[key].name.casefold(), key))
    ]
    return Table(columns=detail.columns(), rows=rows, is_empty=not rows)


def moved(posting: Posting) -> Decimal:
    """Return the units a posting on an inventory account brings in, or takes out as a negative number.

    Its quantity is written as its document writes it, so the side of the posting says which way it went.
    """
    quantity = abs(posting.quantity or ZERO)
    return quantity if posting.amount >= 0 else -quantity


def _section(
    detail: Detail,
    name: str,
    item: str,
    pairs: list[tuple[JournalEntry, Posting]],
    units: Decimal,
    value: Decimal,
) -> Row:
    rows = []
    for entry, posting in pairs:
        units += moved(posting)
        value += posting.amount
        rows.append(data_row(_cells(detail, entry, posting, units, value)))
    header = [cell(name, item), *blanks(len(detail.keys) - 1)]
    sums = {"quantity": sum((moved(posting) for _, posting in pairs), ZERO)}
    sums |= {"home_amount": sum((posting.amount for _, posting in pairs), ZERO)}
    return section(header=header, rows=rows, summary=detail.summary(f"Total for {name}", sums))


def _cells(detail: Detail, entry: JournalEntry, posting: Posting, units: Decimal, value: Decimal) -> list[Document]:
    quantity = moved(posting)
    own = {
        "txn_type": cell(kinds.title_of(detail.asked.books, entry.key), entry.key[1]),
        "name": cell(name_of(detail.asked.books, entry.party), entry.party[1] if entry.party else ""),
        "quantity": cell(f"{quantity:.2f}"),
        "rate": cell(money(abs(posting.amount / quantity)) if quantity else ""),
        "home_amount": cell(money(posting.amount)),
        "qty_on_hand": cell(f"{units:.2f}"),
        "home_asset_value": cell(money(value)),
        "asset_value": cell(money(value)),
        "item_sku": cell(str(document_of(detail.asked.books, ("Item", posting.item_id or "")).get("Sku", ""))),
    }
    cells = detail.cells(Line(entry=entry, posting=posting, amount=posting.amount))
    return [own.get(key, given) for key, given in zip(detail.keys, cells, strict=True)]


def _movements(asked: Asked, start: date | None, end: date) -> Iterator[tuple[JournalEntry, Posting]]:
    """Yield the postings of inventory items on their asset accounts."""
    wanted = asked.ids("item")
    assets = {
        document["Id"]: document["AssetAccountRef"]["value"]
        for document in asked.books.documents("Item")
        if document.get("Type") == "Inventory" and "AssetAccountRef" in document
    }
    for entry in asked.books.ledger.between(start, end):
        for posting in entry.postings:
            item = posting.item_id
            if item is None or assets.get(item) != posting.account_id or posting.quantity is None:
                continue
            if wanted is None or item in wanted:
                yield entry, posting


def _amounts(units: Decimal, value: Decimal) -> list[Document]:
    return [*_totals(units, value)[:2], cell(money(value / units) if units else "")]


def _totals(units: Decimal, value: Decimal) -> list[Document]:
    return [cell(f"{units:.2f}"), cell(money(value)), cell("")]

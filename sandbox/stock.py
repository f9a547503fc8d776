"""Which goods a document moves."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.books import Books
from sandbox.currency import home, rate_of
from sandbox.faults import fault
from sandbox.inventory import Movement
from sandbox.ledger import Key
from sandbox.money import amount_of
from sandbox.sides import leaves
from sandbox.wire import Document

SOLD = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1, "RefundReceipt": 1}
"""Sales forms, with the sign their quantities have for the stock."""
BOUGHT = {"Bill": 1, "VendorCredit": -1, "Purchase": 1}


def movements_of(books: Books, entity: str, document: Document) -> tuple[Movement, ...]:
    """Return what a document's lines move; lines of other items than inventory move nothing."""
    if entity in SOLD:
        return tuple(_sold(books, entity, document))
    if entity in BOUGHT:
        return tuple(_bought(books, entity, document))
    if entity == "InventoryAdjustment":
        return tuple(_adjusted(document))
    return _opened(books, document) if entity == "Item" else ()


def check_stock(books: Books, entity: str, draft: Document) -> None:
    """Refuse goods without a quantity (6520) and goods moved before their item's start date (6270)."""
    for detail in _details(books, entity, draft):
        item = books.find("Item", detail["ItemRef"]["value"]) or {}
        name = f"item {item['Id']} ({item['Name']})"
        if detail.get("Qty", detail.get("QtyDiff")) is None:
            raise fault("6520", f"Missing Tracked Inventory Item Quantity : give Qty for {name}", element="Qty")
        if draft["TxnDate"] < item.get("InvStartDate", ""):
            reason = f"{name} starts on {item['InvStartDate']}; the transaction is dated {draft['TxnDate']}"
            raise fault("6270", f"InventoryTxnDatedBeforeItemStartDate : {reason}", element="TxnDate")


def _details(books: Books, entity: str, draft: Document) -> Iterator[Document]:
    if entity not in SOLD and entity not in BOUGHT and entity != "InventoryAdjustment":
        return
    for line in leaves(draft["Line"]):
        detail = line.get(line.get("DetailType", ""), {})
        if "ItemRef" in detail and _is_stock(books, detail["ItemRef"]["value"]):
            yield detail


def _is_stock(books: Books, item_id: str) -> bool:
    return (books.find("Item", item_id) or {}).get("Type") == "Inventory"


def _movement(entity: str, document: Document, line: Document, place: int, **members: Any) -> Movement:
    key: Key = (entity, document["Id"])
    day = date.fromisoformat(document["TxnDate"])
    return Movement(day=day, key=key, place=place, line_id=line.get("Id"), **members)


def _sold(books: Books, entity: str, document: Document) -> Iterator[Movement]:
    for place, line in enumerate(leaves(document["Line"])):
        detail: Document = line.get("SalesItemLineDetail") or {}
        quantity = SOLD[entity] * Decimal(detail.get("Qty", 0))
        if quantity and _is_stock(books, detail["ItemRef"]["value"]):
            yield _movement(entity, document, line, place, item_id=detail["ItemRef"]["value"], quantity=quantity)


def _bought(books: Books, entity: str, document: Document) -> Iterator[Movement]:
    sign = -1 if document.get("Credit") else BOUGHT[entity]
    rate = rate_of(books, document)
    for place, line in enumerate(document["Line"]):
        detail: Document = line.get("ItemBasedExpenseLineDetail") or {}
        quantity = sign * Decimal(detail.get("Qty", 0))
        if quantity and _is_stock(books, detail["ItemRef"]["value"]):
            value = sign * home(rate, amount_of(line, "Amount")) if quantity > 0 else None
            item_id = detail["ItemRef"]["value"]
            yield _movement(entity, document, line, place, item_id=item_id, quantity=quantity, value=value)


def _adjusted(document: Document) -> Iterator[Movement]:
    counter = document["AdjustAccountRef"]["value"]
    for place, line in enumerate(document["Line"]):
        detail: Document = line.get("ItemAdjustmentLineDetail") or {}
        quantity = Decimal(detail.get("QtyDiff", 0))
        if quantity:
            item_id = detail["ItemRef"]["value"]
            yield _movement(
                "InventoryAdjustment", document, line, place, item_id=item_id, quantity=quantity, counter_id=counter
            )


def _opened(books: Books, item: Document) -> tuple[Movement, ...]:
    opening = books.inventory.openings.get(item["Id"])
    if opening is None or not opening.quantity:
        return ()
    day = date.fromisoformat(item.get("InvStartDate") or books.opened_at.date().isoformat())
    key: Key = ("Item", item["Id"])
    moved = Movement(item_id=item["Id"], day=day, key=key, place=0, quantity=opening.quantity, value=opening.value)
    return (moved,)

"""Counting the stock: inventory items and adjustments of their quantity."""

from datetime import datetime

from sandbox.books import Books
from sandbox.faults import business_rule, fault, missing
from sandbox.inventory import Opening
from sandbox.lines import number_lines
from sandbox.money import amount_of, cents
from sandbox.stock import check_stock
from sandbox.transactions import dated
from sandbox.wire import Document


def inventory_adjustment(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete an adjustment.

    QtyDiff is required and decides; NewQty is in the schema only, is not shown by any sample, and changes nothing.

    Raises:
        QuickBooksFault: 6440 for a line without an inventory item, 6520 without a quantity.
    """
    draft = dated(books, draft, now)
    draft["Line"] = [_line(books, dict(line)) for line in draft["Line"]]
    number_lines(draft["Line"], before)
    check_stock(books, "InventoryAdjustment", draft)
    return draft


def opened(books: Books, draft: Document, before: Document | None) -> Document:
    """Keep what a new inventory item starts with; later its quantity is what the ledger says, not what is sent.

    The vendor does not publish what sending another QtyOnHand with an update does. Here it changes nothing: quantities
    change by transactions alone.
    """
    if draft["Type"] != "Inventory":
        return {name: value for name, value in draft.items() if name != "QtyOnHand"}
    if before is not None and before["Type"] == "Inventory":
        return {**draft, "QtyOnHand": before["QtyOnHand"]}
    if amount_of(draft, "QtyOnHand") < 0:
        raise fault("2160", "Invalid Quantity : QtyOnHand must be 0 or greater", element="QtyOnHand")
    return draft


def opening_of(item: Document) -> Opening:
    """Return what a new inventory item starts with: its quantity at its purchase cost."""
    quantity = amount_of(item, "QtyOnHand")
    return Opening(quantity=quantity, value=cents(quantity * amount_of(item, "PurchaseCost")))


def _line(books: Books, line: Document) -> Document:
    detail: Document = line.get("ItemAdjustmentLineDetail") or {}
    if line.get("DetailType") != "ItemAdjustmentLineDetail":
        raise missing("Line.DetailType")
    if "ItemRef" not in detail:
        raise fault("6440", "Transaction Detail Information Required : the line names no item", element="Line")
    item_id = detail["ItemRef"]["value"]
    item = books.find("Item", item_id) or {}
    if item.get("Type") != "Inventory":
        raise business_rule(f"Item {item_id} is not an Inventory item, so its quantity is not kept.")
    return {**line, "ItemAdjustmentLineDetail": detail}

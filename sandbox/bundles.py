"""Lines that sell a bundle: several items under one name."""

from decimal import Decimal

from sandbox.books import Books
from sandbox.faults import fault
from sandbox.money import cents
from sandbox.wire import Document


def expanded(books: Books, line: Document) -> Document:
    """Return a bundle's line with the lines of its items.

    Where the client gives the inner lines they are taken as they are. Else each component comes in its own quantity
    times the bundle's, at the item's price, as QuickBooks documents for GroupLineDetail.

    Raises:
        QuickBooksFault: 2500, the line names no bundle.
    """
    detail: Document = line.get("GroupLineDetail") or {}
    identifier = str((detail.get("GroupItemRef") or {}).get("value", ""))
    bundle = books.find("Item", identifier)
    if bundle is None or bundle.get("Type") != "Group":
        raise fault("2500", Kind="Items", id=identifier)
    quantity = Decimal(detail.get("Quantity", 1))
    components = (bundle.get("ItemGroupDetail") or {}).get("ItemGroupLine", ())
    given = [dict(each) for each in detail.get("Line", ()) if each.get("DetailType") != "SubTotalLineDetail"]
    lines = given or [_component(books, each, quantity) for each in components]
    return {**line, "GroupLineDetail": {**detail, "Quantity": quantity, "Line": lines}}


def _component(books: Books, component: Document, quantity: Decimal) -> Document:
    item = books.find("Item", component["ItemRef"]["value"]) or {}
    price = Decimal(item.get("UnitPrice", 0))
    units = Decimal(component.get("Qty", 1)) * quantity
    detail = {"ItemRef": component["ItemRef"], "UnitPrice": price, "Qty": units}
    members: Document = {
        "DetailType": "SalesItemLineDetail",
        "Amount": cents(units * price),
        "SalesItemLineDetail": detail,
    }
    return {**members, "Description": item["Description"]} if "Description" in item else members

"""The lines of sales forms and of purchases: their ids, their amounts, their subtotal."""

from decimal import Decimal

from sandbox.books import Books
from sandbox.bundles import expanded
from sandbox.facts import Entity
from sandbox.faults import business_rule, fault, missing
from sandbox.money import ZERO, amount_of, cents, printed
from sandbox.sides import POSTING, PRICED, leaves
from sandbox.wire import Document

DEFAULT_ITEM = "1"
"""QuickBooks books a sales line without an item on the company's first item, "Services"."""
SPECIAL_INCOME = {"SHIPPING_ITEM_ID": "ShippingFreightDelivery"}
"""Items that clients write and nobody stores, with the account subtype they are booked on, else on other income."""


def settle_lines(books: Books, entity: Entity, draft: Document, before: Document | None) -> list[Document]:
    """Return the lines as they will be stored: checked, computed, numbered, with a subtotal on sales forms."""
    given = [dict(line) for line in draft["Line"] if line.get("DetailType") != "SubTotalLineDetail"]
    lines = [_line(books, entity, line) for line in given]
    if not any(line["DetailType"] in POSTING for line in leaves(lines)):
        raise business_rule("You must set a transaction amount.")
    _compute_discounts(lines)
    number_lines(lines, before)
    if "SubTotalLineDetail" in entity.line_detail_types:
        subtotal = {"Amount": printed(subtotal_of(lines)), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
        lines.append(subtotal)
    return lines


def subtotal_of(lines: list[Document]) -> Decimal:
    """Add the lines up to what a subtotal shows: discounts come after it."""
    return sum((amount_of(line, "Amount") for line in leaves(lines) if line["DetailType"] in POSTING), ZERO)


def discount_of(lines: list[Document]) -> Decimal:
    """Add the discounts up."""
    return sum((amount_of(line, "Amount") for line in lines if line["DetailType"] == "DiscountLineDetail"), ZERO)


def total_of(lines: list[Document]) -> Decimal:
    """Add the lines up, discounts taken off."""
    return subtotal_of(lines) - discount_of(lines)


def number_lines(lines: list[Document], before: Document | None, *, first: int = 1) -> None:
    """Give ids: an existing positive Id keeps its line, everything else becomes a new one.

    Args:
        first: the id of a document's first line; journal entries begin at 0, as in the vendor's samples.
    """
    known = {line["Id"] for line in leaves_and_bundles((before or {}).get("Line", [])) if "Id" in line}
    highest = max((int(each) for each in known), default=first - 1)
    for line in leaves_and_bundles(lines):
        if line.get("Id") in known:
            known.discard(line["Id"])
        else:
            highest += 1
            line["Id"] = str(highest)
    for position, line in enumerate(lines, start=1):
        line["LineNum"] = position


def leaves_and_bundles(lines: list[Document]) -> list[Document]:
    """Return every line that has an id: the document's own, then those inside bundles."""
    inside = [each for line in lines for each in (line.get("GroupLineDetail") or {}).get("Line", ())]
    return [*lines, *inside]


def _line(books: Books, entity: Entity, line: Document) -> Document:
    kind = _detail_type(entity, line)
    if kind == "DescriptionOnly":
        return {name: value for name, value in line.items() if name != "Amount"}
    if kind == "GroupLineDetail":
        bundle = expanded(books, line)
        inner = [_line(books, entity, each) for each in bundle["GroupLineDetail"]["Line"]]
        amount = printed(subtotal_of(inner))
        return {**bundle, "Amount": amount, "GroupLineDetail": {**bundle["GroupLineDetail"], "Line": inner}}
    line.setdefault(kind, {})
    if kind in PRICED:
        line[kind] = _item_detail(books, kind, line[kind])
        line["Amount"] = _priced_amount(line, line[kind])
    if kind == "AccountBasedExpenseLineDetail" and "AccountRef" not in line[kind]:
        raise missing("AccountBasedExpenseLineDetail.AccountRef")
    if kind in POSTING and line.get("Amount") is None:
        raise missing("Line.Amount")
    if line.get("Amount") is not None:
        line["Amount"] = printed(amount_of(line, "Amount"))
    return line


def _detail_type(entity: Entity, line: Document) -> str:
    kind = line.get("DetailType")
    if kind is None:
        raise missing("Line.DetailType")
    if kind not in entity.line_detail_types:
        raise fault("2120", f"Line.DetailType {kind} is not valid for {entity.name}", element="Line.DetailType")
    if kind == "TDSLineDetail":
        raise fault("5030", reason="tax deducted at source belongs to companies in India")
    return str(kind)


def _item_detail(books: Books, kind: str, detail: Document) -> Document:
    """Complete an item line, and write the account it is booked on into it.

    The account is kept with the line, so that giving the item another account later leaves history where it is.
    """
    if "ItemRef" not in detail:
        if kind != "SalesItemLineDetail" or books.find("Item", DEFAULT_ITEM) is None:
            raise fault("6440", "Transaction Detail Information Required : the line names no item", element="Line")
        detail = {"ItemRef": books.reference("Item", DEFAULT_ITEM), **detail}
    account = _item_account(books, kind, detail["ItemRef"]["value"])
    return {**detail, "ItemAccountRef": books.reference("Account", account)}


def _item_account(books: Books, kind: str, item_id: str) -> str:
    if item_id in SPECIAL_INCOME and kind == "SalesItemLineDetail":
        subtype = SPECIAL_INCOME[item_id]
        accounts = books.documents("Account")
        income = [each["Id"] for each in accounts if each["Classification"] == "Revenue" and each.get("Active", True)]
        named = [each["Id"] for each in accounts if each["AccountSubType"] == subtype and each["Id"] in income]
        if not income:
            raise business_rule("The company has no active income account. Create one first.")
        return str((named or income)[0])
    item = books.find("Item", item_id) or {}
    if item.get("Type") in ("Category", "Group"):
        raise business_rule(f"Item {item_id} is a {item['Type']}; name a product or service on this line.")
    member = "IncomeAccountRef" if kind == "SalesItemLineDetail" else "ExpenseAccountRef"
    if kind != "SalesItemLineDetail" and item.get("Type") == "Inventory":
        member = "AssetAccountRef"
    if member not in item:
        raise business_rule(f"Item {item_id} has no {member}, so it cannot be used on this line.")
    return str(item[member]["value"])


def _priced_amount(line: Document, detail: Document) -> Decimal | None:
    amount, quantity, price = line.get("Amount"), detail.get("Qty"), detail.get("UnitPrice")
    if quantity is None or price is None:
        return None if amount is None else Decimal(amount)
    product = cents(Decimal(quantity) * Decimal(price))
    if amount is not None and Decimal(amount) != product:
        raise fault("6070", amount=f"{Decimal(amount):,}")
    return product


def _compute_discounts(lines: list[Document]) -> None:
    for line in lines:
        if line["DetailType"] != "DiscountLineDetail":
            continue
        detail = line["DiscountLineDetail"]
        if detail.get("PercentBased") and detail.get("DiscountPercent") is not None:
            share = subtotal_of(lines) * Decimal(detail["DiscountPercent"]) / 100
            line["Amount"] = printed(cents(share))
        elif line.get("Amount") is None:
            raise fault("6090", "Discount Line missing required info : Amount, or PercentBased and DiscountPercent")

"""The lines of invoices and bills: their ids, their amounts, their subtotal."""

from collections.abc import Iterator
from decimal import Decimal

from sandbox.books import Books
from sandbox.facts import Entity
from sandbox.faults import business_rule, fault, missing
from sandbox.money import ZERO, amount_of, cents, printed
from sandbox.wire import Document

PRICED = ("SalesItemLineDetail", "ItemBasedExpenseLineDetail")
POSTING = (*PRICED, "AccountBasedExpenseLineDetail")
"""Details whose amount counts, so each of them reaches an account."""
DEFAULT_ITEM = "1"
"""QuickBooks books a sales line without an item on the company's first item, "Services"."""


def settle_lines(books: Books, entity: Entity, draft: Document, before: Document | None) -> list[Document]:
    """Return the lines as they will be stored: checked, computed, numbered, with a subtotal on sales forms."""
    given = [dict(line) for line in draft["Line"] if line.get("DetailType") != "SubTotalLineDetail"]
    lines = [_line(books, entity, line) for line in given]
    if not any(line["DetailType"] in POSTING for line in lines):
        raise business_rule("You must set a transaction amount.")
    _compute_discounts(lines)
    _number(lines, before)
    if "SubTotalLineDetail" in entity.line_detail_types:
        subtotal = {"Amount": printed(subtotal_of(lines)), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
        lines.append(subtotal)
    return lines


def subtotal_of(lines: list[Document]) -> Decimal:
    """Add the lines up to what a subtotal shows: discounts come after it."""
    return sum((amount_of(line, "Amount") for line in lines if line["DetailType"] in POSTING), ZERO)


def total_of(lines: list[Document]) -> Decimal:
    """Add the lines up, discounts taken off."""
    discounts = (amount_of(line, "Amount") for line in lines if line["DetailType"] == "DiscountLineDetail")
    return subtotal_of(lines) - sum(discounts, ZERO)


def line_accounts(books: Books, line: Document) -> Iterator[tuple[str, Decimal]]:
    """Yield the accounts a line posts to with the amount it adds to the document's total."""
    amount = amount_of(line, "Amount")
    kind = line["DetailType"]
    detail = line.get(kind, {})
    if kind == "AccountBasedExpenseLineDetail":
        yield detail["AccountRef"]["value"], amount
    elif kind in PRICED:
        yield _item_account(books, kind, detail), amount
    elif kind == "DiscountLineDetail":
        given = detail.get("DiscountAccountRef")
        yield (given["value"] if given else books.account_with("AccountSubType", "DiscountsRefundsGiven")), -amount


def _line(books: Books, entity: Entity, line: Document) -> Document:
    kind = _detail_type(entity, line)
    if kind == "DescriptionOnly":
        return {name: value for name, value in line.items() if name != "Amount"}
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
    if kind == "GroupLineDetail":
        # Bundles are read-only for the API and no seed has one, so a group line can only name an unknown item.
        raise fault("2500", Kind="Items", id=str(line.get(kind, {}).get("GroupItemRef", {}).get("value", "")))
    if kind == "TDSLineDetail":
        raise fault("5030", reason="tax deducted at source belongs to companies in India")
    return str(kind)


def _item_detail(books: Books, kind: str, detail: Document) -> Document:
    if "ItemRef" not in detail:
        if kind != "SalesItemLineDetail" or books.find("Item", DEFAULT_ITEM) is None:
            raise fault("6440", "Transaction Detail Information Required : the line names no item", element="Line")
        detail = {"ItemRef": books.reference("Item", DEFAULT_ITEM), **detail}
    if kind != "SalesItemLineDetail":
        return detail
    tax_code = detail.get("TaxCodeRef", {"value": "NON"})
    if tax_code["value"] not in ("TAX", "NON"):
        raise fault("6100", f"Invalid Line TaxCode : {tax_code['value']}. Use TAX or NON.", element="TaxCodeRef")
    return {**detail, "TaxCodeRef": tax_code}


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


def _number(lines: list[Document], before: Document | None) -> None:
    """Give ids: an existing positive Id keeps its line, everything else becomes a new one."""
    known = {line["Id"] for line in (before or {}).get("Line", ()) if "Id" in line}
    highest = max((int(each) for each in known), default=0)
    for position, line in enumerate(lines, start=1):
        if line.get("Id") in known:
            known.discard(line["Id"])
        else:
            highest += 1
            line["Id"] = str(highest)
        line["LineNum"] = position


def _item_account(books: Books, kind: str, detail: Document) -> str:
    item = books.find("Item", detail["ItemRef"]["value"]) or {}
    member = "IncomeAccountRef" if kind == "SalesItemLineDetail" else "ExpenseAccountRef"
    if "ItemAccountRef" in detail:
        return str(detail["ItemAccountRef"]["value"])
    if member not in item:
        raise business_rule(f"Item {detail['ItemRef']['value']} has no {member}, so it cannot be used on this line.")
    return str(item[member]["value"])

"""A document as it would be printed: who, to whom, when, what for, how much."""

from collections.abc import Iterator
from decimal import Decimal

from sandbox.books import Books
from sandbox.pdf import BOLD, REGULAR, Text, write_pdf
from sandbox.wire import Document

TITLES = {
    "Invoice": "INVOICE",
    "Estimate": "ESTIMATE",
    "SalesReceipt": "SALES RECEIPT",
    "CreditMemo": "CREDIT MEMO",
    "RefundReceipt": "REFUND RECEIPT",
    "PurchaseOrder": "PURCHASE ORDER",
    "Payment": "PAYMENT RECEIPT",
}
"""Entities that can be printed, with the heading of their form."""
LEFT, AMOUNTS, TOP, BOTTOM, LEADING = 54, 470, 740, 60, 14
"""Where the page's columns and edges lie, and the step from line to line, in points."""
WIDEST = 78
"""Characters of a description that fit before the amounts."""
ADDRESS = ("Line1", "Line2", "Line3", "Line4", "Line5", "City", "CountrySubDivisionCode", "PostalCode")
TOTALS = {"TotalAmt": "Total", "Deposit": "Deposit", "Balance": "Balance due", "UnappliedAmt": "Not applied"}
Line = tuple[str, str, bool]
"""Text on the left, amount on the right, and whether both are bold."""


def print_document(books: Books, entity: str, document: Document) -> bytes:
    """Return a document as a PDF file of as many pages as it needs."""
    title = f"{TITLES[entity]} {document.get('DocNumber', document['Id'])}"
    lines = list(_lines(books, title, document))
    room = (TOP - BOTTOM) // LEADING
    pages = [lines[start : start + room] for start in range(0, len(lines), room)]
    return write_pdf(title, [_page(page) for page in pages])


def _page(lines: list[Line]) -> list[Text]:
    texts: list[Text] = []
    for position, (left, right, is_bold) in enumerate(lines):
        font = BOLD if is_bold else REGULAR
        y = TOP - position * LEADING
        texts += [Text(x=x, y=y, text=text, font=font) for x, text in ((LEFT, left), (AMOUNTS, right)) if text]
    return texts


def _lines(books: Books, title: str, document: Document) -> Iterator[Line]:
    company = books.find("CompanyInfo", "1") or {}
    yield company.get("CompanyName", ""), "", True
    yield from ((text, "", False) for text in _address(company.get("CompanyAddr", {})))
    yield "", "", False
    yield title, "", True
    yield from _head(document)
    yield "", "", False
    yield from _body(document)
    yield "", "", False
    yield from _totals(document)
    memo = document.get("CustomerMemo", {}).get("value") or document.get("Memo")
    if memo:
        yield "", "", False
        yield from ((text, "", False) for text in _wrapped(str(memo)))


def _head(document: Document) -> Iterator[Line]:
    party = document.get("CustomerRef") or document.get("VendorRef") or {}
    if party:
        yield f"To: {party.get('name', party['value'])}", "", False
    yield from ((text, "", False) for text in _address(document.get("BillAddr") or document.get("VendorAddr") or {}))
    for member, label in (("TxnDate", "Date"), ("DueDate", "Due"), ("ExpirationDate", "Valid until")):
        if member in document:
            yield f"{label}: {document[member]}", "", False


def _body(document: Document) -> Iterator[Line]:
    yield "Description", "Amount", True
    for line in document.get("Line", ()):
        kind = line.get("DetailType", "")
        if kind == "SubTotalLineDetail":
            continue
        first, *rest = _wrapped(_described(line, line.get(kind, {}))) or [""]
        amount = line.get("Amount")
        yield first, "" if amount is None else _money(amount), False
        yield from ((text, "", False) for text in rest)


def _described(line: Document, detail: Document) -> str:
    item = detail.get("ItemRef") or detail.get("AccountRef") or {}
    quantity = f"{detail['Qty']} x {detail['UnitPrice']}" if "Qty" in detail and "UnitPrice" in detail else ""
    linked = ", ".join(f"{each['TxnType']} {each['TxnId']}" for each in line.get("LinkedTxn", ()))
    kind = "Discount" if line.get("DetailType") == "DiscountLineDetail" else ""
    parts = (kind, item.get("name", ""), line.get("Description", ""), quantity, linked)
    return "  ".join(part for part in parts if part)


def _totals(document: Document) -> Iterator[Line]:
    tax = document.get("TxnTaxDetail", {}).get("TotalTax")
    if tax:
        yield "Tax", _money(tax), False
    for member, label in TOTALS.items():
        if member in document:
            yield label, _money(document[member]), member == "TotalAmt"


def _address(address: Document) -> list[str]:
    return [str(address[name]) for name in ADDRESS if address.get(name)]


def _wrapped(text: str) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < WIDEST:
            lines[-1] += f" {word}"
        else:
            lines.append(word[:WIDEST])
    return lines


def _money(amount: Decimal | int) -> str:
    return f"{Decimal(amount):,.2f}"

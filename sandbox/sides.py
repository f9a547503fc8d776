"""The pieces postings are made of: lines, names, and the side that balances them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.books import Books
from sandbox.currency import home
from sandbox.ledger import Key, Posting
from sandbox.money import ZERO, amount_of
from sandbox.wire import Document

PRICED = ("SalesItemLineDetail", "ItemBasedExpenseLineDetail")
"""Details that name an item."""
POSTING = (*PRICED, "AccountBasedExpenseLineDetail")
"""Details whose amount counts, so each of them reaches an account."""
PARTIES = {
    "CustomerRef": "Customer",
    "VendorRef": "Vendor",
    "EmployeeRef": "Employee",
}


def leaves(lines: list[Document]) -> Iterator[Document]:
    """Yield the lines that count, those of a bundle in the bundle's place."""
    for line in lines:
        if line.get("DetailType") == "GroupLineDetail":
            yield from line["GroupLineDetail"].get("Line", ())
        else:
            yield line


def document_party(entity: str, document: Document) -> Key | None:
    """Return the name on a document itself."""
    if entity == "Purchase":
        given = document.get("EntityRef")
        return (str(given.get("type", "Vendor")).capitalize(), given["value"]) if given else None
    for member, party in PARTIES.items():
        if member in document and entity not in ("Account", "Item"):
            return party, document[member]["value"]
    return None


def side(
    document: Document, line: Document, account_id: str, amount: Decimal, *, party: Key | None, sign: int = 1
) -> Posting:
    """Return the posting of one line with everything the line and its document say about it.

    Args:
        sign: 1 where the units are sold or bought, -1 where a credit takes them back.
    """
    detail: Document = line.get(line.get("DetailType", ""), {})
    quantity = detail.get("Qty")
    return Posting(
        account_id=account_id,
        amount=amount,
        party=party,
        line_id=line.get("Id"),
        item_id=_value(detail, "ItemRef"),
        quantity=None if quantity is None else sign * Decimal(quantity),
        class_id=_value(detail, "ClassRef") or _value(document, "ClassRef"),
        department_id=_value(detail, "DepartmentRef") or _value(document, "DepartmentRef"),
        customer_id=_value(detail, "CustomerRef") or _value(document, "CustomerRef"),
        memo=line.get("Description"),
    )


def balanced(document: Document, account_id: str, sides: list[Posting], party: Key | None) -> list[Posting]:
    """Add the side that brings the others to zero."""
    remainder = -sum((each.amount for each in sides), ZERO)
    control = Posting(
        account_id=account_id,
        amount=remainder,
        party=party,
        class_id=_value(document, "ClassRef"),
        department_id=_value(document, "DepartmentRef"),
        customer_id=party[1] if party and party[0] == "Customer" else None,
        memo=document.get("PrivateNote"),
    )
    return [*sides, control]


def tax_sides(books: Books, document: Document, rate: Decimal, *, sign: int) -> list[Posting]:
    """Return what a document owes each tax agency; `sign` is -1 on sales, 1 where a credit takes the tax back."""
    detail = document.get("TxnTaxDetail") or {}
    total = amount_of(detail, "TotalTax")
    sides: list[Posting] = []
    for line in detail.get("TaxLine", ()):
        tax_rate = line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value")
        amount = amount_of(line, "Amount")
        total -= amount
        account = liability_account(books, tax_rate)
        sides.append(Posting(account_id=account, amount=sign * home(rate, amount), tax_rate_id=tax_rate))
    if total:
        sides.append(Posting(account_id=liability_account(books, None), amount=sign * home(rate, total)))
    return sides


def liability_account(books: Books, tax_rate: str | None) -> str:
    """Return the account a tax is owed on: the agency's own where it has one, else the common one.

    An agency's own is its TaxTrackedOnSalesAccountRef, or the tax account named "<agency> Payable" as QuickBooks names
    the account it makes with an agency.
    """
    rate: Document = (books.find("TaxRate", tax_rate) if tax_rate else None) or {}
    agency: Document = (books.find("TaxAgency", rate["AgencyRef"]["value"]) if "AgencyRef" in rate else None) or {}
    if "TaxTrackedOnSalesAccountRef" in agency:
        return str(agency["TaxTrackedOnSalesAccountRef"]["value"])
    named = f"{agency.get('DisplayName')} Payable"
    own = (each for each in books.documents("Account") if agency and each.get("Name") == named)
    found: Document | None = next(own, None)
    return str(found["Id"]) if found else books.account_with("AccountSubType", "GlobalTaxPayable")


def _value(holder: Document, member: str) -> str | None:
    reference: Any = holder.get(member)
    return str(reference["value"]) if reference else None

"""What bills, expenses and payments to vendors do to the ledger."""

from sandbox.books import Books
from sandbox.currency import home, rate_of
from sandbox.exchange import payment_sides
from sandbox.ledger import Key, Posting
from sandbox.money import amount_of
from sandbox.sides import POSTING, balanced, document_party, side
from sandbox.wire import Document

PAYABLE = "Accounts Payable"


def bill(books: Books, document: Document) -> list[Posting]:
    """Expenses and goods to payable."""
    return balanced(
        document, payable(books, document), _bought(books, document, _vendor(document), sign=1), _vendor(document)
    )


def vendor_credit(books: Books, document: Document) -> list[Posting]:
    """A bill the other way round: less is owed to the vendor."""
    return balanced(
        document, payable(books, document), _bought(books, document, _vendor(document), sign=-1), _vendor(document)
    )


def purchase(books: Books, document: Document) -> list[Posting]:
    """Expenses and goods to the bank or card account; a credit goes the other way."""
    sign = -1 if document.get("Credit") else 1
    party = document_party("Purchase", document)
    return balanced(document, document["AccountRef"]["value"], _bought(books, document, party, sign=sign), party)


def bill_payment(books: Books, document: Document) -> list[Posting]:
    """Money that leaves a bank or card account against payable."""
    if not amount_of(document, "TotalAmt"):
        return []
    is_check = document["PayType"] == "Check"
    source = document["CheckPayment"]["BankAccountRef"] if is_check else document["CreditCardPayment"]["CCAccountRef"]
    return payment_sides(books, "BillPayment", document, source["value"], payable(books, document))


def payable(books: Books, document: Document) -> str:
    """Return the payable account a document posts to."""
    given = document.get("APAccountRef")
    return str(given["value"]) if given else books.account_with("AccountType", PAYABLE)


def _vendor(document: Document) -> Key:
    return "Vendor", document["VendorRef"]["value"]


def _bought(books: Books, document: Document, party: Key | None, *, sign: int) -> list[Posting]:
    """Return the sides of the lines; `sign` is 1 for a purchase, -1 for a credit."""
    rate = rate_of(books, document)
    sides: list[Posting] = []
    for line in document["Line"]:
        if line.get("DetailType") in POSTING:
            amount = sign * home(rate, amount_of(line, "Amount"))
            account = expense_account(books, line, sign=sign)
            sides.append(side(document, line, account, amount, party=party, sign=sign))
    return sides


def expense_account(books: Books, line: Document, *, sign: int) -> str:
    """Return the account a purchase line is booked on.

    Goods for stock go to the asset account. Goods sent back leave it at their cost instead, which the inventory pairs
    with the expense account; so their price goes there, and what is left is the gain or loss on sending them back.
    """
    kind = line["DetailType"]
    detail: Document = line[kind]
    if kind == "AccountBasedExpenseLineDetail":
        return str(detail["AccountRef"]["value"])
    item = books.find("Item", detail["ItemRef"]["value"]) or {}
    if item.get("Type") == "Inventory":
        comes_in = sign * detail.get("Qty", 1) > 0
        return str(item["AssetAccountRef" if comes_in else "ExpenseAccountRef"]["value"])
    return str(detail["ItemAccountRef"]["value"])

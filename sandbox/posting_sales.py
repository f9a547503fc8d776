"""What sales forms and customers' payments do to the ledger."""

from decimal import Decimal

from sandbox.books import Books
from sandbox.currency import home, rate_of
from sandbox.exchange import payment_sides
from sandbox.ledger import Key, Posting
from sandbox.money import ZERO, amount_of
from sandbox.sides import balanced, leaves, side, tax_sides
from sandbox.wire import Document

RECEIVABLE = "Accounts Receivable"


def invoice(books: Books, document: Document) -> list[Posting]:
    """Income and tax to receivable; a deposit taken with it goes to its own account."""
    sides = _sold(books, document, sign=-1)
    deposit = amount_of(document, "Deposit")
    if deposit:
        received = home(rate_of(books, document), deposit)
        sides.append(Posting(account_id=deposit_account(books, document), amount=received, party=customer_of(document)))
    return balanced(document, receivable(books, document), sides, customer_of(document))


def credit_memo(books: Books, document: Document) -> list[Posting]:
    """An invoice the other way round: income and tax are taken back, and the customer owes less."""
    return balanced(document, receivable(books, document), _sold(books, document, sign=1), customer_of(document))


def sales_receipt(books: Books, document: Document) -> list[Posting]:
    """Income and tax to the account the money went to."""
    return balanced(document, deposit_account(books, document), _sold(books, document, sign=-1), customer_of(document))


def refund_receipt(books: Books, document: Document) -> list[Posting]:
    """A sales receipt the other way round: the money leaves the account."""
    return balanced(document, deposit_account(books, document), _sold(books, document, sign=1), customer_of(document))


def payment(books: Books, document: Document) -> list[Posting]:
    """Money received against receivable, whether it settles anything or not."""
    account = deposit_account(books, document)
    return payment_sides(books, "Payment", document, account, receivable(books, document))


def customer_of(document: Document) -> Key | None:
    """Return the customer of a sales form; a sales receipt may have lost its own."""
    given = document.get("CustomerRef")
    return ("Customer", given["value"]) if given else None


def receivable(books: Books, document: Document) -> str:
    """Return the receivable account a form posts to."""
    given = document.get("ARAccountRef")
    return str(given["value"]) if given else books.account_with("AccountType", RECEIVABLE)


def deposit_account(books: Books, document: Document) -> str:
    """Return where a form's money goes: Undeposited Funds unless it says otherwise."""
    given = document.get("DepositToAccountRef")
    return str(given["value"]) if given else books.account_with("AccountSubType", "UndepositedFunds")


def _sold(books: Books, document: Document, *, sign: int) -> list[Posting]:
    """Return the sides of lines, discounts and tax; `sign` is -1 for a sale, 1 for what takes one back."""
    rate = rate_of(books, document)
    party = customer_of(document)
    sides: list[Posting] = []
    for line in leaves(document["Line"]):
        account, amount = _line(books, line)
        if amount:
            posted = sign * home(rate, amount)
            sides.append(side(document, line, account, posted, party=party, sign=-sign))
    return sides + tax_sides(books, document, rate, sign=sign)


def _line(books: Books, line: Document) -> tuple[str, Decimal]:
    kind = line["DetailType"]
    detail: Document = line.get(kind) or {}
    if kind == "SalesItemLineDetail":
        return str(detail["ItemAccountRef"]["value"]), amount_of(line, "Amount")
    if kind == "DiscountLineDetail":
        given = detail.get("DiscountAccountRef")
        account = given["value"] if given else books.account_with("AccountSubType", "DiscountsRefundsGiven")
        return str(account), -amount_of(line, "Amount")
    return "", ZERO

"""What deposits, transfers, card payments and journal entries do to the ledger."""

import msgspec

from sandbox.books import Books
from sandbox.currency import home, rate_of
from sandbox.ledger import Key, Posting
from sandbox.money import amount_of
from sandbox.sides import balanced, side
from sandbox.wire import Document


def deposit(books: Books, document: Document) -> list[Posting]:
    """Money from Undeposited Funds and from elsewhere to the bank, less what was kept in cash."""
    rate = rate_of(books, document)
    sides: list[Posting] = []
    for line in document["Line"]:
        detail: Document = line.get("DepositLineDetail") or {}
        taken = not detail and books.account_with("AccountSubType", "UndepositedFunds")
        account = str(taken or detail["AccountRef"]["value"])
        amount = -home(rate, amount_of(line, "Amount"))
        sides.append(side(document, line, account, amount, party=entity_of(detail.get("Entity"))))
    cash = document.get("CashBack") or {}
    if cash.get("AccountRef"):
        kept = home(rate, amount_of(cash, "Amount"))
        sides.append(Posting(account_id=cash["AccountRef"]["value"], amount=kept, memo=cash.get("Memo")))
    return balanced(document, document["DepositToAccountRef"]["value"], sides, None)


def transfer(books: Books, document: Document) -> list[Posting]:
    """Money from one account to another."""
    amount = home(rate_of(books, document), amount_of(document, "Amount"))
    into = Posting(account_id=document["ToAccountRef"]["value"], amount=amount, memo=document.get("PrivateNote"))
    return balanced(document, document["FromAccountRef"]["value"], [into], None)


def credit_card_payment(books: Books, document: Document) -> list[Posting]:
    """Money from the bank that brings a card's debt down."""
    given = document.get("VendorRef")
    party = ("Vendor", given["value"]) if given else None
    card = document["CreditCardAccountRef"]["value"]
    paid = Posting(account_id=card, amount=amount_of(document, "Amount"), party=party, memo=document.get("Memo"))
    return balanced(document, document["BankAccountRef"]["value"], [paid], party)


def journal_entry(books: Books, document: Document) -> list[Posting]:
    """The lines as they are, debits positive.

    In another currency rounding may leave a cent between the converted sides; the last line takes it.
    """
    rate = rate_of(books, document)
    sides: list[Posting] = []
    lines = [line for line in document["Line"] if line["DetailType"] == "JournalEntryLineDetail"]
    for line in lines:
        detail = line["JournalEntryLineDetail"]
        amount = home(rate, amount_of(line, "Amount"))
        signed = amount if detail["PostingType"] == "Debit" else -amount
        party = entity_of(detail.get("Entity"))
        sides.append(side(document, line, detail["AccountRef"]["value"], signed, party=party))
    return _closed(sides)


def entity_of(given: Document | None) -> Key | None:
    """Read a name as journal entries write it (Type and EntityRef) or as deposits do (value and type)."""
    if not given:
        return None
    if "EntityRef" in given:
        return str(given.get("Type", "Vendor")).capitalize(), given["EntityRef"]["value"]
    return str(given.get("type", "Vendor")).capitalize(), given["value"]


def _closed(sides: list[Posting]) -> list[Posting]:
    remainder = sum(each.amount for each in sides)
    if remainder:
        last = sides[-1]
        sides[-1] = msgspec.structs.replace(last, amount=last.amount - remainder)
    return sides

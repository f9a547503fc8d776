"""Which payment settled what, and on which day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.books import Books
from sandbox.ledger import JournalEntry, Key
from sandbox.money import ZERO


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """A part of a payment, settling a part of one document."""

    day: date
    """The later of the two documents' days: before it, one of them did not exist."""
    amount: Decimal
    signed: Decimal
    """The amount as it adds to receivables less payables: positive settles an invoice, negative a bill or a credit."""
    payment: Key


def applications_of(books: Books) -> tuple[dict[Key, list[Application]], dict[Key, Decimal]]:
    """Return what settles each document, by day, with what each payment has spent on documents.

    What a payment spends is signed like what the documents owe: settling an invoice is positive, using up a credit
    memo or paying a bill is negative, so a payment's own postings plus what it spent are what is left of it.
    """
    settled: dict[Key, list[Application]] = {}
    spent: defaultdict[Key, Decimal] = defaultdict(lambda: ZERO)
    for key, entry in books.ledger.entries.items():
        payments = books.links.payments_of(key)
        if not payments:
            continue
        parts = [_application(books, entry, payment, amount) for payment, amount in payments.items()]
        settled[key] = sorted(parts, key=lambda part: (part.day, len(part.payment[1]), part.payment[1]))
        for part in parts:
            spent[part.payment] += part.signed
    return settled, spent


def owed_by(books: Books, entry: JournalEntry) -> Decimal:
    """Return what an entry adds to receivables, less what it adds to payables."""
    control = books.ledger.control_accounts
    return sum((p.amount for p in entry.postings if p.party and p.account_id in control), ZERO)


def _application(books: Books, entry: JournalEntry, payment: Key, amount: Decimal) -> Application:
    paid = books.ledger.entries.get(payment)
    day = paid.txn_date if paid is not None else _written(books, payment) or entry.txn_date
    signed = abs(amount) if owed_by(books, entry) >= 0 else -abs(amount)
    return Application(day=max(day, entry.txn_date), amount=abs(amount), signed=signed, payment=payment)


def _written(books: Books, payment: Key) -> date | None:
    """Return the day of a payment that moves no money, such as one that only applies a credit."""
    document = books.find(*payment)
    return date.fromisoformat(document["TxnDate"]) if document else None

"""Which payment settled what, and on which day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.books import Books
from sandbox.currency import home, keeps_many_currencies, rate_of
from sandbox.ledger import JournalEntry, Key
from sandbox.money import ZERO
from sandbox.wire import Document

PARTIES = {"CustomerRef": "Customer", "VendorRef": "Vendor"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """A part of a payment, settling a part of one document."""

    day: date
    """The later of the two documents' days: before it, one of them did not exist."""
    party: Key
    """Whose debt is settled."""
    signed: Decimal
    """The amount as it adds to receivables less payables: positive settles an invoice, negative a bill or a credit."""
    payment: Key


def applications_of(books: Books) -> tuple[dict[Key, list[Application]], dict[Key, Decimal]]:
    """Return what settles each document, by day, with what each payment has spent on documents.

    What a payment spends is signed like what the documents owe, so a payment's own postings plus what it spent are
    what is left of it. Amounts are in the home currency, at the settled document's own rate.
    """
    many = keeps_many_currencies(books)
    settled: dict[Key, list[Application]] = {}
    spent: defaultdict[Key, Decimal] = defaultdict(lambda: ZERO)
    for key, entry in books.ledger.entries.items():
        payments = books.links.payments_of(key)
        if not payments:
            continue
        parts = [_application(books, entry, payment, amount, is_foreign=many) for payment, amount in payments.items()]
        settled[key] = sorted(parts, key=lambda part: (part.day, len(part.payment[1]), part.payment[1]))
        for part in parts:
            spent[part.payment] += part.signed
    return settled, spent


def _application(books: Books, entry: JournalEntry, payment: Key, amount: Decimal, *, is_foreign: bool) -> Application:
    paid = books.ledger.entries.get(payment)
    # A payment that only applies a credit moves no money and has no entry.
    document = {} if paid is not None else books.find(*payment) or {}
    day = paid.txn_date if paid is not None else _written(document) or entry.txn_date
    party = _party(books, entry, paid.party if paid is not None else _payer(document))
    in_home = home(rate_of(books, books.find(*entry.key) or {}), amount) if is_foreign else amount
    signed = in_home if books.ledger.owed(entry.key, party) >= 0 else -in_home
    return Application(day=max(day, entry.txn_date), party=party, signed=signed, payment=payment)


def _party(books: Books, entry: JournalEntry, payer: Key | None) -> Key:
    """Return whose debt a document holds; where a journal entry holds several, the payer's."""
    control = books.ledger.control_accounts
    parties = {posting.party for posting in entry.postings if posting.party and posting.account_id in control}
    if payer is not None and payer in parties:
        return payer
    return min(parties) if parties else payer or ("Customer", "")


def _payer(payment: Document) -> Key | None:
    return next(((entity, str(payment[name]["value"])) for name, entity in PARTIES.items() if name in payment), None)


def _written(payment: Document) -> date | None:
    text = payment.get("TxnDate")
    return date.fromisoformat(text) if text else None

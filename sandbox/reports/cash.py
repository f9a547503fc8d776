"""The journal on cash basis: what is unpaid has not happened yet.

An invoice, bill or credit leaves the journal, and each payment brings back as much of it as it settles, on the later of
the two days: every line of the document in proportion, so that partial payments recognise part of each line and the
last one recognises the rest to the cent. Money applied to nothing goes to the company's unapplied-cash account where it
has one (subtype UnappliedCashPaymentIncome or UnappliedCashBillPaymentExpense) and stays on the receivable or payable
account otherwise. The entries balance like any others, so all statements tie on either basis. Source: QuickBooks' own
description of cash-basis reports; how it spreads a payment over lines is not documented.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from sandbox.books import Books
from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO, cents
from sandbox.reports.applications import Application, applications_of

DEFERRED = ("Invoice", "Bill", "CreditMemo", "VendorCredit")
"""Documents that owe money: they count when they are settled."""
UNAPPLIED = {"Payment": "UnappliedCashPaymentIncome", "BillPayment": "UnappliedCashBillPaymentExpense"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """An entry taken apart: what is owed, what was paid at once, what it is for."""

    owed: tuple[Posting, ...]
    paid: tuple[Posting, ...]
    lines: tuple[Posting, ...]


def cash_entries(books: Books) -> list[JournalEntry]:
    """Return the whole journal on cash basis, by date."""
    settled, spent = applications_of(books)
    unapplied = {entity: _account_of(books, subtype) for entity, subtype in UNAPPLIED.items()}
    entries: list[JournalEntry] = []
    for entry in books.ledger.between():
        if entry.key[0] in DEFERRED:
            entries.extend(_recognised(books, entry, settled.get(entry.key, [])))
        else:
            entries.append(entry)
    if any(unapplied.values()):
        entries = [_moved(books, entry, unapplied.get(entry.key[0]), spent.get(entry.key, ZERO)) for entry in entries]
    return sorted(entries, key=lambda entry: entry.txn_date)


def _recognised(books: Books, entry: JournalEntry, applications: list[Application]) -> Iterator[JournalEntry]:
    parts = _parts(books, entry)
    owed = sum((posting.amount for posting in parts.owed), ZERO)
    if not owed:
        yield entry
        return
    whole = -sum((posting.amount for posting in parts.lines), ZERO)
    done = dict.fromkeys(range(len(parts.lines)), ZERO)
    at_once = whole - owed
    steps = [(entry.txn_date, at_once, parts.paid)] if parts.paid else []
    steps += [(each.day, each.signed, ()) for each in applications]
    largest = max(range(len(parts.lines)), key=lambda index: abs(parts.lines[index].amount), default=0)
    reached = ZERO
    for day, amount, paid in steps:
        reached += amount
        lines = _slice(parts.lines, done, reached, whole)
        control = () if paid else _control(parts.owed, amount, owed)
        yield _entry(entry, day, (*paid, *control), lines, largest)


def _slice(lines: tuple[Posting, ...], done: dict[int, Decimal], reached: Decimal, whole: Decimal) -> list[Posting]:
    """Take from each line what is due by now and was not taken before."""
    taken = []
    for index, line in enumerate(lines):
        due = line.amount if reached == whole else cents(line.amount * reached / whole)
        taken.append(_scaled(line, due - done[index]))
        done[index] = due
    return taken


def _entry(
    entry: JournalEntry, day: date, sides: tuple[Posting, ...], lines: list[Posting], largest: int
) -> JournalEntry:
    """Balance a part of an entry; the cents that rounding leaves go to the document's largest line."""
    gap = sum((posting.amount for posting in (*sides, *lines)), ZERO)
    if gap and lines:
        lines[largest] = msgspec.structs.replace(lines[largest], amount=lines[largest].amount - gap)
    kept = tuple(posting for posting in (*sides, *lines) if posting.amount)
    return msgspec.structs.replace(entry, txn_date=max(day, entry.txn_date), postings=kept)


def _control(owed: tuple[Posting, ...], amount: Decimal, total: Decimal) -> tuple[Posting, ...]:
    first, *rest = owed
    shares = [msgspec.structs.replace(posting, amount=cents(posting.amount * amount / total)) for posting in rest]
    remainder = amount - sum((posting.amount for posting in shares), ZERO)
    return (msgspec.structs.replace(first, amount=remainder), *shares)


def _scaled(line: Posting, amount: Decimal) -> Posting:
    if line.quantity is None or not line.amount or amount == line.amount:
        return msgspec.structs.replace(line, amount=amount)
    return msgspec.structs.replace(line, amount=amount, quantity=line.quantity * amount / line.amount)


def _parts(books: Books, entry: JournalEntry) -> _Parts:
    """Sort the postings: control accounts, money received with the document, and everything else."""
    control = books.ledger.control_accounts
    owed = tuple(posting for posting in entry.postings if posting.party and posting.account_id in control)
    rest = [posting for posting in entry.postings if posting not in owed]
    paid = tuple(posting for posting in rest if entry.key[0] == "Invoice" and _is_received(posting))[:1]
    return _Parts(owed=owed, paid=paid, lines=tuple(posting for posting in rest if posting not in paid))


def _is_received(posting: Posting) -> bool:
    """Whether a posting of an invoice is the deposit taken with it: money in, for no line, item or tax."""
    return posting.amount > 0 and posting.line_id is None and posting.item_id is None and posting.tax_rate_id is None


def _moved(books: Books, entry: JournalEntry, account_id: str | None, spent: Decimal) -> JournalEntry:
    """Book what a payment applies to nothing on the unapplied-cash account."""
    if account_id is None:
        return entry
    control = books.ledger.control_accounts
    owed = [posting for posting in entry.postings if posting.party and posting.account_id in control]
    rest = sum((posting.amount for posting in owed), ZERO) + spent
    if not owed or not rest:
        return entry
    moved = (
        msgspec.structs.replace(owed[0], amount=-rest),
        msgspec.structs.replace(owed[0], account_id=account_id, amount=rest),
    )
    return msgspec.structs.replace(entry, postings=(*entry.postings, *moved))


def _account_of(books: Books, subtype: str) -> str | None:
    found = (document for document in books.documents("Account") if document.get("AccountSubType") == subtype)
    return next((document["Id"] for document in found), None)

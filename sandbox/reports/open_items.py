"""Open items: each document's part of what a customer or vendor stands at, on any day.

Worked back from the journal and the links: a payment counts from its own day, whatever happened since. The items of one
party add up to its balance, because a settlement takes as much from one document as it puts on the other.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.ledger import JournalEntry, Key
from sandbox.money import ZERO
from sandbox.reports.applications import applications_of
from sandbox.reports.parameters import Asked
from sandbox.reports.sources import PAYABLE, RECEIVABLE, document_of

SIDES = {"Customer": (RECEIVABLE, 1), "Vendor": (PAYABLE, -1)}
"""Party to its control accounts and the sign that makes what is open positive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenItem:
    """One document's part of a party's balance; credits and unapplied payments are negative."""

    entry: JournalEntry
    party: Key
    amount: Decimal
    open: Decimal
    due: date


def open_items(asked: Asked, entity: str, day: date, *, keeps_settled: bool = False) -> list[OpenItem]:
    """Return what is open with customers or vendors at the end of a day, oldest first, settled items if asked for."""
    _, sign = SIDES[entity]
    accounts = control_accounts(asked, entity)
    amounts = _amounts(asked, entity, accounts, day)
    settled = _settled(asked, day)
    entries = asked.books.ledger.entries
    items = []
    for (key, party), amount in amounts.items():
        left = amount - settled.get((key, party), ZERO)
        if left or keeps_settled:
            due = due_date(asked, entries[key])
            items.append(OpenItem(entry=entries[key], party=party, amount=sign * amount, open=sign * left, due=due))
    return items


def control_accounts(asked: Asked, entity: str) -> set[str]:
    """Return the receivable accounts for customers, the payable ones for vendors."""
    kind, _ = SIDES[entity]
    return {document["Id"] for document in asked.books.documents("Account") if document.get("AccountType") == kind}


def due_date(asked: Asked, entry: JournalEntry) -> date:
    """Return the day an item is due; what has no due date is due on its own day."""
    text = document_of(asked.books, entry.key).get("DueDate")
    return date.fromisoformat(text) if text else entry.txn_date


def is_asked(asked: Asked, item: OpenItem) -> bool:
    """Whether an item passes the filters that only the detail reports have: terms and due days."""
    terms, due = asked.ids("term"), asked.other_range("duedate")
    reference = document_of(asked.books, item.entry.key).get("SalesTermRef") or {}
    return (terms is None or reference.get("value") in terms) and (due is None or due.holds(item.due.isoformat()))


def _amounts(asked: Asked, entity: str, accounts: set[str], day: date) -> dict[tuple[Key, Key], Decimal]:
    """Add up what each document puts on each party, leaving out what the filters leave out."""
    ids = asked.ids("customer") if entity == "Customer" else asked.ids("vendor")
    places = asked.ids("department")
    found: defaultdict[tuple[Key, Key], Decimal] = defaultdict(lambda: ZERO)
    for entry in asked.books.ledger.between(None, day):
        for posting in entry.postings:
            party = posting.party
            if party is None or posting.account_id not in accounts or party[0] != entity:
                continue
            if (ids is None or party[1] in ids) and (places is None or posting.department_id in places):
                found[entry.key, party] += posting.amount
    return dict(found)


def _settled(asked: Asked, day: date) -> dict[tuple[Key, Key], Decimal]:
    """Return how much of each document is settled by a day, signed like the document, payments likewise."""
    taken: defaultdict[tuple[Key, Key], Decimal] = defaultdict(lambda: ZERO)
    settled, _ = applications_of(asked.books)
    for key, parts in settled.items():
        for part in parts:
            if part.day <= day:
                taken[key, part.party] += part.signed
                taken[part.payment, part.party] -= part.signed
    return dict(taken)

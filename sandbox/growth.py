"""Growing a company to any size, the same way every time.

Each customer's first invoice and payment, and each vendor's first bill, payment and expense, go through the rules like
any client's. Every further one is stamped from that first one: another date, other lines, other amounts, the same
shape. Stamped documents are posted and linked like all others, and kept as text.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import msgspec

from sandbox import derived
from sandbox.books import Books
from sandbox.facts import facts
from sandbox.ledger import Touched
from sandbox.links import applications
from sandbox.money import cents
from sandbox.postings import entry_for
from sandbox.query_fields import column
from sandbox.stamps import Stamps
from sandbox.wire import PACIFIC, encode
from sandbox.writes import create

PREPARED = (
    "TxnDate",
    "DueDate",
    "DocNumber",
    "TotalAmt",
    "Balance",
    "CustomerRef",
    "VendorRef",
    "MetaData.LastUpdatedTime",
)
"""Columns whose indexes are made at once, so that the first query by them is as quick as the second."""
PAID_SHARE = 0.72
"""Share of invoices and bills that are paid, if their payment falls before today."""
SALES_SHARE = 0.7
FIRST_NAMES = ("Alder", "Birch", "Copper", "Dapple", "Ember", "Fallow", "Gannet", "Heron", "Indigo", "Juniper")
SECOND_NAMES = ("Forge", "Harbor", "Lantern", "Meadow", "Orchard", "Quarry", "Ridge", "Spindle", "Thicket", "Wharf")
TRADES = ("Bakery", "Carpentry", "Dental", "Fixtures", "Garage", "Interiors", "Logistics", "Nursery", "Press", "Tiles")


class Growth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large a company is to become."""

    transactions: int
    """In all, those that went through the rules included."""
    customers: int
    vendors: int
    years: int
    """Over how many years the transactions are spread, up to the day of opening."""
    number: int
    """Starts the random numbers: the same number grows the same company."""


@dataclass(slots=True)
class Planned:
    """One transaction to be stamped."""

    kind: str
    day: int
    """Days since the start."""
    party: str
    lines: tuple[tuple[str, Decimal], ...] = ()
    """Item or account with amount."""
    settles: "Planned | None" = None
    settled_by: "Planned | None" = None
    identifier: str = field(default="")

    @property
    def total(self) -> Decimal:
        """What the lines add up to."""
        return sum((amount for _, amount in self.lines), Decimal(0))


def grow(books: Books, growth: Growth, now: datetime) -> None:
    """Add customers, vendors and transactions until the company has the size that is asked for."""
    chance = random.Random(growth.number)
    start = now.astimezone(PACIFIC).replace(hour=9, minute=0, second=0, microsecond=0)
    start -= timedelta(days=365 * growth.years)
    stamps = Stamps(books, start)
    customers = [_party(books, "Customer", place, start) for place in range(growth.customers)]
    vendors = [_party(books, "Vendor", place, start) for place in range(growth.vendors)]
    for customer in customers:
        stamps.learn_sales(customer)
    for vendor in vendors:
        stamps.learn_costs(vendor)
    present = sum(len(books.rows[kind]) for kind in facts().entities if facts().entities[kind].is_transaction)
    days = 365 * growth.years
    planned = list(_planned(chance, stamps, (customers, vendors), days, growth.transactions - present))
    planned.sort(key=lambda each: each.day)
    for identifier, each in zip(count(int(books.next_id(facts().entities["Invoice"]))), planned, strict=False):
        each.identifier = str(identifier)
    for each in planned:
        _enter(books, stamps, each)
    accounts = {document["Id"] for document in books.documents("Account")}
    parties = {("Customer", each) for each in customers} | {("Vendor", each) for each in vendors}
    derived.refresh(books, Touched(accounts=accounts, parties=parties))
    books.begin_change()
    for kind in {each.kind for each in planned}:
        _prepare(books, kind)


def _prepare(books: Books, kind: str) -> None:
    entity = facts().entities[kind]
    for name in PREPARED:
        if name.partition(".")[0] in entity.fields:
            named = column(entity, name)
            if named.filterable or named.sortable:
                books.rows[kind].index(named.name, named.read)


def _party(books: Books, entity: str, place: int, at: datetime) -> str:
    first, rest = FIRST_NAMES[place % 10], place // 10
    name = f"{first} {SECOND_NAMES[rest % 10]} {TRADES[rest // 10 % 10]}"
    name = f"{name} {place // 1000 + 1}" if place >= 1000 else name
    named = f"{name} Supply" if entity == "Vendor" else name
    address = {"Line1": f"{100 + place} Tallow Street", "City": "Port Merrin", "PostalCode": "97299"}
    members = {"DisplayName": named, "CompanyName": named, "BillAddr": address}
    return str(create(books, facts().entities[entity], members, at)["Id"])


def _planned(
    chance: random.Random, stamps: Stamps, parties: tuple[list[str], list[str]], days: int, wanted: int
) -> Iterator[Planned]:
    """Yield exactly the number of transactions that is wanted."""
    customers, vendors = parties
    left = wanted
    while left > 0:
        is_sale = chance.random() < SALES_SHARE
        day = chance.randrange(1, days)
        paid_on = day + chance.randrange(3, 60)
        is_paid = left > 1 and paid_on <= days and chance.random() < PAID_SHARE
        if not is_sale and not is_paid:
            yield Planned("Purchase", day, chance.choice(vendors), _costs(chance, stamps))
            left -= 1
            continue
        kind, payment = ("Invoice", "Payment") if is_sale else ("Bill", "BillPayment")
        party = chance.choice(customers if is_sale else vendors)
        owed = Planned(kind, day, party, _sales(chance, stamps) if is_sale else _costs(chance, stamps))
        left -= 1
        if is_paid:
            owed.settled_by = Planned(payment, paid_on, party, owed.lines, settles=owed)
            left -= 1
            yield owed.settled_by
        yield owed


def _sales(chance: random.Random, stamps: Stamps) -> tuple[tuple[str, Decimal], ...]:
    items = chance.sample(stamps.items, chance.randrange(1, min(4, len(stamps.items) + 1)))
    return tuple((item, cents(Decimal(chance.randrange(2_000, 400_000)) / 100)) for item in items)


def _costs(chance: random.Random, stamps: Stamps) -> tuple[tuple[str, Decimal], ...]:
    return ((chance.choice(stamps.expenses), cents(Decimal(chance.randrange(500, 150_000)) / 100)),)


def _enter(books: Books, stamps: Stamps, planned: Planned) -> None:
    """Store, post and link one stamped document."""
    document = stamps.stamp(planned)
    key = (planned.kind, planned.identifier)
    books.load(planned.kind, document, encode(document))
    books.ledger.replace(key, entry_for(books, planned.kind, document))
    books.links.replace(key, applications(planned.kind, document))

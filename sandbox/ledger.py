"""The double-entry journal of one company.

Every transaction owns at most one entry. Changing it replaces the entry, deleting or voiding takes it away, so the
journal always says what the documents say, and its balances are exact sums of its postings. Amounts are in the home
currency.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec

from sandbox.money import ZERO

Key = tuple[str, str]
"""Entity name, then id."""


class LedgerUnbalanced(Exception):
    """An entry whose debits and credits differ: a mistake in the posting rules, never in a request."""


class Posting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One side of an entry: debits are positive, credits negative.

    A Struct and not a dataclass: a company of 100,000 transactions holds half a million of these.
    """

    account_id: str
    amount: Decimal
    party: Key | None = None
    """The name on this line: ("Customer" | "Vendor" | "Employee", id). Always there on receivable and payable."""
    line_id: str | None = None
    """The document's line this comes from; None on control accounts, taxes and costs without a line."""
    item_id: str | None = None
    quantity: Decimal | None = None
    """Units of the item as the line writes them, positive for goods sold and for goods bought alike; negative where a
    credit or refund takes them back. Costs of goods sold carry it too, with the sign of the sale."""
    class_id: str | None = None
    department_id: str | None = None
    customer_id: str | None = None
    """The customer a sale is made to or an expense is billable to."""
    memo: str | None = None
    tax_rate_id: str | None = None


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one transaction does to the books; the amounts sum to zero."""

    key: Key
    txn_date: date
    postings: tuple[Posting, ...]
    doc_number: str | None = None
    party: Key | None = None
    """The name on the document itself; a journal entry has none."""
    memo: str | None = None
    """The document's PrivateNote."""

    def __post_init__(self) -> None:
        """Refuse an entry that does not balance, before anything has been written."""
        if sum([posting.amount for posting in self.postings], ZERO) != ZERO:
            raise LedgerUnbalanced(f"{self.key} does not balance")


@dataclass(kw_only=True, slots=True)
class Touched:
    """The accounts and parties whose balance a change has moved."""

    accounts: set[str] = field(default_factory=set)
    parties: set[Key] = field(default_factory=set)

    def add(self, other: "Touched") -> None:
        """Take in what another change has moved."""
        self.accounts |= other.accounts
        self.parties |= other.parties


class Ledger:
    """The journal with its running balances."""

    def __init__(self) -> None:
        self.entries: dict[Key, JournalEntry] = {}
        self.control_accounts: set[str] = set()
        """Receivable and payable accounts: only what is posted there counts towards a party's balance."""
        self._accounts: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        self._parties: defaultdict[Key, Decimal] = defaultdict(lambda: ZERO)
        self._by_account: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        self._by_date: dict[date, dict[Key, None]] = {}
        self._dates: list[date] = []

    def replace(self, key: Key, entry: JournalEntry | None) -> Touched:
        """Put a transaction's entry in place of its former one; None takes it away."""
        touched = Touched()
        former = self.entries.pop(key, None)
        if former is not None:
            self._apply(former, -1, touched)
            self._unlist(former)
        if entry is not None and entry.postings:
            self.entries[key] = entry
            self._apply(entry, 1, touched)
            self._list(entry)
        return touched

    def extend(self, entries: Iterable[JournalEntry]) -> None:
        """Add entries of transactions that have none yet."""
        for entry in entries:
            self.replace(entry.key, entry)

    def account_balance(self, account_id: str) -> Decimal:
        """Return debits less credits of one account."""
        return self._accounts.get(account_id, ZERO)

    def party_balance(self, party: Key) -> Decimal:
        """Return what a customer owes; what is owed to a vendor comes out negative."""
        return self._parties.get(party, ZERO)

    def trial_balance(self) -> dict[str, Decimal]:
        """Return every account that is not at zero; the values sum to zero."""
        return {account: balance for account, balance in sorted(self._accounts.items()) if balance}

    def between(self, start: date | None = None, end: date | None = None) -> Iterator[JournalEntry]:
        """Yield the entries of a period, both ends in it, by date and within a day by id; None leaves an end open."""
        first = 0 if start is None else bisect_left(self._dates, start)
        last = len(self._dates) if end is None else bisect_right(self._dates, end)
        for day in self._dates[first:last]:
            for key in sorted(self._by_date[day], key=in_order):
                yield self.entries[key]

    def of_account(self, account_id: str) -> list[JournalEntry]:
        """Return every entry with a posting on an account, by date and within a day by id."""
        entries = [self.entries[key] for key in self._by_account.get(account_id, ())]
        return sorted(entries, key=lambda entry: (entry.txn_date, in_order(entry.key)))

    def owed(self, key: Key, party: Key) -> Decimal:
        """Return what one transaction alone makes a party owe: its postings on control accounts under that name."""
        entry = self.entries.get(key)
        postings = entry.postings if entry else ()
        control = self.control_accounts
        return sum((p.amount for p in postings if p.party == party and p.account_id in control), ZERO)

    def _apply(self, entry: JournalEntry, sign: int, touched: Touched) -> None:
        for posting in entry.postings:
            amount = posting.amount if sign > 0 else -posting.amount
            self._accounts[posting.account_id] += amount
            touched.accounts.add(posting.account_id)
            if posting.party is not None and posting.account_id in self.control_accounts:
                self._parties[posting.party] += amount
                touched.parties.add(posting.party)

    def _list(self, entry: JournalEntry) -> None:
        for posting in entry.postings:
            self._by_account[posting.account_id][entry.key] = None
        day = self._by_date.get(entry.txn_date)
        if day is None:
            day = self._by_date[entry.txn_date] = {}
            insort(self._dates, entry.txn_date)
        day[entry.key] = None

    def _unlist(self, entry: JournalEntry) -> None:
        for posting in entry.postings:
            self._by_account[posting.account_id].pop(entry.key, None)
        day = self._by_date[entry.txn_date]
        del day[entry.key]
        if not day:
            del self._by_date[entry.txn_date]
            del self._dates[bisect_left(self._dates, entry.txn_date)]


def in_order(key: Key) -> tuple[int, str, str]:
    """Return what sorts keys by the number of their id, then by entity."""
    return len(key[1]), key[1], key[0]

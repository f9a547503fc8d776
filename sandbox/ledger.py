"""The double-entry journal of one company.

Every transaction owns at most one entry. Changing it replaces the entry, deleting or voiding takes it away, so the
journal always says what the documents say, and its balances are exact sums of its postings.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sandbox.money import ZERO

Key = tuple[str, str]
"""Entity name, then id."""


class LedgerUnbalanced(Exception):
    """An entry whose debits and credits differ: a mistake in the posting rules, never in a request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """One side of an entry: debits are positive, credits negative."""

    account_id: str
    amount: Decimal
    party: Key | None = None
    """The customer or vendor, on receivable and payable accounts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalEntry:
    """What one transaction does to the books; the amounts sum to zero."""

    key: Key
    txn_date: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        """Refuse an entry that does not balance, before anything has been written."""
        if sum((posting.amount for posting in self.postings), ZERO) != ZERO:
            raise LedgerUnbalanced(f"{self.key} does not balance")


@dataclass(kw_only=True, slots=True)
class Touched:
    """The accounts and parties whose balance a change has moved."""

    accounts: set[str]
    parties: set[Key]


class Ledger:
    """The journal with its running balances."""

    def __init__(self) -> None:
        self.entries: dict[Key, JournalEntry] = {}
        self._accounts: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        self._parties: defaultdict[Key, Decimal] = defaultdict(lambda: ZERO)

    def replace(self, key: Key, entry: JournalEntry | None) -> Touched:
        """Put a transaction's entry in place of its former one; None takes it away."""
        touched = Touched(accounts=set(), parties=set())
        former = self.entries.pop(key, None)
        if former is not None:
            self._apply(former, -1, touched)
        if entry is not None and entry.postings:
            self.entries[key] = entry
            self._apply(entry, 1, touched)
        return touched

    def account_balance(self, account_id: str) -> Decimal:
        """Return debits less credits of one account."""
        return self._accounts.get(account_id, ZERO)

    def party_balance(self, party: Key) -> Decimal:
        """Return what a customer owes; what is owed to a vendor comes out negative."""
        return self._parties.get(party, ZERO)

    def trial_balance(self) -> dict[str, Decimal]:
        """Return every account that is not at zero; the values sum to zero."""
        return {account: balance for account, balance in sorted(self._accounts.items()) if balance}

    def _apply(self, entry: JournalEntry, sign: int, touched: Touched) -> None:
        for posting in entry.postings:
            self._accounts[posting.account_id] += sign * posting.amount
            touched.accounts.add(posting.account_id)
            if posting.party is not None:
                self._parties[posting.party] += sign * posting.amount
                touched.parties.add(posting.party)

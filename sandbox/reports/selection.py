"""The journal entries a report is about: basis, days, filters."""

from collections.abc import Callable, Iterator
from datetime import date

from sandbox.ledger import JournalEntry, Posting
from sandbox.reports.cash import DEFERRED, cash_entries
from sandbox.reports.parameters import Asked
from sandbox.reports.sources import Account, document_of

Test = Callable[[JournalEntry, Posting], bool]
PARTIES = {"customer": "Customer", "vendor": "Vendor", "employee": "Employee"}
ACCOUNT_TYPES = {
    "accountspayable": "Accounts Payable",
    "accountsreceivable": "Accounts Receivable",
    "bank": "Bank",
    "costofgoodssold": "Cost of Goods Sold",
    "creditcard": "Credit Card",
    "equity": "Equity",
    "expense": "Expense",
    "fixedasset": "Fixed Asset",
    "income": "Income",
    "longtermliability": "Long Term Liability",
    "nonposting": "Non-Posting",
    "otherasset": "Other Asset",
    "othercurrentasset": "Other Current Asset",
    "othercurrentliability": "Other Current Liability",
    "otherexpense": "Other Expense",
    "otherincome": "Other Income",
}
"""How the parameters spell the types of accounts."""


def entries(asked: Asked, start: date | None, end: date | None) -> Iterator[JournalEntry]:
    """Yield the entries of some days on the basis asked for, oldest first."""
    if not asked.is_cash:
        yield from asked.books.ledger.between(start, end)
        return
    for entry in cash_entries(asked.books):
        if (start is None or entry.txn_date >= start) and (end is None or entry.txn_date <= end):
            yield entry


def postings(
    asked: Asked, accounts: dict[str, Account], start: date | None, end: date | None
) -> Iterator[tuple[JournalEntry, Posting]]:
    """Yield the postings of some days that pass every filter asked for."""
    tests = filters(asked, accounts)
    for entry in entries(asked, start, end):
        for posting in entry.postings:
            if not tests or all(test(entry, posting) for test in tests):
                yield entry, posting


def filters(asked: Asked, accounts: dict[str, Account]) -> list[Test]:
    """Return a test for each filter asked for; a posting must pass them all."""
    tests = [_party_test(entity, ids) for name, entity in PARTIES.items() if (ids := asked.ids(name))]
    for name, read in _READ.items():
        ids = asked.ids(name)
        if ids:
            tests.append(_id_test(read, ids))
    types = account_types(asked, "account_type")
    if types:
        tests.append(lambda _entry, posting: accounts[posting.account_id].type in types)
    sources = asked.ids("source_account")
    if sources:
        tests.append(lambda entry, _posting: main_posting(asked, entry).account_id in sources)
    method = asked.given.get("payment_method", "").lower()
    if method:
        tests.append(lambda entry, _posting: _method(asked, entry).lower() == method)
    return tests


def account_types(asked: Asked, name: str) -> frozenset[str]:
    """Return the account types a parameter names, as accounts spell them."""
    given = asked.given.get(name, "").split(",")
    return frozenset(ACCOUNT_TYPES[each.strip().lower()] for each in given if each.strip())


def main_posting(asked: Asked, entry: JournalEntry) -> Posting:
    """Return the posting a list shows as the transaction's account, the other side of what its lines say.

    That is the receivable or payable account for documents that owe money, the bank or card for what moves it, and the
    first line of a journal entry.
    """
    control = asked.books.ledger.control_accounts
    owes = entry.key[0] in DEFERRED
    whole = [p for p in entry.postings if p.line_id is None and p.item_id is None and p.tax_rate_id is None]
    first = whole[0] if whole else entry.postings[0]
    return next((p for p in whole if (p.account_id in control) is owes), first)


def is_about(entry: JournalEntry, posting: Posting, entity: str, ids: frozenset[str]) -> bool:
    """Whether a posting names one of some customers, vendors or employees, itself or through its document."""
    for party in (posting.party, entry.party):
        if party is not None and party[0] == entity and party[1] in ids:
            return True
    return entity == "Customer" and posting.customer_id in ids


def _party_test(entity: str, ids: frozenset[str]) -> Test:
    return lambda entry, posting: is_about(entry, posting, entity, ids)


def _id_test(read: Callable[[JournalEntry, Posting], str | None], ids: frozenset[str]) -> Test:
    return lambda entry, posting: read(entry, posting) in ids


def _named(entry: JournalEntry, posting: Posting) -> str | None:
    party = posting.party or entry.party
    return party[1] if party is not None else posting.customer_id


def _method(asked: Asked, entry: JournalEntry) -> str:
    document = document_of(asked.books, entry.key)
    method = document.get("PaymentMethodRef", {})
    return str(
        method.get("name") or document_of(asked.books, ("PaymentMethod", method.get("value", ""))).get("Name", "")
    )


_READ: dict[str, Callable[[JournalEntry, Posting], str | None]] = {
    "account": lambda _entry, posting: posting.account_id,
    "item": lambda _entry, posting: posting.item_id,
    "class": lambda _entry, posting: posting.class_id,
    "department": lambda _entry, posting: posting.department_id,
    "name": _named,
}

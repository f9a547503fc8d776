"""What the parameters of the transaction lists leave out."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sandbox.ledger import JournalEntry
from sandbox.money import amount_of
from sandbox.reports import kinds
from sandbox.reports.parameters import Asked
from sandbox.reports.selection import account_types, filters, main_posting
from sandbox.reports.sources import Account
from sandbox.wire import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One transaction that may be listed."""

    entry: JournalEntry
    document: Document
    is_posting: bool


Test = Callable[[Listed], bool]


def listed_filters(asked: Asked, accounts: dict[str, Account]) -> list[Test]:
    """Return a test for each parameter sent; a transaction must pass them all."""
    tests = [make(asked) for name, make in _TESTS.items() if asked.given.get(name)]
    tests += [test for name in ("duedate", "moddate", "createdate") if (test := _range_test(asked, name))]
    postings = filters(asked, accounts)
    if postings:
        tests.append(lambda found: any(all(t(found.entry, p) for t in postings) for p in found.entry.postings))
    types = account_types(asked, "source_account_type")
    if types:
        tests.append(
            lambda found: found.is_posting and accounts[main_posting(asked, found.entry).account_id].type in types
        )
    return tests


def _range_test(asked: Asked, name: str) -> Test | None:
    """Return a test for one of the other three ranges: due, changed or created."""
    period = asked.other_range(name)
    if period is None:
        return None
    read = _DAYS[name]
    return lambda found: period.holds(read(found.document))


def _kinds(asked: Asked) -> Test:
    wanted = {part.strip().lower() for part in asked.given["transaction_type"].split(",")}
    return lambda found: kinds.code_of(asked.books, found.entry.key).lower() in wanted


def _number(asked: Asked) -> Test:
    wanted = asked.given["docnum"]
    return lambda found: (found.entry.doc_number or "") == wanted


def _memo(asked: Asked) -> Test:
    wanted = asked.given["memo"].casefold()
    return lambda found: wanted in str(found.document.get("PrivateNote", "")).casefold()


def _amount(asked: Asked) -> Test:
    try:
        wanted = Decimal(asked.given["bothamount"])
    except InvalidOperation:
        return lambda _found: False
    return lambda found: amount_of(found.document, "TotalAmt") == wanted


def _term(asked: Asked) -> Test:
    wanted = asked.ids("term") or frozenset()
    return lambda found: (found.document.get("SalesTermRef") or {}).get("value") in wanted


def _paid(name: str, entity: str) -> Callable[[Asked], Test]:
    def make(asked: Asked) -> Test:
        wanted = asked.given[name].lower()

        def test(found: Listed) -> bool:
            if wanted == "all":
                return True
            is_paid = found.entry.key[0] == entity and not found.document.get("Balance")
            is_open = found.entry.key[0] == entity and bool(found.document.get("Balance"))
            return is_paid if wanted == "paid" else is_open

        return test

    return make


def _printed(asked: Asked) -> Test:
    wanted = "PrintComplete" if asked.given["printed"].lower() == "printed" else "NeedToPrint"
    return lambda found: found.document.get("PrintStatus") == wanted


def _cleared(asked: Asked) -> Test:
    """Select by bank status; the sandbox has no bank, so only deposited and uncleared occur."""
    wanted = asked.given["cleared"].lower()

    def test(found: Listed) -> bool:
        linked = found.document.get("LinkedTxn") or ()
        is_deposited = any(each.get("TxnType") == "Deposit" for each in linked)
        return wanted == ("deposited" if is_deposited else "uncleared")

    return test


_DAYS: dict[str, Callable[[Document], str]] = {
    "duedate": lambda document: str(document.get("DueDate", "")),
    "moddate": lambda document: str(document.get("MetaData", {}).get("LastUpdatedTime", "")),
    "createdate": lambda document: str(document.get("MetaData", {}).get("CreateTime", "")),
}
_TESTS: dict[str, Callable[[Asked], Test]] = {
    "transaction_type": _kinds,
    "docnum": _number,
    "memo": _memo,
    "bothamount": _amount,
    "term": _term,
    "arpaid": _paid("arpaid", "Invoice"),
    "appaid": _paid("appaid", "Bill"),
    "printed": _printed,
    "cleared": _cleared,
}

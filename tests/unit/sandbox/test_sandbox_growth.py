"""A grown company is as good as one that was entered."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox import writes
from sandbox.books import Books
from sandbox.facts import facts
from sandbox.growth import Growth, grow
from sandbox.inspection import whole_books
from sandbox.seeds import open_company
from sandbox.wire import Document, decode, encode

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
GROWTH = Growth(transactions=400, customers=7, vendors=3, years=2, number=5)
SERVER_MEMBERS = {
    "Id",
    "SyncToken",
    "MetaData",
    "domain",
    "sparse",
    "Balance",
    "LinkedTxn",
    "DocNumber",
    "UnappliedAmt",
}


def grown() -> Books:
    books = open_company("9130347596842560", "services", NOW)
    grow(books, GROWTH, NOW)
    return books


@pytest.fixture(scope="module")
def books() -> Books:
    return grown()


def transactions(books: Books) -> list[tuple[str, Document]]:
    return [
        (name, document)
        for name, entity in facts().entities.items()
        if entity.is_transaction
        for document in books.documents(name)
    ]


def test_a_company_grows_to_the_size_that_was_asked_for(books: Books) -> None:
    """A benchmark says how large its company is; it must be so."""
    assert len(transactions(books)) == GROWTH.transactions


def test_the_same_number_grows_the_same_company(books: Books) -> None:
    """Two measurements of different companies cannot be compared."""
    assert encode(whole_books(grown())) == encode(whole_books(books))


def test_grown_books_balance_and_their_balances_are_those_of_the_journal(books: Books) -> None:
    """Stamped documents skip the checks, so the result is checked instead."""
    assert sum(books.ledger.trial_balance().values()) == 0
    owed = sum((Decimal(each["Balance"]) for each in books.documents("Customer")), Decimal(0))
    unapplied = sum((Decimal(each.get("UnappliedAmt", 0)) for each in books.documents("Payment")), Decimal(0))
    open_invoices = sum((Decimal(each["Balance"]) for each in books.documents("Invoice")), Decimal(0))
    assert owed == open_invoices - unapplied
    receivable = books.account_with("AccountType", "Accounts Receivable")
    assert books.ledger.account_balance(receivable) == owed


def test_a_stamped_document_is_what_the_rules_would_have_made_of_it(books: Books) -> None:
    """Entered through the rules in another company of the same lists, each becomes the same document."""
    before_growth = open_company("9130347596842561", "services", NOW)
    grow(before_growth, Growth(transactions=0, customers=7, vendors=3, years=2, number=5), NOW)
    checked = 0
    for name, document in transactions(books)[-150:]:
        if name not in ("Invoice", "Bill", "Purchase"):
            continue
        sent = {key: value for key, value in document.items() if key not in SERVER_MEMBERS}
        sent["Line"] = [_sent(line) for line in document["Line"] if line["DetailType"] != "SubTotalLineDetail"]
        entity = facts().entities[name]
        writable = {key: value for key, value in sent.items() if not entity.fields[key].read_only}
        entered = writes.create(before_growth, entity, decode(encode(writable)), NOW)
        assert _essence(entered) == _essence(document)
        checked += 1
    assert checked > 20


def test_payments_and_what_they_pay_point_at_each_other(books: Books) -> None:
    """A link in one direction only is what a real company never shows."""
    for name, target in (("Payment", "Invoice"), ("BillPayment", "Bill")):
        for payment in books.documents(name):
            for line in payment["Line"]:
                linked = line["LinkedTxn"][0]
                paid = books.find(target, linked["TxnId"])
                assert paid is not None
                assert payment["Id"] in [each["TxnId"] for each in paid["LinkedTxn"]]


def _sent(line: Document) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in ("Id", "LineNum")}


def _essence(document: Document) -> Any:
    kept = {key: value for key, value in document.items() if key not in SERVER_MEMBERS}
    return decode(encode(kept))

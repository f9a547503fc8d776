"""One company opened from the seed, with short ways to act on it as a client would."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox import writes
from sandbox.books import Books
from sandbox.facts import Entity, facts
from sandbox.faults import QuickBooksFault
from sandbox.preference_changes import update_preferences
from sandbox.query_parse import parse
from sandbox.query_run import run
from sandbox.seeds import open_company
from sandbox.wire import Document, decode, encode

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
REALM = "9130347596842560"


class Company:
    """A company under test; every body passes through JSON, as over the wire."""

    def __init__(self) -> None:
        self.books: Books = open_company(REALM, "services", NOW)
        self.now = NOW

    def create(self, name: str, **members: Any) -> Document:
        return writes.create(self.books, entity(name), decode(encode(members)), self.tick())

    def update(self, name: str, **members: Any) -> Document:
        return writes.update(self.books, entity(name), decode(encode(members)), self.tick())

    def sparse(self, name: str, current: Document, **members: Any) -> Document:
        keys = {"Id": current["Id"], "SyncToken": current["SyncToken"], "sparse": True}
        return self.update(name, **keys, **members)

    def void(self, name: str, current: Document) -> Document:
        body = {"Id": current["Id"], "SyncToken": current["SyncToken"], "sparse": True}
        return writes.void(self.books, entity(name), body, self.tick())

    def delete(self, name: str, current: Document) -> Document:
        body = {"Id": current["Id"], "SyncToken": current["SyncToken"]}
        return writes.delete(self.books, entity(name), body, self.tick())

    def read(self, name: str, identifier: str) -> Document:
        return self.books.get(entity(name), identifier).document

    def turn_on(self, group: str, **preferences: Any) -> None:
        """Set preferences of one group."""
        current = self.read("Preferences", "1")
        body = {"Id": "1", "SyncToken": current["SyncToken"], "sparse": True, group: preferences}
        update_preferences(self.books, decode(encode(body)), self.tick())

    def balance(self, name: str, identifier: str) -> Decimal:
        member = "CurrentBalance" if name == "Account" else "Balance"
        return Decimal(self.read(name, identifier)[member])

    def ids(self, query: str) -> list[str]:
        return [row.document["Id"] for row in run(self.books, parse(query), self.now).rows]

    def invoice(self, amount: Any = 100, customer: str = "55", **members: Any) -> Document:
        return self.create("Invoice", CustomerRef={"value": customer}, Line=[sales_line(amount)], **members)

    def bill(self, amount: Any = 100, vendor: str = "88", **members: Any) -> Document:
        return self.create("Bill", VendorRef={"value": vendor}, Line=[expense_line(amount)], **members)

    def pay(self, invoice: Document, amount: Any, total: Any = None) -> Document:
        line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        return self.create("Payment", CustomerRef=invoice["CustomerRef"], TotalAmt=total or amount, Line=[line])

    def pay_bill(self, bill: Document, amount: Any, **members: Any) -> Document:
        means = {"PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": {"value": "41"}}} | members
        line = {"Amount": amount, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
        return self.create("BillPayment", VendorRef=bill["VendorRef"], TotalAmt=amount, Line=[line], **means)

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def entity(name: str) -> Entity:
    return facts().entities[name]


def sales_line(amount: Any, item: str = "2", **detail: Any) -> Document:
    inner = {"ItemRef": {"value": item}, **detail}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inner}


def expense_line(amount: Any, account: str = "61") -> Document:
    inner = {"AccountRef": {"value": account}}
    return {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": inner}


def refusal(act: Any) -> QuickBooksFault:
    """Run something that must be refused and return the fault."""
    with pytest.raises(QuickBooksFault) as caught:
        act()
    return caught.value

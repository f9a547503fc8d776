"""Stamping one transaction from another that went through the rules."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.money import ZERO, printed
from sandbox.wire import Document, seconds
from sandbox.writes import create

TERMS = timedelta(days=30)
SAMPLE = Decimal(100)


class Sketch(Protocol):
    """What a stamped transaction differs in."""

    @property
    def kind(self) -> str:
        """The entity."""

    @property
    def day(self) -> int:
        """Days since the start."""

    @property
    def party(self) -> str:
        """The customer or vendor."""

    @property
    def lines(self) -> tuple[tuple[str, Decimal], ...]:
        """Item or account with amount."""

    @property
    def total(self) -> Decimal:
        """What the lines add up to."""

    @property
    def identifier(self) -> str:
        """The id it gets."""

    @property
    def settles(self) -> "Sketch | None":
        """What a payment pays."""

    @property
    def settled_by(self) -> "Sketch | None":
        """The payment that pays it."""


class Stamps:
    """The first document of each kind for each party, to stamp others from."""

    def __init__(self, books: Books, start: datetime) -> None:
        self._books = books
        self._start = start
        self._first: dict[tuple[str, str], Document] = {}
        self._sales_lines: dict[str, Document] = {}
        self._cost_lines: dict[str, Document] = {}
        self._next_number = 0
        self._bank = books.account_with("AccountType", "Bank")
        self.items = [item["Id"] for item in books.documents("Item") if item["Type"] == "Service"]
        """Items that are sold."""
        self.expenses = [each["Id"] for each in books.documents("Account") if each["AccountType"] == "Expense"]
        """Accounts that costs go to."""

    def learn_sales(self, customer: str) -> None:
        """Make a customer's first invoice and payment."""
        items = self.items if not self._sales_lines else self.items[:1]
        lines = [_sales_line(item) for item in items]
        invoice = self._make("Invoice", customer, {"CustomerRef": {"value": customer}, "Line": lines})
        self._sales_lines = self._sales_lines or _by_target(invoice, "SalesItemLineDetail", "ItemRef")
        paid = {"Amount": invoice["TotalAmt"], "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        members = {"CustomerRef": {"value": customer}, "TotalAmt": invoice["TotalAmt"], "Line": [paid]}
        self._make("Payment", customer, members)
        self._next_number = int(invoice["DocNumber"]) + 1

    def learn_costs(self, vendor: str) -> None:
        """Make a vendor's first bill, bill payment and expense."""
        accounts = self.expenses if not self._cost_lines else self.expenses[:1]
        lines = [_cost_line(account) for account in accounts]
        bill = self._make("Bill", vendor, {"VendorRef": {"value": vendor}, "Line": lines})
        self._cost_lines = self._cost_lines or _by_target(bill, "AccountBasedExpenseLineDetail", "AccountRef")
        paid = {"Amount": bill["TotalAmt"], "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
        check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": self._bank}}}
        payment = {"VendorRef": {"value": vendor}, "TotalAmt": bill["TotalAmt"], "Line": [paid], **check}
        self._make("BillPayment", vendor, payment)
        cash = {"PaymentType": "Cash", "AccountRef": {"value": self._bank}, "Line": lines[:1]}
        self._make("Purchase", vendor, {**cash, "EntityRef": {"value": vendor, "type": "Vendor"}})

    def stamp(self, sketch: Sketch) -> Document:
        """Return another document of the same shape, with what follows from its lines and its payment."""
        first = self._first[sketch.kind, sketch.party]
        stamped = {**first, "Id": sketch.identifier, "TxnDate": self._date(sketch.day)}
        stamped["MetaData"] = self._stamped_at(sketch.day, sketch.day)
        stamped["TotalAmt"] = printed(sketch.total)
        if sketch.settles is not None:
            linked = {"TxnId": sketch.settles.identifier, "TxnType": sketch.settles.kind}
            stamped["Line"] = [{**first["Line"][0], "Amount": stamped["TotalAmt"], "LinkedTxn": [linked]}]
            return stamped
        stamped["Line"] = self._lines(sketch)
        if "DueDate" in first:
            stamped["DueDate"] = self._date(sketch.day + (TERMS.days if sketch.kind == "Invoice" else 0))
        if sketch.kind == "Invoice":
            stamped["DocNumber"], self._next_number = str(self._next_number), self._next_number + 1
        if sketch.kind != "Purchase":
            stamped["Balance"] = stamped["TotalAmt"]
        if sketch.settled_by is not None:
            self._settle(stamped, sketch, sketch.settled_by)
        return stamped

    def _settle(self, stamped: Document, sketch: Sketch, payment: Sketch) -> None:
        """Write what a payment in full leaves in the document it pays."""
        kind = "BillPaymentCheck" if payment.kind == "BillPayment" else payment.kind
        stamped["Balance"] = ZERO
        stamped["LinkedTxn"] = [{"TxnId": payment.identifier, "TxnType": kind}]
        stamped["SyncToken"] = "1"
        stamped["MetaData"] = self._stamped_at(sketch.day, payment.day)

    def _lines(self, sketch: Sketch) -> list[Document]:
        known = self._sales_lines if sketch.kind == "Invoice" else self._cost_lines
        lines: list[Document] = []
        for place, (target, amount) in enumerate(sketch.lines, start=1):
            line = {**known[target], "Id": str(place), "Amount": printed(amount)}
            if "LineNum" in line:
                line["LineNum"] = place
            lines.append(line)
        if sketch.kind == "Invoice":
            last = self._first[sketch.kind, sketch.party]["Line"][-1]
            lines.append({**last, "Amount": printed(sketch.total)})
        return lines

    def _make(self, entity: str, party: str, members: Document) -> Document:
        dated = {**members, "TxnDate": self._date(0)}
        made = create(self._books, facts().entities[entity], dated, self._start)
        self._first[entity, party] = made
        return made

    def _date(self, day: int) -> str:
        return (self._start + timedelta(days=day)).date().isoformat()

    def _stamped_at(self, created: int, changed: int) -> Document:
        times = [seconds(self._start + timedelta(days=day)) for day in (created, changed)]
        return {"CreateTime": times[0], "LastUpdatedTime": times[1]}


def _sales_line(item: str) -> Document:
    detail = {"ItemRef": {"value": item}}
    return {"Amount": SAMPLE, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def _cost_line(account: str) -> Document:
    detail = {"AccountRef": {"value": account}}
    return {"Amount": SAMPLE, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}


def _by_target(document: Document, kind: str, reference: str) -> dict[str, Document]:
    lines = [line for line in document["Line"] if line.get("DetailType") == kind]
    return {line[kind][reference]["value"]: line for line in lines}

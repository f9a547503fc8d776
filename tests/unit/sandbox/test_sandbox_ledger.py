"""The books always tie: journal, balances and documents say the same."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.faults import QuickBooksFault
from sandbox.inspection import whole_books
from sandbox.ledger import JournalEntry, LedgerUnbalanced, Posting
from sandbox.wire import Document
from tests.unit.sandbox.sandbox_company import Company, refusal


def test_the_seed_opens_balanced_with_both_scenarios_in_it() -> None:
    """The article's two conversations must work out of the box: who owes most, and the cloud bill to pay."""
    company = Company()
    owed = {customer["Id"]: customer["Balance"] for customer in company.books.documents("Customer")}
    assert max(owed, key=lambda identifier: owed[identifier]) == "42"
    assert owed["42"] == 15000
    assert company.read("Customer", "42")["PrimaryEmailAddr"]["Address"] == "ines.caldrow@harrowgate.example"
    bill = company.read("Bill", "142")
    assert (bill["VendorRef"]["value"], bill["Balance"]) == ("105", 2400)
    overdue = company.ids("select * from Invoice where Balance > '0' and DueDate < CURRENT_DATE")
    assert len({company.read("Invoice", each)["CustomerRef"]["value"] for each in overdue}) >= 4
    assert_the_books_tie(company)


def test_a_bill_paid_by_card_moves_the_debt_from_the_vendor_to_the_card() -> None:
    """Scenario two to the cent: nothing but payable and card may move."""
    company = Company()
    before = company.books.ledger.trial_balance()
    company.pay_bill(company.read("Bill", "142"), 2400)
    after = company.books.ledger.trial_balance()
    moved = {account: after[account] - before[account] for account in before if after[account] != before[account]}
    assert moved == {"33": Decimal(2400), "41": Decimal(-2400)}
    assert company.balance("Bill", "142") == company.balance("Vendor", "105") == 0


def test_taking_a_payment_back_restores_every_balance() -> None:
    """Deleting or voiding a payment must leave no trace in any amount."""
    for undo in ("delete", "void"):
        company = Company()
        before = balances(company)
        payment = company.pay(company.read("Invoice", "103"), 1000, total=1200)
        assert payment["UnappliedAmt"] == 200
        assert company.balance("Invoice", "103") == 2000
        getattr(company, undo)("Payment", payment)
        assert balances(company) == before
        assert company.read("Invoice", "103")["SyncToken"] == "2"


@pytest.mark.parametrize("amount", ["3000.01", "99999"])
def test_a_line_cannot_pay_more_than_is_owed(amount: str) -> None:
    """An overpaid invoice would show a negative balance."""
    company = Company()
    fault = refusal(lambda: company.pay(company.read("Invoice", "103"), Decimal(amount)))
    assert fault.detail == (
        f"Business Validation Error: Invoice 103 has an open balance of 3000.00; the line applies {Decimal(amount):.2f}."
    )


def test_a_paid_invoice_cannot_shrink_below_what_was_paid_or_change_hands() -> None:
    """Either would leave a payment settling something that is not there."""
    company = Company()
    invoice = company.invoice(100)
    company.pay(invoice, 60)
    paid = company.read("Invoice", invoice["Id"])
    line = {**invoice["Line"][0], "Amount": 50}
    assert refusal(lambda: company.sparse("Invoice", paid, Line=[line])).code == "6000"
    assert refusal(lambda: company.sparse("Invoice", paid, CustomerRef={"value": "42"})).code == "6000"


def test_a_job_s_debt_shows_in_its_customer_s_balance_with_jobs() -> None:
    """Balance is the customer's own; BalanceWithJobs adds everything below."""
    company = Company()
    company.invoice(250, "60")
    customer = company.read("Customer", "42")
    assert (customer["Balance"], customer["BalanceWithJobs"]) == (15000, 15250)


def test_an_entry_that_does_not_balance_cannot_be_made() -> None:
    """The journal is the last line of defence against a wrong posting rule."""
    with pytest.raises(LedgerUnbalanced):
        JournalEntry(
            key=("Invoice", "1"), txn_date=date(2026, 11, 22), postings=(Posting(account_id="1", amount=Decimal(1)),)
        )


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["invoice", "bill", "pay", "pay_bill", "edit", "delete", "void", "deposit", "rename", "move_line"]
        ),
        st.integers(0, 30),
        st.integers(1, 40_000),
    ),
    min_size=1,
    max_size=25,
)


@given(STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_sequence_of_writes_leaves_books_that_tie(steps: list[Step]) -> None:
    """Whatever clients do, in whatever order, refused or not, the trial balance is zero and the controls agree."""
    company = Company()
    for step in steps:
        tokens = sync_tokens(company)
        written: Document | None = None
        try:
            written = take(company, step)
        except QuickBooksFault:
            assert sync_tokens(company) == tokens
        if written is not None:
            assert_tokens_rose_by_one(tokens, sync_tokens(company))
    assert_the_books_tie(company)


def take(company: Company, step: Step) -> Document | None:
    kind, pick, pence = step
    amount = Decimal(pence) / 100
    if kind == "invoice":
        return company.invoice(amount, ["42", "55", "60"][pick % 3], Deposit=amount / 3 if pick % 4 == 0 else 0)
    if kind == "bill":
        return company.bill(amount, ["88", "105"][pick % 2])
    if kind == "pay":
        return company.pay(chosen(company, "Invoice", pick), amount, total=amount + pick)
    if kind == "pay_bill":
        return company.pay_bill(chosen(company, "Bill", pick), amount)
    return change(company, kind, pick, amount)


def change(company: Company, kind: str, pick: int, amount: Decimal) -> Document | None:
    name = ["Invoice", "Payment", "Bill", "BillPayment"][pick % 4]
    target = chosen(company, name, pick)
    required: dict[str, Any] = {"VendorRef": target["VendorRef"]} if name == "Bill" else {}
    if kind == "delete":
        return company.delete(name, target)
    if kind == "void":
        return company.void(name, target)
    if kind == "rename":
        return company.sparse("Customer", company.read("Customer", "42"), DisplayName=f"Renamed {pick}")
    if kind == "deposit":
        return company.sparse("Invoice", chosen(company, "Invoice", pick), Deposit=amount)
    if kind == "move_line" and name in ("Payment", "BillPayment"):
        return company.sparse(
            name, target, Line=[{**line, "Amount": amount} for line in target["Line"]], TotalAmt=amount
        )
    return company.sparse(name, target, PrivateNote=f"edited {pick}", **required)


GONE: Document = {
    "Id": "0",
    "SyncToken": "0",
    "CustomerRef": {"value": "42"},
    "VendorRef": {"value": "88"},
    "Line": [],
}
"""What a step is tried on once all of a kind were deleted: it is refused."""


def chosen(company: Company, name: str, pick: int) -> Document:
    documents = company.books.documents(name)
    return documents[pick % len(documents)] if documents else GONE


def sync_tokens(company: Company) -> dict[tuple[str, str], int]:
    rows = company.books.rows
    return {(name, key): int(row.document["SyncToken"]) for name in rows for key, row in rows[name].items()}


def assert_tokens_rose_by_one(before: dict[tuple[str, str], int], after: dict[tuple[str, str], int]) -> None:
    rises = {key: after[key] - before[key] for key in before.keys() & after.keys()}
    assert set(rises.values()) <= {0, 1}
    assert {after[key] for key in after.keys() - before.keys()} <= {0}


def assert_the_books_tie(company: Company) -> None:
    ledger = company.books.ledger
    assert sum(ledger.trial_balance().values(), Decimal(0)) == 0
    receivable = total(company, "Invoice", "Balance") - total(company, "Payment", "UnappliedAmt")
    assert ledger.account_balance("84") == total(company, "Customer", "Balance") == receivable
    surplus = sum(
        p["TotalAmt"] - sum(line["Amount"] for line in p["Line"]) for p in company.books.documents("BillPayment")
    )
    assert (
        -ledger.account_balance("33")
        == total(company, "Vendor", "Balance")
        == total(company, "Bill", "Balance") - surplus
    )
    for name in ("Invoice", "Bill"):
        assert all(document["Balance"] >= 0 for document in company.books.documents(name))
    for account in company.books.documents("Account"):
        shown = account["Classification"] in ("Asset", "Liability", "Equity")
        assert account["CurrentBalance"] == (ledger.account_balance(account["Id"]) if shown else 0)


def total(company: Company, name: str, member: str) -> Decimal:
    return sum((Decimal(document[member]) for document in company.books.documents(name)), Decimal(0))


def balances(company: Company) -> dict[str, Any]:
    entities = {
        name: {document["Id"]: document["Balance"] for document in company.books.documents(name)}
        for name in ("Customer", "Vendor", "Invoice", "Bill")
    }
    return {"ledger": whole_books(company.books)["balances"], **entities}

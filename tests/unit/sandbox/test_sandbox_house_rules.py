"""Document numbers, the closing date, and what a reference says of what it points at."""

from typing import Any

import msgspec
import pytest

from sandbox.preferences import close_books
from sandbox.wire import Document
from tests.unit.sandbox.sandbox_bodies import MINIMAL, deposit_line, minimal, ref
from tests.unit.sandbox.sandbox_company import Company, expense_line, refusal, sales_line


@pytest.fixture
def company() -> Company:
    return Company()


def strict_about_numbers(company: Company) -> None:
    company.books.profile = msgspec.structs.replace(company.books.profile, warns_of_duplicate_numbers=True)
    company.turn_on("SalesFormsPrefs", CustomTxnNumbers=True)


@pytest.mark.parametrize("name", ["Invoice", "Estimate", "SalesReceipt", "CreditMemo", "PurchaseOrder"])
def test_the_server_numbers_documents_in_a_row_until_clients_do(company: Company, name: str) -> None:
    """With custom numbers on, a document without a number stays without."""
    first, second = (int(company.create(name, **MINIMAL[name])["DocNumber"]) for _ in range(2))
    assert second == first + 1
    company.turn_on("SalesFormsPrefs", CustomTxnNumbers=True)
    assert "DocNumber" not in company.create(name, **MINIMAL[name])


def test_a_number_is_kept_over_a_full_update_that_leaves_it_out(company: Company) -> None:
    """It is the server's while custom numbers are off."""
    invoice = company.invoice()
    after = company.update("Invoice", Id=invoice["Id"], SyncToken="0", **MINIMAL["Invoice"])
    assert after["DocNumber"] == invoice["DocNumber"]


def test_a_repeated_number_is_refused_only_when_both_settings_say_so(company: Company) -> None:
    """Companies that do not number by hand may repeat themselves."""
    first = company.invoice(DocNumber="A-1")
    company.invoice(DocNumber="A-1")
    strict_about_numbers(company)
    fault = refusal(lambda: company.invoice(DocNumber="A-1"))
    assert (fault.code, fault.element) == ("6140", "")
    assert fault.detail.endswith(f"DocNumber=A-1 is assigned to TxnType=Invoice with TxnId={first['Id']}")
    assert company.bill(DocNumber="A-1")["DocNumber"] == "A-1"
    assert company.sparse("Invoice", first, PrivateNote="x")["DocNumber"] == "A-1"


def test_checks_and_bill_payments_by_check_share_their_numbers(company: Company) -> None:
    """They come out of one chequebook."""
    strict_about_numbers(company)
    check: dict[str, Any] = {"PaymentType": "Check", "AccountRef": ref("35"), "Line": [expense_line(5)]}
    company.create("Purchase", DocNumber="501", **check)
    paid = company.bill(80)
    by_check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": ref("35")}, "DocNumber": "501"}
    assert refusal(lambda: company.pay_bill(paid, 80, **by_check)).code == "6140"
    card = company.create(
        "Purchase", **{**check, "PaymentType": "CreditCard", "AccountRef": ref("41"), "DocNumber": "501"}
    )
    assert card["DocNumber"] == "501"


@pytest.mark.parametrize("name", ["Invoice", "Bill", "JournalEntry", "Transfer", "Deposit", "Payment"])
def test_nothing_is_written_changed_or_taken_away_in_a_closed_period(company: Company, name: str) -> None:
    """The years behind the date have been filed; both where a transaction was and where it would be count."""
    late = company.create(name, **{**MINIMAL[name], "TxnDate": "2026-11-10"})
    early = company.create(name, **{**MINIMAL[name], "TxnDate": "2026-10-10"})
    close_books(company.books, "2026-10-31")
    revision = company.books.revision
    need: Document = {"VendorRef": ref("88")} if name == "Bill" else {}
    refusals = [
        refusal(lambda: company.create(name, **{**MINIMAL[name], "TxnDate": "2026-10-31"})),
        refusal(lambda: company.sparse(name, late, TxnDate="2026-10-01", **need)),
        refusal(lambda: company.sparse(name, early, TxnDate="2026-11-01", **need)),
        refusal(lambda: company.delete(name, early)),
    ]
    assert [fault.code for fault in refusals] == ["6200"] * 4
    assert company.books.revision == revision
    assert company.sparse(name, late, PrivateNote="seen", **need)["SyncToken"] == "1"
    close_books(company.books, None)
    assert company.delete(name, early)["status"] == "Deleted"


@pytest.mark.parametrize("name", ["Estimate", "PurchaseOrder", "TimeActivity"])
def test_what_posts_nothing_may_be_dated_in_a_closed_period(company: Company, name: str) -> None:
    """A closed period protects the ledger, and these leave it as it is."""
    close_books(company.books, "2026-12-31")
    assert company.create(name, **{**minimal(company, name), "TxnDate": "2026-10-10"})["SyncToken"] == "0"


def test_a_void_in_a_closed_period_is_refused(company: Company) -> None:
    """It would take income out of a year that was filed."""
    invoice = company.invoice(TxnDate="2026-10-10")
    close_books(company.books, "2026-10-31")
    assert refusal(lambda: company.void("Invoice", invoice)).code == "6200"


def test_references_to_people_say_which_kind_they_are(company: Company) -> None:
    """A purchase writes Vendor, a deposit line VENDOR, as measured."""
    body = {**MINIMAL["Purchase"], "EntityRef": {"value": "88", "type": "Vendor"}}
    assert company.create("Purchase", **body)["EntityRef"] == {
        "value": "88",
        "name": "Ironbark Hosting",
        "type": "Vendor",
    }
    line = deposit_line()
    line["DepositLineDetail"] |= {"Entity": {"value": "55", "type": "CUSTOMER"}}
    deposit = company.create("Deposit", DepositToAccountRef=ref("35"), Line=[line])
    assert deposit["Line"][0]["DepositLineDetail"]["Entity"]["type"] == "CUSTOMER"


def test_a_currency_that_was_added_may_be_used(company: Company) -> None:
    """While many currencies are on and the company keeps this one."""
    body: dict[str, Any] = {"CustomerRef": ref("55"), "Line": [sales_line(100)], "CurrencyRef": ref("EUR")}
    assert refusal(lambda: company.create("Invoice", **body)).code == "2220"
    company.create("CompanyCurrency", **minimal(company, "CompanyCurrency"))
    abroad = company.create("Customer", DisplayName="Ostraveld Boats", CurrencyRef=ref("EUR"))
    body["CustomerRef"] = ref(abroad["Id"])
    assert company.create("Estimate", **body, ExchangeRate=1.1)["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    assert refusal(lambda: company.create("CompanyCurrency", Code="QQQ")).code == "2220"


def test_a_send_that_is_still_to_come_needs_an_address(company: Company) -> None:
    """QuickBooks would not know where to."""
    body = {"DisplayName": "Larkmoor Bindery"}
    customer = company.create("Customer", **body)
    assert refusal(lambda: company.invoice(customer=customer["Id"], EmailStatus="NeedToSend")).code == "6420"

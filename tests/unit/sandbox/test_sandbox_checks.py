"""What a request body may hold, and how each mistake in it is refused."""

from typing import Any

import pytest

from tests.unit.sandbox.sandbox_company import Company, expense_line, refusal, sales_line

LINE = [sales_line(100)]
CUSTOMER = {"value": "55"}
VENDOR = {"value": "105"}
CARD = {"CCAccountRef": {"value": "41"}}
BILL_142 = [{"TxnId": "142", "TxnType": "Bill"}]


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


@pytest.mark.parametrize(
    ("name", "body", "code", "words"),
    [
        ("Invoice", {"CustomerRef": CUSTOMER}, "2020", "Required parameter Line is missing"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": []}, "2020", "Required parameter Line is missing"),
        ("Invoice", {"Line": LINE}, "2020", "Required parameter CustomerRef"),
        ("Invoice", {"CustomerRef": {"name": "x"}, "Line": LINE}, "2020", "CustomerRef.value"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": [{"Amount": 1}]}, "2020", "Line.DetailType"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": [expense_line(1)]}, "2120", "AccountBasedExpenseLineDetail"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": [sales_line(None)]}, "2020", "Line.Amount"),
        (
            "Invoice",
            {"CustomerRef": CUSTOMER, "Line": [{"DetailType": "DescriptionOnly"}]},
            "6000",
            "transaction amount",
        ),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "Colour": 1}, "2010", 'Unrecognized field "Colour"'),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "InvoiceEx": {}}, "2010", 'Unrecognized field "InvoiceEx"'),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": {"Amount": 1}}, "2010", "failed to parse json object"),
        ("Invoice", {"CustomerRef": "55", "Line": LINE}, "2010", "failed to parse json object"),
        ("Invoice", {"CustomerRef": {"value": "999"}, "Line": LINE}, "2500", "Names element id 999 not found"),
        (
            "Invoice",
            {"CustomerRef": CUSTOMER, "Line": [sales_line(1, "999")]},
            "2500",
            "Items element id 999 not found",
        ),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": [sales_line(1, Qty=3, UnitPrice=5)]}, "6070", "Supplied value:1"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "DocNumber": "x" * 22}, "2050", "Max:21"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "TxnDate": "22/11/2026"}, "2060", "TxnDate"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "TxnDate": "2026-02-30"}, "2070", "TxnDate"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "EmailStatus": "Later"}, "2170", "Later"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "AllowOnlineACHPayment": "yes"}, "2230", "AllowOnlineACH"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": [sales_line("a lot")]}, "2100", "Line.Amount"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": [sales_line(10**12)]}, "2110", "Line.Amount"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": [sales_line(-5)]}, "6000", "0 or greater"),
        ("Invoice", {"CustomerRef": CUSTOMER, "Line": LINE, "CurrencyRef": {"value": "EUR"}}, "2220", "USD"),
        (
            "Invoice",
            {"CustomerRef": CUSTOMER, "Line": LINE, "LinkedTxn": [{"TxnId": "75", "TxnType": "Estimate"}]},
            "6000",
            "The entity Estimate 75 that you are trying to link does not exist. Estimate 75",
        ),
        ("Bill", {"VendorRef": VENDOR, "Line": [expense_line(5, "999")]}, "2500", "Accounts element id 999"),
        ("Bill", {"VendorRef": VENDOR, "Line": [expense_line(5)], "APAccountRef": {"value": "35"}}, "6430", "Bank"),
        ("Customer", {}, "2020", "DisplayName"),
        ("Customer", {"DisplayName": "Stratus Harbor Cloud"}, "6240", "The name supplied already exists. : null"),
        ("Customer", {"DisplayName": "a:b"}, "2040", "DisplayName"),
        ("Customer", {"DisplayName": "New", "PrimaryEmailAddr": {"Address": "nobody"}}, "2210", "PrimaryEmailAddr"),
        ("Customer", {"DisplayName": "New", "PreferredDeliveryMethod": "Pigeon"}, "2170", "Pigeon"),
        ("Account", {"Name": "Float"}, "6010", "AccountType"),
        ("Account", {"Name": "Float", "AccountType": "Bank", "AccountSubType": "Travel"}, "6010", "Travel"),
        ("Account", {"Name": "operating checking", "AccountType": "Bank"}, "6240", "already exists"),
        ("Account", {"Name": "Float", "AccountType": "Bank", "OpeningBalance": 5}, "6060", "OpenBalanceDate"),
        ("Item", {"Name": "New", "Type": "Service"}, "2020", "IncomeAccountRef"),
        ("Payment", {"CustomerRef": CUSTOMER}, "2020", "TotalAmt"),
        ("BillPayment", {"VendorRef": VENDOR, "TotalAmt": 5, "PayType": "Check", "Line": []}, "2020", "Line"),
        (
            "BillPayment",
            {
                "VendorRef": VENDOR,
                "TotalAmt": 5,
                "PayType": "CreditCard",
                "CreditCardPayment": CARD,
                "Line": [{"Amount": 5}],
            },
            "2020",
            "LinkedTxn",
        ),
        (
            "BillPayment",
            {
                "VendorRef": VENDOR,
                "TotalAmt": 5,
                "PayType": "CreditCard",
                "Line": [{"Amount": 5, "LinkedTxn": BILL_142}],
            },
            "2020",
            "CreditCardPayment.CCAccountRef",
        ),
        (
            "BillPayment",
            {
                "VendorRef": {"value": "88"},
                "TotalAmt": 500,
                "PayType": "CreditCard",
                "CreditCardPayment": CARD,
                "Line": [{"Amount": 500, "LinkedTxn": BILL_142}],
            },
            "6000",
            "Bill 142 belongs to another vendor",
        ),
    ],
)
def test_a_mistake_in_a_body_is_refused_by_its_name(
    company: Company, name: str, body: dict[str, Any], code: str, words: str
) -> None:
    """Each refusal names the field or the thing, so that whoever wrote the body can mend it."""
    revision = company.books.revision
    fault = refusal(lambda: company.create(name, **body))
    assert fault.code == code
    assert words in fault.detail
    assert company.books.revision == revision


def test_read_only_members_are_dropped_in_silence(company: Company) -> None:
    """QuickBooks ignores a client's totals; the seed article's claim that it rejects them is not its documentation."""
    invoice = company.invoice(120, TotalAmt=1, Balance=7, domain="QBO", sparse=False)
    assert (invoice["TotalAmt"], invoice["Balance"]) == (120, 120)


def test_an_extra_decimal_in_the_price_is_rounded_before_it_is_compared(company: Company) -> None:
    """UnitPrice may carry more decimals than the cent; the product is rounded first."""
    line = sales_line(33.34, Qty=2, UnitPrice=16.6675)
    invoice = company.create("Invoice", CustomerRef=CUSTOMER, Line=[line])
    assert str(invoice["TotalAmt"]) == "33.34"


def test_an_inactive_customer_cannot_be_invoiced_but_stays_on_its_old_invoices() -> None:
    """What was true when it was written stays editable after the customer is gone."""
    company = Company()
    company.create("Customer", DisplayName="Brief Venture")
    [identifier] = company.ids("select * from Customer where DisplayName = 'Brief Venture'")
    invoice = company.invoice(50, identifier)
    payment = company.pay(invoice, 50)
    company.sparse("Customer", company.read("Customer", identifier), Active=False)
    assert refusal(lambda: company.invoice(10, identifier)).code == "2500"
    kept = company.sparse("Payment", payment, PrivateNote="closed")
    assert kept["CustomerRef"]["name"] == "Brief Venture (deleted)"

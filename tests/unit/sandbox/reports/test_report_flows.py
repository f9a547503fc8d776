"""Reports over books that the sandbox's own rules have made, as a client makes them."""

from decimal import Decimal

import pytest

from sandbox.reports.answer import answer
from sandbox.wire import Document
from tests.unit.sandbox.reports.reports_company import labelled
from tests.unit.sandbox.sandbox_company import Company, expense_line, sales_line


def report(company: Company, name: str, **parameters: str) -> Document:
    return answer(company.books, name, parameters, company.now).document


@pytest.fixture(scope="module")
def busy() -> Company:
    """A company where credits are applied, stock moves, and money waits for its deposit."""
    company = Company()
    members = {"AccountSubType": "Inventory", "AccountType": "Other Current Asset"}
    stock = company.create("Account", Name="Lamps in store", **members)["Id"]
    company.create("Account", Name="Unapplied", AccountType="Income", AccountSubType="UnappliedCashPaymentIncome")
    lamp = company.create(
        "Item",
        Name="Lamp",
        Type="Inventory",
        TrackQtyOnHand=True,
        QtyOnHand=4,
        PurchaseCost=10,
        InvStartDate="2026-11-01",
        AssetAccountRef={"value": stock},
        IncomeAccountRef={"value": "79"},
        ExpenseAccountRef={"value": "59"},
    )["Id"]
    bought = {"ItemRef": {"value": lamp}, "Qty": 6, "UnitPrice": 12}
    line = {"Amount": 72, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": bought}
    company.create("Bill", VendorRef={"value": "88"}, TxnDate="2026-11-05", Line=[line])
    sold = sales_line(150, lamp, Qty=5, UnitPrice=30)
    invoice = company.create("Invoice", CustomerRef={"value": "55"}, TxnDate="2026-11-10", Line=[sold], Deposit=20)
    credit = company.create("CreditMemo", CustomerRef={"value": "55"}, TxnDate="2026-11-11", Line=[sales_line(40)])
    both = [
        {"Amount": 90, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]},
        {"Amount": 40, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]},
    ]
    company.create("Payment", CustomerRef={"value": "55"}, TxnDate="2026-11-12", TotalAmt=75, Line=both)
    company.create("VendorCredit", VendorRef={"value": "88"}, TxnDate="2026-11-13", Line=[expense_line(33)])
    card = {"AccountRef": {"value": "41"}, "PaymentType": "CreditCard", "EntityRef": {"value": "88", "type": "Vendor"}}
    company.create("Purchase", TxnDate="2026-11-14", Line=[expense_line(18)], **card)
    company.void("Invoice", company.read("Invoice", "115"))
    return company


@pytest.mark.parametrize("basis", ["Accrual", "Cash"])
@pytest.mark.parametrize("day", ["2026-11-01", "2026-11-10", "2026-11-11", "2026-11-12", "2026-11-22"])
def test_the_statements_tie_after_every_kind_of_transaction(busy: Company, basis: str, day: str) -> None:
    """Assets equal claims, profit is profit, the trial balance comes to zero: on both bases, on any day."""
    span = {"start_date": "2026-01-01", "end_date": day, "accounting_method": basis}
    sheet, profit, trial = (
        labelled(report(busy, name, **span)) for name in ("BalanceSheet", "ProfitAndLoss", "TrialBalance")
    )
    assert sheet["TOTAL ASSETS"] == sheet["TOTAL LIABILITIES AND EQUITY"]
    assert sheet["Net Income"] == profit["Net Income"]
    assert trial["TOTAL"][0] == trial["TOTAL"][1]


def test_aging_and_balances_are_the_documents_own(busy: Company) -> None:
    """What a client reads on each customer and vendor is what the reports say."""
    for entity, name, aging in (
        ("Customer", "CustomerBalance", "AgedReceivables"),
        ("Vendor", "VendorBalance", "AgedPayables"),
    ):
        shown = labelled(report(busy, name))
        owed = {
            each["DisplayName"]: Decimal(each["Balance"]) for each in busy.books.documents(entity) if each["Balance"]
        }
        assert {label: Decimal(values[0]) for label, values in shown.items() if label != "TOTAL"} == owed
        aged = labelled(report(busy, aging))
        assert {label: Decimal(values[-1]) for label, values in aged.items() if label != "TOTAL"} == owed


def test_open_items_are_the_documents_open_balances(busy: Company) -> None:
    """Each invoice in the detail shows its own Balance."""
    rows = [
        row
        for part in report(busy, "AgedReceivableDetail")["Rows"]["Row"]
        for row in part.get("Rows", {}).get("Row", ())
    ]
    for row in rows:
        kind, amount = row["ColData"][1], row["ColData"][-1]["value"]
        if kind["value"] == "Invoice":
            assert Decimal(amount) == busy.read("Invoice", kind["id"])["Balance"]


def test_stock_is_worth_what_its_account_holds(busy: Company) -> None:
    """Four at 10 and six at 12, five sold: the layers left are five at 12."""
    said = labelled(report(busy, "InventoryValuationSummary"))
    assert said["Lamp"] == ["", "5.00", "60.00", "12.00"]
    assert labelled(report(busy, "BalanceSheet"))["Lamps in store"] == ["60.00"]


def test_cash_basis_books_money_applied_to_nothing_as_unapplied(busy: Company) -> None:
    """75 received and 50 of it needed: the rest is income until it is applied."""
    said = labelled(report(busy, "ProfitAndLoss", accounting_method="Cash"))
    assert said["Unapplied"] == ["25.00"]
    assert "Unapplied" not in labelled(report(busy, "ProfitAndLoss"))

"""Details, lists and balances: each row's figures, and that they come to the summaries and the ledger."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from sandbox.money import ZERO
from sandbox.wire import Document
from tests.unit.sandbox.reports.reports_company import (
    ALDER,
    NORTH,
    QUARRY,
    Scripted,
    cells,
    labelled,
    scripted,
    side,
    walk,
)

YEAR = {"start_date": "2026-01-01", "end_date": "2026-11-22"}
NOVEMBER = {"start_date": "2026-11-01", "end_date": "2026-11-22"}


def sections(report: Document) -> dict[str, Document]:
    return {row["Header"]["ColData"][0]["value"]: row for row in report["Rows"]["Row"] if "Header" in row}


def rows_of(row: Document) -> list[list[str]]:
    return [cells(each["ColData"]) for each in row["Rows"]["Row"] if "ColData" in each]


def test_an_account_s_section_runs_from_its_beginning_balance_to_its_end() -> None:
    """Recorded: the label in the first column, the balance in the last, amounts as the account itself moves."""
    checking = sections(scripted().report("GeneralLedger", **NOVEMBER))["Checking"]
    assert rows_of(checking) == [
        ["Beginning Balance", "", "", "", "", "", "", "5700.00"],
        ["2026-11-04", "Check", "", "", "", "Rent", "-900.00", "4800.00"],
        ["2026-11-10", "Payment", "", "Birch Yard", "", "Receivable", "80.00", "4880.00"],
        ["2026-11-12", "Sales Receipt", "1004", "", "", "-Split-", "214.00", "5094.00"],
        ["2026-11-20", "Journal Entry", "", "", "", "Interest", "12.34", "5106.34"],
        ["2026-11-21", "Journal Entry", "", "", "", "Penalties", "-7.00", "5099.34"],
    ]
    assert cells(checking["Summary"]["ColData"]) == ["Total for Checking", "", "", "", "", "", "-600.66", ""]


@pytest.mark.parametrize("basis", ["Accrual", "Cash"])
def test_the_general_ledger_comes_to_the_balances(basis: str) -> None:
    """Beginning balance plus the period's amounts is where the balance sheet puts the account."""
    made = scripted()
    sheet = labelled(made.report("BalanceSheet", accounting_method=basis, **YEAR))
    columns = "tx_date,subt_nat_amount,rbal_nat_amount"
    ledger = made.report("GeneralLedger", accounting_method=basis, columns=columns, **YEAR)
    for name in ("Checking", "Undeposited Funds", "Stock", "Van", "Card", "Loan", "Tax Payable"):
        last = rows_of(sections(ledger)[name])[-1]
        assert [last[-1]] == sheet[name], name


def test_debits_and_credits_of_the_general_ledger_are_equal() -> None:
    """Over all sections together, whatever columns are asked for."""
    report = scripted().report("GeneralLedger", columns="tx_date,debt_amt,credit_amt", **YEAR)
    totals = [cells(row["Summary"]["ColData"]) for row in report["Rows"]["Row"]]
    assert sum(Decimal(total[1]) for total in totals) == sum(Decimal(total[2]) for total in totals) > 0


def test_columns_come_as_they_are_named_and_unknown_ones_not_at_all() -> None:
    """A client's columns are its own contract."""
    report = scripted().report("GeneralLedger", columns="doc_num,tx_date,no_such_column", **NOVEMBER)
    assert [column["ColTitle"] for column in report["Columns"]["Column"]] == ["Num", "Date"]
    assert report["Columns"]["Column"][0]["MetaData"] == [{"Name": "ColKey", "Value": "doc_num"}]


def test_profit_and_loss_detail_comes_to_its_summary() -> None:
    """Each account's rows add up to its line of the summary report."""
    made = scripted()
    whole, detail = labelled(made.report("ProfitAndLoss", **YEAR)), made.report("ProfitAndLossDetail", **YEAR)
    said = labelled(detail)
    assert said["Net Income"][-2] == whole["Net Income"][0]
    assert said["Total for Sales:Services"][-2] == whole["Services"][0]
    assert said["Total Expenses"][-2] == whole["Total Expenses"][0]
    by_account: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in walk(detail["Rows"]):
        account = row.get("Header", {"ColData": [{}]})["ColData"][0].get("id")
        if account is not None:
            by_account[account] += sum((Decimal(values[-2]) for values in rows_of(row)), ZERO)
    assert by_account["22"] == Decimal("600.00")


def test_each_transaction_of_the_journal_balances() -> None:
    """The first row names the transaction, later ones do not, as recorded; an empty row follows."""
    rows = scripted().report("JournalReport", start_date="2026-08-01", end_date="2026-08-31")["Rows"]["Row"]
    assert cells(rows[0]["ColData"]) == [
        "2026-08-10",
        "Invoice",
        "1002",
        "Alder Works",
        "",
        "Receivable",
        "1070.00",
        "",
    ]
    assert cells(rows[1]["ColData"])[:4] == ["0-00-00", "", "", ""]
    assert rows[1]["ColData"][1]["id"] == "110"
    assert cells(rows[-2]["Summary"]["ColData"])[-2:] == ["1270.00", "1270.00"]
    assert set(cells(rows[-1]["ColData"])) == {""}


def test_the_transaction_list_shows_each_transaction_once_with_its_own_account() -> None:
    """An estimate is listed although it posts nothing."""
    rows = scripted().report("TransactionList", **NOVEMBER)["Rows"]["Row"]
    listed = {cells(row["ColData"])[1] + cells(row["ColData"])[2]: cells(row["ColData"])[3:] for row in rows}
    assert listed["Invoice1003"] == ["Yes", "North Hall", "", "Receivable", "-Split-", "600.00"]
    assert listed["Payment"] == ["Yes", "Birch Yard", "", "Checking", "Receivable", "80.00"]
    assert listed["EstimateE-1"] == ["No", "Alder Works", "", "", "", "999.00"]
    assert len(rows) == 9


@pytest.mark.parametrize(
    ("filters", "kinds"),
    [
        ({"transaction_type": "Invoice"}, ["Invoice"]),
        ({"transaction_type": "CreditCardCharge,Check"}, ["Expense", "Check"]),
        ({"arpaid": "Unpaid"}, ["Invoice"]),
        ({"docnum": "1004"}, ["Sales Receipt"]),
        ({"customer": "2"}, ["Payment", "Sales Receipt"]),
        ({"source_account_type": "CreditCard"}, ["Expense"]),
        ({"bothamount": "999"}, ["Estimate"]),
        ({"start_duedate": "2026-12-01", "end_duedate": "2026-12-31"}, ["Invoice"]),
        ({"createdate_macro": "Last Month"}, []),
    ],
)
def test_a_list_filter_keeps_what_it_names(filters: dict[str, str], kinds: list[str]) -> None:
    """Each parameter narrows the list by itself."""
    rows = scripted().report("TransactionList", **NOVEMBER, **filters)["Rows"].get("Row", [])
    assert [cells(row["ColData"])[1] for row in rows] == kinds


def test_lists_by_name_have_a_section_a_name() -> None:
    """Vendors' transactions and customers' transactions do not mix."""
    made = scripted()
    assert set(sections(made.report("TransactionListByCustomer", **NOVEMBER))) == {
        "Alder Works",
        "Birch Yard",
        "North Hall",
    }
    vendors = made.report("TransactionListByVendor", **YEAR)
    assert set(sections(vendors)) == {"Quarry Lane", "Rook Street"}
    assert labelled(vendors)["Total for Quarry Lane"][-1] == "700.00"
    grouped = sections(made.report("TransactionList", group_by="Transaction Type", **NOVEMBER))
    assert "Journal Entry" in grouped


def test_splits_list_every_posting_of_a_transaction() -> None:
    """The section's first row is the transaction's own account."""
    invoice = scripted().report("TransactionListWithSplits", start_date="2026-08-10", end_date="2026-08-10")["Rows"][
        "Row"
    ][0]
    assert [row[-2:] for row in rows_of(invoice)] == [
        ["Receivable", "1070.00"],
        ["Sales:Services", "600.00"],
        ["Sales:Goods", "400.00"],
        ["Cost of Goods", "200.00"],
        ["Stock", "-200.00"],
        ["Tax Payable", "70.00"],
    ]


def test_descending_order_turns_a_list_around() -> None:
    """sort_order works with any column of sort_by."""
    made = scripted()
    rows = made.report("TransactionList", sort_by="subt_nat_amount", sort_order="descend", **NOVEMBER)["Rows"]["Row"]
    amounts = [Decimal(cells(row["ColData"])[-1]) for row in rows]
    assert amounts == sorted(amounts, reverse=True)


def test_aging_puts_each_open_item_in_the_bucket_of_its_days() -> None:
    """Due 2026-09-09 is 74 days late; credits age from their own day; a job stands under its customer."""
    said = labelled(scripted().report("AgedReceivables"))
    assert said["Alder Works"] == ["", "", "", "749.00", "", "749.00"]
    assert said["North Hall"] == ["600.00", "-100.00", "", "", "", "500.00"]
    assert said["Total Birch Yard"] == ["600.00", "-180.00", "0.00", "0.00", "0.00", "420.00"]
    assert said["TOTAL"][-1] == "1169.00"


@pytest.mark.parametrize("day", ["2025-08-15", "2025-09-01", "2026-08-10", "2026-10-14", "2026-10-15", "2026-11-22"])
@pytest.mark.parametrize(("report", "account", "sign"), [("AgedReceivables", "3", 1), ("AgedPayables", "6", -1)])
def test_aging_comes_to_the_control_account_on_any_day(report: str, account: str, sign: int, day: str) -> None:
    """Payments after the day have not happened yet."""
    made = scripted()
    control = ZERO
    for entry in made.books.ledger.between():
        if entry.txn_date.isoformat() <= day:
            control += sum((posting.amount for posting in entry.postings if posting.account_id == account), ZERO)
    total = labelled(made.report(report, report_date=day)).get("TOTAL", ["0.00"])[-1]
    assert Decimal(total) == sign * control


@pytest.mark.parametrize(
    ("due", "bucket"),
    [("2026-11-22", 0), ("2026-11-21", 1), ("2026-10-23", 1), ("2026-10-22", 2), ("2026-08-24", 3), ("2026-08-23", 4)],
)
def test_a_bucket_ends_on_its_last_day(due: str, bucket: int) -> None:
    """0 days late is current, 30 is in 1 - 30, 31 in 31 - 60, 91 in the last."""
    made = Scripted()
    lines = (side("3", "10.00", party=ALDER), side("21", "-10.00", line_id="1"))
    made.enter("Invoice", "1", "2026-01-01", *lines, DueDate=due)
    values = labelled(made.report("AgedReceivables"))["Alder Works"]
    assert [index for index, value in enumerate(values[:-1]) if value] == [bucket]


def test_buckets_follow_their_parameters() -> None:
    """Fewer and longer periods, aged to today instead of the report's day."""
    report = scripted().report(
        "AgedReceivables", aging_period="45", num_periods="2", report_date="2026-10-01", aging_method="Current"
    )
    assert [column["ColTitle"] for column in report["Columns"]["Column"]] == [
        "",
        "Current",
        "1 - 45",
        "46 and over",
        "Total",
    ]
    assert labelled(report)["Alder Works"] == ["", "", "1070.00", "1070.00"]


def test_a_range_sent_to_a_point_in_time_report_is_answered_as_of_today() -> None:
    """Measured: no error, no effect."""
    header = scripted().report("AgedReceivables", start_date="2025-01-01", end_date="2025-12-31")["Header"]
    assert (header["DateMacro"], header["EndPeriod"]) == ("today", "2026-11-22")
    assert header["Option"][0] == {"Name": "report_date", "Value": "2026-11-22"}


@pytest.mark.parametrize(
    ("summary", "detail"), [("AgedReceivables", "AgedReceivableDetail"), ("AgedPayables", "AgedPayableDetail")]
)
def test_aging_detail_comes_to_its_summary_bucket_by_bucket(summary: str, detail: str) -> None:
    """The oldest bucket comes first, as recorded."""
    made = scripted()
    totals = labelled(made.report(summary))["TOTAL"]
    report = made.report(detail)
    titles = {"Current": 0, "1 - 30": 1, "31 - 60": 2, "61 - 90": 3, "91 or more": 4}
    order = [titles[title.removesuffix(" days past due")] for title in sections(report)]
    assert order == sorted(order, reverse=True)
    for title, row in sections(report).items():
        assert cells(row["Summary"]["ColData"])[-1] == totals[titles[title.removesuffix(" days past due")]]
        assert sum(Decimal(values[-1]) for values in rows_of(row)) == Decimal(cells(row["Summary"]["ColData"])[-1])


@pytest.mark.parametrize(
    ("report", "party", "sign"), [("CustomerBalance", "Customer", 1), ("VendorBalance", "Vendor", -1)]
)
def test_balances_are_what_the_sub_ledger_says(report: str, party: str, sign: int) -> None:
    """One row a name, nested jobs, no type member, a grand total."""
    made = scripted()
    answered = made.report(report)
    for row in walk(answered["Rows"]):
        if "ColData" in row:
            label, amount = row["ColData"]
            assert Decimal(amount["value"]) == sign * made.books.ledger.party_balance((party, label["id"]))
            assert "type" not in row
    detail = labelled(made.report(f"{report}Detail"))
    assert detail["TOTAL"][-1] == labelled(answered)["TOTAL"][0]


def test_a_balance_detail_runs_over_what_is_open() -> None:
    """A paid part is not in the balance; a paid document is not in the list, unless asked for."""
    made = scripted()
    alder = sections(made.report("CustomerBalanceDetail"))["Alder Works"]
    assert rows_of(alder) == [["2026-08-10", "Invoice", "1002", "2026-09-09", "1070.00", "749.00"]]
    every = sections(made.report("CustomerBalanceDetail", arpaid="All"))["Alder Works"]
    assert len(rows_of(every)) == 4
    quarry = sections(made.report("VendorBalanceDetail"))["Quarry Lane"]
    assert rows_of(quarry) == [["2026-02-01", "Bill", "Q-1", "2026-03-03", "1000.00", "700.00", "700.00"]]


def test_a_journal_entry_for_two_customers_is_settled_for_each_alone() -> None:
    """Paying one of them must not lower what the other owes."""
    made = Scripted()
    made.enter(
        "JournalEntry",
        "1",
        "2026-01-01",
        side("3", "70.00", party=ALDER),
        side("3", "30.00", party=NORTH),
        side("21", "-100.00"),
    )
    paid = made.enter("Payment", "2", "2026-02-01", side("1", "30.00"), side("3", "-30.00", party=NORTH))
    made.apply(paid, JournalEntry_1="30.00")
    assert labelled(made.report("CustomerBalance")) == {"Alder Works": ["70.00"], "TOTAL": ["70.00"]}


def test_a_credit_applied_by_an_empty_payment_closes_both() -> None:
    """QuickBooks applies a credit memo to an invoice with a payment of nothing, which has no entry of its own."""
    made = Scripted()
    made.enter("Invoice", "1", "2026-01-01", side("3", "50.00", party=ALDER), side("21", "-50.00", line_id="1"))
    made.enter("CreditMemo", "2", "2026-01-02", side("3", "-50.00", party=ALDER), side("21", "50.00", line_id="1"))
    made.put("Payment", Id="3", TxnDate="2026-01-03", CustomerRef={"value": "1"})
    made.apply(("Payment", "3"), Invoice_1="50.00", CreditMemo_2="50.00")
    assert "Row" not in made.report("AgedReceivableDetail")["Rows"]
    assert labelled(made.report("AgedReceivableDetail", report_date="2026-01-02"))["TOTAL"][-1] == "0.00"
    cash = labelled(made.report("ProfitAndLoss", accounting_method="Cash", **YEAR))
    assert cash["Net Income"] == ["0.00"]


def test_sales_reports_agree_with_each_other() -> None:
    """By customer, product, class and location: always the same 1,700.00."""
    made = scripted()
    for name in ("CustomerSales", "ClassSales", "DepartmentSales"):
        assert labelled(made.report(name, **YEAR))["TOTAL"] == ["1700.00"], name
    items = labelled(made.report("ItemSales", **YEAR))
    assert items["TOTAL"][1] == "1700.00"
    assert items["Lamp"] == ["6.00", "600.00", "35.29", "100.00", "300.00", "300.00", "50.00"]
    assert items["Advice"][:2] == ["10.00", "1150.00"]


def test_sales_without_a_name_stand_last_under_the_recorded_group() -> None:
    """Recorded: the group key **."""
    rows = scripted().report("DepartmentSales", **YEAR)["Rows"]["Row"]
    assert [(cells(row["ColData"])[0], row.get("group")) for row in rows[:-1]] == [
        ("Harbour", None),
        ("Not Specified", "**"),
    ]


def test_income_by_customer_shows_expenses_as_negative() -> None:
    """Recorded so: 247.66, -96.31, 151.35."""
    said = labelled(scripted().report("CustomerIncome", **YEAR))
    assert said["Alder Works"] == ["1000.00", "-700.00", "300.00"]
    assert said["TOTAL"] == ["1700.00", "-800.00", "900.00"]


def test_expenses_by_vendor_come_to_all_costs() -> None:
    """What has no vendor is not lost: 300 of cost, 900 of rent."""
    said = labelled(scripted().report("VendorExpenses", **YEAR))
    assert said == {
        "Quarry Lane": ["500.00"],
        "Rook Street": ["120.00"],
        "Not Specified": ["1207.00"],
        "TOTAL": ["1827.00"],
    }


def test_inventory_is_worth_what_its_account_says() -> None:
    """Ten lamps in at 50.00, six out; detail ends where the summary stands."""
    made = scripted()
    assert labelled(made.report("InventoryValuationSummary"))["Lamp"] == ["LMP-1", "4.00", "200.00", "50.00"]
    assert labelled(made.report("InventoryValuationSummary", report_date="2026-03-01"))["Lamp"][1] == "10.00"
    lamp = sections(made.report("InventoryValuationDetail", **NOVEMBER))["Lamp"]
    assert rows_of(lamp) == [["2026-11-12", "Sales Receipt", "1004", "", "-2.00", "50.00", "-100.00", "4.00", "200.00"]]


def test_the_account_list_shows_types_and_balances() -> None:
    """Active accounts in the order of the statements; income accounts have no balance to show."""
    made = scripted()
    rows = [cells(row["ColData"]) for row in made.report("AccountList")["Rows"]["Row"]]
    assert rows[0] == ["Checking", "Bank", "Checking", "", "5099.34"]
    assert ["Sales:Goods", "Income", "SalesOfProductIncome", "", ""] in rows
    assert [
        cells(row["ColData"])[0] for row in made.report("AccountList", account_type="CreditCard")["Rows"]["Row"]
    ] == ["Card"]


@pytest.mark.parametrize(
    ("country", "names"),
    [
        ("FR", ["TrialBalanceFR", "GeneralLedgerFR", "JournalReportFR", "FECReport", "TaxSummary"]),
        ("AU", ["BAS", "TaxSummary"]),
    ],
)
def test_reports_of_other_countries_answer_there(country: str, names: list[str]) -> None:
    """The same ledger, in the layouts those countries have."""
    made: Any = scripted(country)
    for name in names:
        assert made.report(name, **YEAR)["Rows"]["Row"], name
    tax = labelled(made.report("TaxSummary", **YEAR))
    assert tax["TOTAL"] == ["84.00"]


def test_the_french_export_s_debits_are_its_credits() -> None:
    """Eighteen columns, a comma in the amounts."""
    report = scripted("FR").report("FECReport", **YEAR)
    assert len(report["Columns"]["Column"]) == 18
    rows = [cells(row["ColData"]) for row in report["Rows"]["Row"]]
    debit, credit = (sum(Decimal(row[index].replace(",", ".")) for row in rows) for index in (11, 12))
    assert debit == credit > 0


def test_parties_carry_their_ids() -> None:
    """A client drills down by the ids in the cells."""
    assert QUARRY[1] in {
        row["Header"]["ColData"][0].get("id")
        for row in scripted().report("VendorBalanceDetail")["Rows"]["Row"]
        if "Header" in row
    }


def test_what_happens_on_the_first_day_is_no_beginning_balance() -> None:
    """The check of 2026-11-04 is a row of a ledger that starts that day."""
    checking = sections(scripted().report("GeneralLedger", start_date="2026-11-04", end_date="2026-11-04"))["Checking"]
    assert [row[-2:] for row in rows_of(checking)] == [["", "5700.00"], ["-900.00", "4800.00"]]


@pytest.mark.parametrize(("day", "opened"), [("2026-10-14", ["1070.00"]), ("2026-10-15", ["749.00"])])
def test_a_payment_settles_from_its_own_day(day: str, opened: list[str]) -> None:
    """On that day the invoice is lower, and the payment is not left beside it as a credit."""
    alder = sections(scripted().report("CustomerBalanceDetail", report_date=day, customer="1"))["Alder Works"]
    assert [row[-1] for row in rows_of(alder)] == opened

"""The statements: their recorded shape, their figures worked out on paper, and how they tie."""

from decimal import Decimal

import pytest

from sandbox.reports.report_facts import report_table
from tests.unit.sandbox.reports.reports_company import Scripted, cells, groups, labelled, option, scripted, side, walk

YEAR = {"start_date": "2026-01-01", "end_date": "2026-11-22"}


def test_profit_and_loss_has_the_recorded_groups_in_the_recorded_order() -> None:
    """Clients find their way by group keys, so the order and the spelling are the contract."""
    report = scripted().report("ProfitAndLoss", **YEAR)
    assert groups(report) == list(report_table().reports["ProfitAndLoss"].groups)
    computed = [
        row for row in report["Rows"]["Row"] if row["group"] in ("GrossProfit", "NetOperatingIncome", "NetIncome")
    ]
    assert all(set(row) == {"Summary", "type", "group"} for row in computed)


def test_profit_and_loss_shows_the_figures_of_the_year() -> None:
    """600 + 650 - 100 of services, 400 + 200 of goods, 50 of discounts; 300 of cost; 1,400 of rent; 120 of travel."""
    said = labelled(scripted().report("ProfitAndLoss", **YEAR))
    assert said["Services"] == ["1150.00"]
    assert said["Goods"] == ["600.00"]
    assert said["Discounts"] == ["-50.00"]
    assert said["Total Sales"] == ["1750.00"]
    assert said["Total Income"] == ["1700.00"]
    assert said["Gross Profit"] == ["1400.00"]
    assert said["Total Expenses"] == ["1520.00"]
    assert said["Net Operating Income"] == ["-120.00"]
    assert said["Net Other Income"] == ["5.34"]
    assert said["Net Income"] == ["-114.66"]


def test_sub_accounts_stand_in_their_parent_s_section() -> None:
    """A parent shows its own amount in its header and the whole in its summary."""
    report = scripted().report("ProfitAndLoss", **YEAR)
    sales = next(
        row for row in walk(report["Rows"]) if row.get("Header", {"ColData": [{}]})["ColData"][0].get("id") == "20"
    )
    assert cells(sales["Header"]["ColData"]) == ["Sales", ""]
    assert [cells(row["ColData"]) for row in sales["Rows"]["Row"]] == [["Goods", "600.00"], ["Services", "1150.00"]]
    assert cells(sales["Summary"]["ColData"]) == ["Total Sales", "1750.00"]


def test_the_header_says_what_was_answered() -> None:
    """Clients read period, basis and currency from the answer, not from their question."""
    header = scripted().report("ProfitAndLoss", date_macro="Last Month", accounting_method="Cash", customer="1")[
        "Header"
    ]
    assert header == {
        "Time": "2026-11-22T10:00:00-08:00",
        "ReportName": "ProfitAndLoss",
        "DateMacro": "last month",
        "ReportBasis": "Cash",
        "StartPeriod": "2026-10-01",
        "EndPeriod": "2026-10-31",
        "SummarizeColumnsBy": "Total",
        "Currency": "USD",
        "Customer": "1",
        "Option": [{"Name": "AccountingStandard", "Value": "GAAP"}, {"Name": "NoReportData", "Value": "false"}],
    }


def test_a_period_without_data_keeps_the_standard_groups_and_one_column() -> None:
    """Recorded: the label column alone, no amounts, NoReportData true."""
    report = scripted().report("ProfitAndLoss", start_date="2024-01-01", end_date="2024-12-31")
    assert option(report, "NoReportData") == "true"
    assert groups(report) == ["Income", "GrossProfit", "Expenses", "NetOperatingIncome", "NetIncome"]
    assert [column["ColTitle"] for column in report["Columns"]["Column"]] == [""]


@pytest.mark.parametrize("basis", ["Accrual", "Cash"])
@pytest.mark.parametrize("day", ["2025-08-01", "2025-12-31", "2026-01-01", "2026-08-31", "2026-11-22"])
def test_the_balance_sheet_balances_and_holds_the_year_s_profit(basis: str, day: str) -> None:
    """Assets equal claims on every day, and net income is the profit and loss of the fiscal year so far."""
    made = scripted()
    sheet = labelled(made.report("BalanceSheet", start_date=day, end_date=day, accounting_method=basis))
    assert sheet["TOTAL ASSETS"] == sheet["TOTAL LIABILITIES AND EQUITY"]
    period = {"start_date": f"{day[:4]}-01-01", "end_date": day}
    profit = labelled(made.report("ProfitAndLoss", accounting_method=basis, **period)).get("Net Income", [])
    assert sheet["Net Income"] == (profit or ["0.00"])


def test_earlier_years_profit_is_retained() -> None:
    """The 500.00 earned in 2025 is no income of 2026."""
    sheet = labelled(scripted().report("BalanceSheet", **YEAR))
    assert sheet["Retained Earnings"] == ["500.00"]
    assert sheet["Total Equity"] == ["5385.34"]


def test_the_balance_sheet_has_the_recorded_groups_in_the_recorded_order() -> None:
    """Groups without accounts are left out; the rest keep their order."""
    found = groups(scripted().report("BalanceSheet", **YEAR))
    order = [group for group in report_table().reports["BalanceSheet"].groups if group in found]
    assert found == order
    assert set(report_table().reports["BalanceSheet"].groups) - set(found) == {"OtherAssets"}


def test_one_end_of_a_range_falls_back_to_the_default_macro() -> None:
    """Measured: a balance sheet needs both ends."""
    header = scripted().report("BalanceSheet", end_date="2026-01-31")["Header"]
    assert (header["DateMacro"], header["EndPeriod"]) == ("this calendar year-to-date", "2026-11-22")


def test_cash_basis_recognises_an_invoice_as_it_is_paid() -> None:
    """321.00 of 1,070.00 is three tenths of every line: 180 of 600, 120 of 400, 60 of 200 of cost."""
    said = labelled(scripted().report("ProfitAndLoss", accounting_method="Cash", **YEAR))
    assert said["Services"] == ["180.00"]
    assert said["Goods"] == ["320.00"]
    assert said["Cost of Goods"] == ["160.00"]
    assert said["Rent"] == ["1050.00"]


def test_cash_basis_counts_a_payment_on_its_own_day() -> None:
    """The invoice of August was paid in October; neither August nor November may show it."""
    made = scripted()
    months = {"start_date": "2026-08-01", "end_date": "2026-10-31", "summarize_column_by": "Month"}
    assert labelled(made.report("ProfitAndLoss", accounting_method="Cash", **months))["Services"] == [
        "",
        "",
        "180.00",
        "180.00",
    ]


def test_the_last_payment_recognises_the_rest_to_the_cent() -> None:
    """Three payments of a third each must add up to the whole invoice, whatever each one rounded."""
    made = Scripted()
    party = ("Customer", "1")
    lines = (
        side("21", "-33.34", line_id="1"),
        side("22", "-33.33", line_id="2"),
        side("8", "-33.33", tax_rate_id="61"),
    )
    made.enter("Invoice", "1", "2026-01-01", side("3", "100.00", party=party), *lines)
    for number, amount in (("2", "33.33"), ("3", "33.33"), ("4", "33.34")):
        day = f"2026-0{number}-01"
        paid = made.enter("Payment", number, day, side("1", amount), side("3", f"-{amount}", party=party))
        made.apply(paid, Invoice_1=amount)
        sheet = labelled(made.report("BalanceSheet", start_date=day, end_date=day, accounting_method="Cash"))
        assert sheet["TOTAL ASSETS"] == sheet["TOTAL LIABILITIES AND EQUITY"]
        assert "Receivable" not in sheet
    whole = labelled(made.report("ProfitAndLoss", accounting_method="Cash", **YEAR))
    assert (whole["Services"], whole["Goods"]) == (["33.34"], ["33.33"])


def test_months_add_up_to_the_total_column() -> None:
    """Each row of a monthly statement is its own check."""
    report = scripted().report("ProfitAndLoss", summarize_column_by="Month", **YEAR)
    titles = [column["ColTitle"] for column in report["Columns"]["Column"]]
    assert titles[:3] == ["", "Jan 2026", "Feb 2026"]
    assert titles[-2:] == ["Nov 1 - 22, 2026", "Total"]
    for label, values in labelled(report).items():
        numbers = [Decimal(value or 0) for value in values]
        assert sum(numbers[:-1]) == numbers[-1], label


@pytest.mark.parametrize(
    ("split", "row", "expected"),
    [
        ("Classes", "Services", {"Retail": "600.00", "Not Specified": "550.00"}),
        ("Departments", "Goods", {"Harbour": "400.00", "Not Specified": "200.00"}),
        ("Customers", "Services", {"Alder Works": "600.00", "North Hall": "550.00"}),
        ("ProductsAndServices", "Goods", {"Lamp": "600.00"}),
        ("Vendors", "Travel", {"Rook Street": "120.00"}),
    ],
)
def test_columns_by_name_split_the_same_total(split: str, row: str, expected: dict[str, str]) -> None:
    """The same postings, told apart by the name each carries."""
    made = scripted()
    report = made.report("ProfitAndLoss", summarize_column_by=split, **YEAR)
    titles = [column["ColTitle"] for column in report["Columns"]["Column"]][1:]
    said = dict(zip(titles, labelled(report)[row], strict=True))
    assert {name: value for name, value in said.items() if value and name != "Total"} == expected
    assert said["Total"] == labelled(made.report("ProfitAndLoss", **YEAR))[row][0]


@pytest.mark.parametrize(
    ("filters", "net"),
    [
        ({"customer": "3"}, "500.00"),
        ({"customer": "1"}, "300.00"),
        ({"vendor": "12"}, "-120.00"),
        ({"klass": "71"}, "800.00"),
        ({"department": "81"}, "400.00"),
        ({"item": "92"}, "300.00"),
        ({"customer": "1,3"}, "800.00"),
    ],
)
def test_a_filter_keeps_only_what_carries_the_name(filters: dict[str, str], net: str) -> None:
    """Alder: 1,000 of sales, 200 of cost, 500 of billable rent; the rest likewise."""
    assert labelled(scripted().report("ProfitAndLoss", **YEAR, **filters))["Net Income"] == [net]


@pytest.mark.parametrize("basis", ["Accrual", "Cash"])
def test_the_trial_balance_comes_to_the_same_on_both_sides(basis: str) -> None:
    """Debits are credits; only the last day counts, as measured."""
    made = scripted()
    early, late = (
        made.report("TrialBalance", start_date=start, end_date="2026-11-22", accounting_method=basis)["Rows"]
        for start in ("2026-01-01", "2026-11-01")
    )
    assert early == late
    debit, credit = cells(early["Row"][-1]["Summary"]["ColData"])[1:]
    assert debit == credit
    assert all("type" not in row for row in early["Row"][:-1])


def test_the_trial_balance_shows_each_account_where_the_ledger_has_it() -> None:
    """Worked out from the ledger itself, with last year's 500.00 moved to retained earnings."""
    made = scripted()
    shown = {
        row["ColData"][0]["id"]: Decimal(row["ColData"][1]["value"] or 0) - Decimal(row["ColData"][2]["value"] or 0)
        for row in made.report("TrialBalance", **YEAR)["Rows"]["Row"]
        if "ColData" in row
    }
    expected = made.books.ledger.trial_balance()
    expected["21"] += 500
    expected["11"] = Decimal(-500)
    assert shown == expected


def test_cash_flow_explains_the_change_of_cash() -> None:
    """Net income and every other account's movement come to what the bank and undeposited funds gained."""
    said = labelled(scripted().report("CashFlow", **YEAR))
    assert said["Net Income"] == ["-114.66"]
    assert said["Cash at beginning of period"] == ["5500.00"]
    assert said["Cash at end of period"] == ["5420.34"]
    assert said["Net cash increase for period"] == ["-79.66"]
    assert said["Net cash provided by investing activities"] == ["-1500.00"]
    assert said["Net cash provided by financing activities"] == ["2000.00"]
    by_month = labelled(scripted().report("CashFlow", summarize_column_by="Month", **YEAR))
    assert by_month["Cash at end of period"][-2:] == ["5420.34", "5420.34"]


def test_a_column_of_a_balance_sheet_is_the_balance_at_its_end() -> None:
    """Balances do not add up, so periods come without a total."""
    report = scripted().report(
        "BalanceSheet", start_date="2026-10-01", end_date="2026-11-22", summarize_column_by="Month"
    )
    assert [column["ColTitle"] for column in report["Columns"]["Column"]] == ["", "Oct 2026", "Nov 1 - 22, 2026"]
    said = labelled(report)
    assert said["Receivable"] == ["749.00", "1169.00"]
    assert said["TOTAL ASSETS"] == said["TOTAL LIABILITIES AND EQUITY"]


def test_a_split_balance_sheet_still_comes_to_the_whole() -> None:
    """The total column of a sheet by customer is the sheet itself."""
    made = scripted()
    whole = labelled(made.report("BalanceSheet", **YEAR))
    split = labelled(made.report("BalanceSheet", summarize_column_by="Customers", **YEAR))
    assert {label: values[-1] for label, values in split.items()} == {
        label: values[0] for label, values in whole.items()
    }
    for values in split.values():
        assert sum(Decimal(value or 0) for value in values[:-1]) == Decimal(values[-1] or 0)

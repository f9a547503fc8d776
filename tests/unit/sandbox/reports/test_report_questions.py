"""Questions: names, parameters, named ranges, layouts, and the limit on cells."""

import re
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from sandbox.reports.answer import BUILDERS, answer
from sandbox.reports.as_xml import report_xml
from sandbox.reports.cell_limit import NOTICE, limited
from sandbox.reports.layout import cell, data_row, section
from sandbox.reports.periods import period_of
from sandbox.reports.report_facts import report_table
from tests.unit.sandbox.reports.reports_company import NOW, Scripted, cells, labelled, option, scripted, walk
from tests.unit.sandbox.sandbox_company import refusal

YEAR = {"start_date": "2026-01-01", "end_date": "2026-11-22"}
TODAY = date(2026, 11, 22)
XMLNS = "{http://schema.intuit.com/finance/v3}"


def test_every_report_of_the_table_has_a_builder() -> None:
    """35 names, no more, no less."""
    assert set(BUILDERS) == set(report_table().reports)
    assert len(BUILDERS) == 35


def country_of(name: str) -> str:
    return next(iter(report_table().reports[name].countries), "FR" if name == "TaxSummary" else "US")


@pytest.mark.parametrize("name", sorted(BUILDERS))
@pytest.mark.parametrize("modern", [{}, {"testing_migration": ""}])
def test_every_report_has_the_recorded_skeleton(name: str, modern: dict[str, str]) -> None:
    """Header, Columns, Rows at the top level; every row as wide as the columns' leaves; amounts as text."""
    report = scripted(country_of(name)).report(name, **modern)
    assert list(report) == ["Header", "Columns", "Rows"]
    assert report["Header"]["ReportName"] == name
    assert option(report, "NoReportData") in ("true", "false")
    leaves = [
        leaf for column in report["Columns"]["Column"] for leaf in column.get("Columns", {}).get("Column", [column])
    ]
    for row in walk(report["Rows"]):
        assert set(row) <= {"Header", "Rows", "Summary", "ColData", "type", "group"}
        for found in (row.get("ColData"), row.get("Header", {}).get("ColData"), row.get("Summary", {}).get("ColData")):
            assert found is None or len(found) == len(leaves)
            assert all(isinstance(value, str) for each in found or () for value in each.values())


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_every_report_survives_empty_books(name: str) -> None:
    """A company of today has no data yet; that is an answer, not an error."""
    report = Scripted(country_of(name)).report(name, **YEAR)
    assert option(report, "NoReportData") == ("false" if name == "AccountList" else "true")


@pytest.mark.parametrize("name", ["Cashflow", "BudgetVsActual", "TaxSummary", "TrialBalanceFR", "BAS"])
def test_a_report_there_is_not_is_refused_as_captured(name: str) -> None:
    """Names are exact; French and Australian reports do not exist in a US company."""
    fault = refusal(lambda: scripted().report(name))
    assert (fault.code, fault.kind.http_status, fault.element) == ("5020", 400, "ReportName")
    assert fault.detail == "Permission Denied Error : You do not have the access rights to use this feature."


@pytest.mark.parametrize(
    ("parameters", "code", "element"),
    [
        ({"start_date": "2026-13-01", "end_date": "2026-12-01"}, "2060", "start_date"),
        ({"start_date": "last week"}, "2060", "start_date"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "2190", "start_date"),
        ({"date_macro": "Last Decade"}, "2170", "date_macro"),
        ({"summarize_column_by": "Weather"}, "2170", "summarize_column_by"),
        ({"accounting_method": "Guess"}, "2170", "accounting_method"),
        ({"customer": "1;drop"}, "2030", "customer"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_by_name(parameters: dict[str, str], code: str, element: str) -> None:
    """The refusal names the parameter, what it takes and what came."""
    fault = refusal(lambda: scripted().report("ProfitAndLoss", **parameters))
    assert (fault.code, fault.element) == (code, element)
    assert element in fault.detail


def test_numbers_of_aging_must_be_whole() -> None:
    """A bucket of half a day is a mistake of the client."""
    fault = refusal(lambda: scripted().report("AgedReceivables", aging_period="0.5"))
    assert (fault.code, fault.element) == ("2090", "aging_period")


def test_parameters_a_report_does_not_know_change_nothing() -> None:
    """QuickBooks ignores them, so clients send them."""
    made = scripted()
    assert made.report("ProfitAndLoss", aging_period="x", colour="red", minorversion="75") == made.report(
        "ProfitAndLoss"
    )


@pytest.mark.parametrize(
    ("macro", "today", "start", "end"),
    [
        ("Today", TODAY, "2026-11-22", "2026-11-22"),
        ("This Week", TODAY, "2026-11-22", "2026-11-28"),
        ("Last Week", TODAY, "2026-11-15", "2026-11-21"),
        ("Last Week-to-date", date(2026, 11, 25), "2026-11-15", "2026-11-18"),
        ("This Month-to-date", TODAY, "2026-11-01", "2026-11-22"),
        ("Last Month", date(2026, 3, 31), "2026-02-01", "2026-02-28"),
        ("Last Month-to-date", date(2026, 3, 31), "2026-02-01", "2026-02-28"),
        ("This Calendar Quarter", TODAY, "2026-10-01", "2026-12-31"),
        ("Last Calendar Quarter", date(2026, 1, 5), "2025-10-01", "2025-12-31"),
        ("Last Calendar Year-to-date", date(2016, 3, 9), "2015-01-01", "2015-03-09"),
        ("Last Calendar Year", TODAY, "2025-01-01", "2025-12-31"),
        ("Next 4 Weeks", TODAY, "2026-11-29", "2026-12-26"),
        ("Next Month", date(2026, 12, 15), "2027-01-01", "2027-01-31"),
        ("Next Calendar Year", TODAY, "2027-01-01", "2027-12-31"),
    ],
)
def test_a_named_range_covers_its_days(macro: str, today: date, start: str, end: str) -> None:
    """The last calendar year-to-date is as recorded; the rest follows the same reading."""
    period = period_of(macro, today, 1)
    assert (period.start, period.end, period.macro) == (
        date.fromisoformat(start),
        date.fromisoformat(end),
        macro.lower(),
    )


def test_fiscal_ranges_follow_the_company_s_year() -> None:
    """A year that begins in July: November is in its second quarter."""
    assert period_of("This Fiscal Year", TODAY, 7).start == date(2026, 7, 1)
    assert period_of("This Fiscal Year", TODAY, 7).end == date(2027, 6, 30)
    assert period_of("Last Fiscal Quarter", TODAY, 7).start == date(2026, 7, 1)
    assert period_of("This Fiscal Year", date(2026, 2, 1), 12).start == date(2025, 12, 1)


def test_every_named_range_is_understood() -> None:
    """All of the vendor's list, each beginning before it ends."""
    for macro in report_table().enums["date_macro"]:
        period = period_of(macro, TODAY, 4)
        assert period.start is None or period.end is None or period.start <= period.end, macro


@pytest.mark.parametrize("unit", ["Days", "Week", "Month", "Quarter", "Year", "FiscalQuarter", "FiscalYear"])
def test_period_columns_cover_the_range_without_a_gap(unit: str) -> None:
    """Each column's metadata gives its days; together they are the period."""
    report = scripted().report(
        "ProfitAndLoss", summarize_column_by=unit, start_date="2026-01-20", end_date="2026-03-10"
    )
    spans = [
        {each["Name"]: each["Value"] for each in column["MetaData"]} for column in report["Columns"]["Column"][1:-1]
    ]
    assert (spans[0]["StartDate"], spans[-1]["EndDate"]) == ("2026-01-20", "2026-03-10")
    for before, after in pairwise(spans):
        assert (date.fromisoformat(after["StartDate"]) - date.fromisoformat(before["EndDate"])).days == 1


def test_the_newer_service_writes_nothing_where_the_older_wrote_zero() -> None:
    """Title case, blanks for zeros, both ends of the period, and its header."""
    made = scripted()
    new = made.report("BalanceSheet", testing_migration="", **YEAR)
    assert "Total Liabilities and Equity" in labelled(new)
    assert answer(made.books, "BalanceSheet", {"testing_migration": "x"}, NOW).is_modern
    assert not answer(made.books, "BalanceSheet", {}, NOW).is_modern
    assert not answer(made.books, "TransactionListWithSplits", {"testing_migration": ""}, NOW).is_modern
    aged = made.report("AgedReceivables", _testing_migration="")
    assert labelled(aged)["Total"] == ["600.00", "-180.00", "", "749.00", "", "1169.00"]
    balance = made.report("CustomerBalance", testing_migration="")["Header"]
    assert (balance["StartPeriod"], balance["EndPeriod"]) == ("2026-11-22", "2026-11-22")


def test_the_newer_journal_repeats_what_names_a_transaction() -> None:
    """And leaves the split account blank where the older wrote -Split-."""
    made = scripted()
    rows = made.report("JournalReport", testing_migration="", **YEAR)["Rows"]["Row"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", cells(row["ColData"])[0]) for row in rows if "ColData" in row)
    text = str(made.report("GeneralLedger", testing_migration="", **YEAR))
    assert "-Split-" not in text
    assert "-Split-" in str(made.report("GeneralLedger", **YEAR))


def test_the_newer_service_caps_day_columns() -> None:
    """One hundred days, then one column for the others; the total stays whole."""
    report = scripted().report("ProfitAndLoss", summarize_column_by="Days", testing_migration="", **YEAR)
    titles = [column["ColTitle"] for column in report["Columns"]["Column"]]
    assert len(titles) == 103
    assert titles[-2:] == ["Others", "Total"]
    assert labelled(report)["Net Income"][-1] == "-114.66"


def test_a_report_too_large_ends_with_a_sentence() -> None:
    """Clients look for it: the answer is 200 and cut, the open section has no summary."""
    rows = [data_row([cell("a"), cell("b")]) for _ in range(4)]
    whole = section(header=[cell("h"), cell("")], rows=rows, summary=[cell("t"), cell("")])
    assert limited([whole], 12) == [whole]
    cut: list[Any] = limited([whole], 9)
    assert cells(cut[-1]["ColData"]) == [NOTICE]
    assert "Summary" not in cut[0]
    assert len(cut[0]["Rows"]["Row"]) == 2


def test_a_report_is_written_as_xml_when_json_is_not_asked_for() -> None:
    """The default form of the API; cells are attributes, names are escaped."""
    made = scripted()
    made.put("Customer", Id="1", DisplayName='Alder & "Sons" <1>', Active=True)
    root = ET.fromstring(report_xml(made.report("CustomerBalance")))
    assert root.tag == f"{XMLNS}Report"
    assert root.findtext(f"{XMLNS}Header/{XMLNS}ReportName") == "CustomerBalance"
    values = [each.get("value") for each in root.iter(f"{XMLNS}ColData")]
    assert values[:2] == ['Alder & "Sons" <1>', "749.00"]
    nested = ET.fromstring(report_xml(made.report("ItemSales", **YEAR)))
    assert len(nested.findall(f"{XMLNS}Columns/{XMLNS}Column/{XMLNS}Columns/{XMLNS}Column")) == 7

"""One report from question to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.books import Books
from sandbox.reports import (
    account_list,
    aging,
    balance_sheet,
    cash_flow,
    french_export,
    general_ledger,
    inventory_valuation,
    journal,
    names_income,
    party_balances,
    profit_and_loss,
    sales,
    sales_tax,
    transaction_list,
    trial_balance,
)
from sandbox.reports.cell_limit import limited
from sandbox.reports.layout import Table
from sandbox.reports.modern import modernized
from sandbox.reports.parameters import Asked, find_report, parse
from sandbox.wire import PACIFIC, Document, seconds

ECHOES = ("Customer", "Vendor", "Employee", "Item", "Class", "Department")
"""Filters that the header repeats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """An answer, before it is written as JSON or XML."""

    document: Document
    is_modern: bool
    """Whether the header v3modernResponse is due."""


def answer(books: Books, name: str, query: Mapping[str, str], now: datetime) -> Report:
    """Answer one report.

    Raises:
        QuickBooksFault: 5020 for a report there is not, or the code of a parameter that cannot be read.
    """
    asked = parse(books, find_report(books, name), query, now.astimezone(PACIFIC).date())
    table = BUILDERS[name](asked)
    rows = limited(modernized(table.rows) if asked.is_modern else table.rows)
    document: Document = {
        "Header": _header(asked, table, now),
        "Columns": {"Column": [column.document() for column in table.columns]},
        "Rows": {"Row": rows} if rows else {},
    }
    return Report(document=document, is_modern=asked.is_modern)


def _header(asked: Asked, table: Table, now: datetime) -> Document:
    report, period = asked.report, asked.period
    start, end = period.start, period.end
    if asked.is_modern:
        start, end = start or end or asked.today, end or asked.end
    members: Document = {
        "Time": seconds(now),
        "ReportName": report.name,
        "DateMacro": period.macro if report.dates != "none" else None,
        "ReportBasis": asked.basis if "accounting_method" in report.parameters and report.dates != "as_of" else None,
        "StartPeriod": start.isoformat() if start and report.dates != "none" else None,
        "EndPeriod": end.isoformat() if end and report.dates != "none" else None,
        "SummarizeColumnsBy": _summarized(asked),
        "Currency": asked.books.profile.currency,
        **{name: asked.given.get(name.lower()) for name in ECHOES},
        "Option": _options(asked, table),
    }
    return {name: value for name, value in members.items() if value is not None}


def _summarized(asked: Asked) -> str | None:
    given = asked.given.get("summarize_column_by")
    return given or ("Total" if asked.report.shape == "statement" else None)


def _options(asked: Asked, table: Table) -> list[Document]:
    options = {"NoReportData": "true" if table.is_empty else "false"}
    if asked.report.dates == "as_of":
        options = {"report_date": (asked.period.end or asked.today).isoformat(), **options}
    if asked.report.names_standard:
        options = {"AccountingStandard": "GAAP", **options}
    return [{"Name": name, "Value": value} for name, value in options.items()]


BUILDERS: dict[str, Callable[[Asked], Table]] = {
    "ProfitAndLoss": profit_and_loss.profit_and_loss,
    "ProfitAndLossDetail": general_ledger.profit_and_loss_detail,
    "BalanceSheet": balance_sheet.balance_sheet,
    "CashFlow": cash_flow.cash_flow,
    "TrialBalance": trial_balance.trial_balance,
    "TrialBalanceFR": trial_balance.trial_balance,
    "GeneralLedger": general_ledger.general_ledger,
    "GeneralLedgerFR": general_ledger.general_ledger,
    "TransactionDetailByAccount": general_ledger.transaction_detail,
    "JournalReport": journal.journal_report,
    "JournalReportFR": journal.journal_report,
    "FECReport": french_export.entries_export,
    "TransactionList": transaction_list.transaction_list,
    "TransactionListByCustomer": transaction_list.transaction_list_by_customer,
    "TransactionListByVendor": transaction_list.transaction_list_by_vendor,
    "TransactionListWithSplits": transaction_list.transaction_list_with_splits,
    "AgedReceivables": aging.aged_receivables,
    "AgedReceivableDetail": aging.aged_receivable_detail,
    "AgedPayables": aging.aged_payables,
    "AgedPayableDetail": aging.aged_payable_detail,
    "CustomerBalance": party_balances.customer_balance,
    "CustomerBalanceDetail": party_balances.customer_balance_detail,
    "VendorBalance": party_balances.vendor_balance,
    "VendorBalanceDetail": party_balances.vendor_balance_detail,
    "CustomerSales": sales.customer_sales,
    "ItemSales": sales.item_sales,
    "ClassSales": sales.class_sales,
    "DepartmentSales": sales.department_sales,
    "CustomerIncome": names_income.customer_income,
    "VendorExpenses": names_income.vendor_expenses,
    "InventoryValuationSummary": inventory_valuation.inventory_summary,
    "InventoryValuationDetail": inventory_valuation.inventory_detail,
    "AccountList": account_list.account_list,
    "TaxSummary": sales_tax.tax_summary,
    "BAS": sales_tax.activity_statement,
}

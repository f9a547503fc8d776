"""A company's preferences: what is on, what it calls things, when its books are closed."""

from datetime import datetime
from typing import Any

from sandbox.books import Books
from sandbox.wire import Document, seconds

ONE = "1"
"""The id of a company's one preferences object."""


def preference(books: Books, group: str, name: str) -> Any:
    """Return one preference, or None if it is not set."""
    return (books.find("Preferences", ONE) or {}).get(group, {}).get(name)


def establish_preferences(books: Books, members: Document, now: datetime) -> None:
    """Give a new company its preferences: what QuickBooks starts with, and what the seed says instead."""
    merged = {name: {**group, **members.get(name, {})} for name, group in _initial(books).items()}
    stamp = {"CreateTime": seconds(now), "LastUpdatedTime": seconds(now)}
    head = {"domain": "QBO", "sparse": False, "Id": ONE, "SyncToken": "0", "MetaData": stamp}
    books.put("Preferences", {**head, **merged})


def close_books(books: Books, day: str | None) -> None:
    """Set or lift the closing date; no transaction may be changed on or before it."""
    group = {**(books.find("Preferences", ONE) or {}).get("AccountingInfoPrefs", {}), "BookCloseDate": day}
    kept = {name: value for name, value in group.items() if value is not None}
    books.amend(("Preferences", ONE), {"AccountingInfoPrefs": kept})


def _initial(books: Books) -> dict[str, Document]:
    """Return the preferences of a new company, as the vendor's sample company shows them."""
    home = {"value": books.profile.currency}
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": False,
            "TrackDepartments": True,
            "DepartmentTerminology": "Location",
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": True,
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomTxnNumbers": False,
            "AllowDeposit": True,
            "AllowDiscount": True,
            "AllowEstimates": True,
            "AllowServiceDate": False,
            "AllowShipping": False,
            "AutoApplyCredit": False,
            "AutoApplyPayments": False,
            "ETransactionAttachPDF": False,
            "ETransactionPaymentEnabled": False,
            "IPNSupportEnabled": False,
            "UsingPriceLevels": False,
            "UsingProgressInvoicing": False,
        },
        "VendorAndPurchasesPrefs": {
            "EnableBills": True,
            "TrackingByCustomer": True,
            "BillableExpenseTracking": True,
        },
        "TimeTrackingPrefs": {
            "UseServices": True,
            "BillCustomers": True,
            "ShowBillRateToAll": False,
            "WorkWeekStartDate": "Monday",
            "MarkTimeEntriesBillable": True,
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": home},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": []},
    }

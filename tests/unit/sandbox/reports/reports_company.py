"""A scripted company for the reports: every entry made by hand, so that each figure can be worked out on paper."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandbox.books import Books, Profile
from sandbox.ledger import JournalEntry, Key, Posting
from sandbox.links import Application
from sandbox.reports.answer import answer
from sandbox.wire import Document

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
STAMP = {"CreateTime": "2026-01-05T09:00:00-08:00", "LastUpdatedTime": "2026-02-05T09:00:00-08:00"}
ACCOUNTS = (
    ("1", "Checking", "Bank", "Checking", "Asset", None),
    ("2", "Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset", None),
    ("3", "Receivable", "Accounts Receivable", "AccountsReceivable", "Asset", None),
    ("4", "Stock", "Other Current Asset", "Inventory", "Asset", None),
    ("5", "Van", "Fixed Asset", "Vehicles", "Asset", None),
    ("6", "Payable", "Accounts Payable", "AccountsPayable", "Liability", None),
    ("7", "Card", "Credit Card", "CreditCard", "Liability", None),
    ("8", "Tax Payable", "Other Current Liability", "GlobalTaxPayable", "Liability", None),
    ("9", "Loan", "Long Term Liability", "NotesPayable", "Liability", None),
    ("10", "Opening Balance Equity", "Equity", "OpeningBalanceEquity", "Equity", None),
    ("11", "Retained Earnings", "Equity", "RetainedEarnings", "Equity", None),
    ("20", "Sales", "Income", "SalesOfProductIncome", "Revenue", None),
    ("21", "Services", "Income", "ServiceFeeIncome", "Revenue", "20"),
    ("22", "Goods", "Income", "SalesOfProductIncome", "Revenue", "20"),
    ("23", "Discounts", "Income", "DiscountsRefundsGiven", "Revenue", None),
    ("30", "Cost of Goods", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense", None),
    ("40", "Rent", "Expense", "RentOrLeaseOfBuildings", "Expense", None),
    ("41", "Travel", "Expense", "Travel", "Expense", None),
    ("50", "Interest", "Other Income", "InterestEarned", "Revenue", None),
    ("51", "Penalties", "Other Expense", "PenaltiesSettlements", "Expense", None),
)
CUSTOMERS = (("1", "Alder Works", None), ("2", "Birch Yard", None), ("3", "North Hall", "2"))
VENDORS = (("11", "Quarry Lane"), ("12", "Rook Street"))
ALDER: Key = ("Customer", "1")
BIRCH: Key = ("Customer", "2")
NORTH: Key = ("Customer", "3")
QUARRY: Key = ("Vendor", "11")
ROOK: Key = ("Vendor", "12")


def money(text: str) -> Decimal:
    return Decimal(text)


def side(account: str, amount: str, **more: Any) -> Posting:
    """One posting; a debit is positive."""
    return Posting(account_id=account, amount=Decimal(amount), **more)


class Scripted:
    """Books that are written entry by entry, with a short way to ask for a report."""

    def __init__(self, country: str = "US") -> None:
        self.books = Books("9130347596842560", Profile(), seed="scripted", opened_at=NOW)
        company = {"Id": "1", "CompanyName": "Scripted", "FiscalYearStartMonth": "January", "Country": country}
        self.put("CompanyInfo", **company)
        for identifier, name, kind, subtype, classification, parent in ACCOUNTS:
            above = {"ParentRef": {"value": parent}} if parent else {}
            full = f"Sales:{name}" if parent else name
            types = {"AccountType": kind, "AccountSubType": subtype, "Classification": classification}
            self.put("Account", Id=identifier, Name=name, FullyQualifiedName=full, Active=True, **types, **above)
        for identifier, name, parent in CUSTOMERS:
            above = {"ParentRef": {"value": parent}} if parent else {}
            self.put("Customer", Id=identifier, DisplayName=name, FullyQualifiedName=name, Active=True, **above)
        for identifier, name in VENDORS:
            self.put("Vendor", Id=identifier, DisplayName=name, Active=True)
        self.put("Class", Id="71", Name="Retail", FullyQualifiedName="Retail", Active=True)
        self.put("Department", Id="81", Name="Harbour", FullyQualifiedName="Harbour", Active=True)
        self.put("Item", Id="91", Name="Advice", Type="Service", IncomeAccountRef={"value": "21"}, Active=True)
        stock = {"Type": "Inventory", "AssetAccountRef": {"value": "4"}, "Sku": "LMP-1"}
        self.put("Item", Id="92", Name="Lamp", IncomeAccountRef={"value": "22"}, Active=True, **stock)

    def put(self, entity: str, **members: Any) -> None:
        self.books.put(entity, {"SyncToken": "0", "MetaData": STAMP, **members})

    def enter(self, entity: str, identifier: str, day: str, *postings: Posting, **members: Any) -> Key:
        """Store a document and its entry."""
        key = (entity, identifier)
        self.put(entity, Id=identifier, TxnDate=day, **members)
        party = next((posting.party for posting in postings if posting.party), None)
        number = members.get("DocNumber")
        entry = JournalEntry(
            key=key, txn_date=date.fromisoformat(day), postings=postings, party=party, doc_number=number
        )
        self.books.ledger.replace(key, entry)
        return key

    def apply(self, payment: Key, **settled: str) -> None:
        """Apply a payment, as in `Invoice_101="40.00"`."""
        parts = ((name.split("_"), amount) for name, amount in settled.items())
        applied = (Application(target=(kind, number), amount=Decimal(amount)) for (kind, number), amount in parts)
        self.books.links.replace(payment, tuple(applied))

    def report(self, name: str, **parameters: str) -> Document:
        """Answer a report of this company; `klass` stands for the parameter `class`."""
        given = {key.replace("klass", "class"): value for key, value in parameters.items()}
        return answer(self.books, name, given, NOW).document


def scripted(country: str = "US") -> Scripted:
    """Return a company with a year and a half of everything.

    2025: opening balances, and an invoice of 500.00 paid in the same year.
    2026: invoices of 1,070.00 (with tax) and 600.00, the first paid in part; a sale of two lamps over the counter; a
    credit memo; a bill paid in part; rent by check, travel by card; a loan; interest and a penalty.
    """
    made = Scripted(country)
    _opening(made)
    _sales(made)
    _purchases(made)
    _other(made)
    return made


def _opening(made: Scripted) -> None:
    made.enter("JournalEntry", "100", "2025-06-01", side("1", "5000.00", line_id="0"), side("10", "-5000.00"))
    made.enter(
        "Invoice",
        "101",
        "2025-07-01",
        side("3", "500.00", party=ALDER),
        side("21", "-500.00", line_id="1", item_id="91", quantity=Decimal(5), customer_id="1"),
        DocNumber="1001",
        DueDate="2025-07-31",
        CustomerRef={"value": "1"},
        Balance=Decimal(0),
    )
    paid = made.enter(
        "Payment",
        "102",
        "2025-09-01",
        side("1", "500.00"),
        side("3", "-500.00", party=ALDER),
        CustomerRef={"value": "1"},
    )
    made.apply(paid, Invoice_101="500.00")


def _sales(made: Scripted) -> None:
    made.enter(
        "Invoice",
        "110",
        "2026-08-10",
        side("3", "1070.00", party=ALDER),
        side("21", "-600.00", line_id="1", item_id="91", quantity=Decimal(6), customer_id="1", class_id="71"),
        side("22", "-400.00", line_id="2", item_id="92", quantity=Decimal(4), customer_id="1", department_id="81"),
        side("30", "200.00", item_id="92", quantity=Decimal(4), customer_id="1"),
        side("4", "-200.00", item_id="92", quantity=Decimal(4)),
        side("8", "-70.00", tax_rate_id="61"),
        DocNumber="1002",
        DueDate="2026-09-09",
        CustomerRef={"value": "1"},
        Balance=Decimal("749.00"),
    )
    made.enter(
        "Invoice",
        "111",
        "2026-11-05",
        side("3", "600.00", party=NORTH),
        side("21", "-650.00", line_id="1", item_id="91", quantity=Decimal(5), customer_id="3"),
        side("23", "50.00", line_id="2", customer_id="3"),
        DocNumber="1003",
        DueDate="2026-12-05",
        CustomerRef={"value": "3"},
        Balance=Decimal("600.00"),
    )
    paid = made.enter(
        "Payment",
        "112",
        "2026-10-15",
        side("2", "321.00"),
        side("3", "-321.00", party=ALDER),
        CustomerRef={"value": "1"},
    )
    made.apply(paid, Invoice_110="321.00")
    made.enter(
        "Payment", "113", "2026-11-10", side("1", "80.00"), side("3", "-80.00", party=BIRCH), CustomerRef={"value": "2"}
    )
    made.enter(
        "SalesReceipt",
        "114",
        "2026-11-12",
        side("1", "214.00"),
        side("22", "-200.00", line_id="1", item_id="92", quantity=Decimal(2), customer_id="2", class_id="71"),
        side("30", "100.00", item_id="92", quantity=Decimal(2), customer_id="2"),
        side("4", "-100.00", item_id="92", quantity=Decimal(2)),
        side("8", "-14.00", tax_rate_id="61"),
        DocNumber="1004",
        CustomerRef={"value": "2"},
    )
    made.enter(
        "CreditMemo",
        "115",
        "2026-11-15",
        side("3", "-100.00", party=NORTH),
        side("21", "100.00", line_id="1", item_id="91", quantity=Decimal(-1), customer_id="3"),
        DocNumber="1005",
        CustomerRef={"value": "3"},
    )


def _purchases(made: Scripted) -> None:
    made.enter(
        "Bill",
        "120",
        "2026-02-01",
        side("6", "-1000.00", party=QUARRY),
        side("4", "500.00", line_id="1", item_id="92", quantity=Decimal(10)),
        side("40", "500.00", line_id="2", customer_id="1"),
        DocNumber="Q-1",
        DueDate="2026-03-03",
        VendorRef={"value": "11"},
        Balance=Decimal("700.00"),
    )
    paid = made.enter(
        "BillPayment",
        "121",
        "2026-04-01",
        side("6", "300.00", party=QUARRY),
        side("1", "-300.00"),
        DocNumber="501",
        PayType="Check",
        VendorRef={"value": "11"},
    )
    made.apply(paid, Bill_120="300.00")
    made.enter(
        "Purchase",
        "122",
        "2026-11-03",
        side("7", "-120.00"),
        side("41", "120.00", line_id="1", party=ROOK),
        PaymentType="CreditCard",
    )
    made.enter(
        "Purchase", "123", "2026-11-04", side("1", "-900.00"), side("40", "900.00", line_id="1"), PaymentType="Check"
    )


def _other(made: Scripted) -> None:
    made.enter(
        "JournalEntry", "130", "2026-05-01", side("1", "2000.00", line_id="0"), side("9", "-2000.00", line_id="1")
    )
    made.enter(
        "JournalEntry", "131", "2026-05-02", side("5", "1500.00", line_id="0"), side("1", "-1500.00", line_id="1")
    )
    made.enter("JournalEntry", "132", "2026-11-20", side("1", "12.34", line_id="0"), side("50", "-12.34", line_id="1"))
    made.enter("JournalEntry", "133", "2026-11-21", side("51", "7.00", line_id="0"), side("1", "-7.00", line_id="1"))
    lines = {"CustomerRef": {"value": "1"}, "DocNumber": "E-1", "TotalAmt": Decimal(999)}
    made.put("Estimate", Id="140", TxnDate="2026-11-18", **lines)


def walk(rows: Document) -> Iterator[Document]:
    """Yield every row of a report, outer before inner."""
    for row in rows.get("Row", ()):
        yield row
        yield from walk(row.get("Rows", {}))


def cells(found: list[Document]) -> list[str]:
    return [str(each["value"]) for each in found]


def labelled(report: Document) -> dict[str, list[str]]:
    """Return what each data row and each summary says, by its first cell."""
    said: dict[str, list[str]] = {}
    for row in walk(report["Rows"]):
        for found in (row.get("ColData"), row.get("Summary", {}).get("ColData")):
            if found:
                label, *values = cells(found)
                said[label] = values
    return said


def groups(report: Document) -> list[str]:
    """Return the group keys in the order they stand."""
    return [row["group"] for row in walk(report["Rows"]) if "group" in row]


def option(report: Document, name: str) -> str:
    return str(next(each["Value"] for each in report["Header"]["Option"] if each["Name"] == name))

"""The smallest body QuickBooks takes for each entity that can be created, and one change for each."""

from sandbox.wire import Document
from tests.unit.sandbox.sandbox_company import Company, expense_line, sales_line

CUSTOMER, VENDOR, BANK, SAVINGS, CARD, PAYABLE, EXPENSE = ("55", "88", "35", "36", "41", "33", "61")
"""Ids in the seed "services"."""


def ref(identifier: str) -> Document:
    return {"value": identifier}


def journal_line(kind: str, account: str, amount: int = 100) -> Document:
    detail = {"PostingType": kind, "AccountRef": ref(account)}
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def deposit_line(account: str = "79", amount: int = 100) -> Document:
    detail = {"AccountRef": ref(account)}
    return {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}


def stocked_item(company: Company) -> str:
    """Create an item with stock and return its id."""
    asset = company.create("Account", Name="Stock", AccountType="Other Current Asset", AccountSubType="Inventory")
    cost = company.create("Account", Name="Cost of Stock", AccountType="Cost of Goods Sold")
    item = company.create(
        "Item",
        Name="Brass lamp",
        Type="Inventory",
        TrackQtyOnHand=True,
        QtyOnHand=10,
        InvStartDate="2026-01-02",
        AssetAccountRef=ref(asset["Id"]),
        IncomeAccountRef=ref("79"),
        ExpenseAccountRef=ref(cost["Id"]),
        PurchaseCost=4,
    )
    return str(item["Id"])


def minimal(company: Company, name: str) -> Document:
    """Return the body that creates one object of an entity, after creating what it needs."""
    if name == "InventoryAdjustment":
        detail = {"ItemRef": ref(stocked_item(company)), "QtyDiff": -2}
        line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}
        return {"TxnDate": "2026-11-20", "AdjustAccountRef": ref("66"), "Line": [line]}
    if name == "TimeActivity":
        employee = company.create("Employee", GivenName="Ansel", FamilyName="Brightwater")
        return {"NameOf": "Employee", "EmployeeRef": ref(employee["Id"]), "Hours": 2, "Minutes": 30}
    if name == "CompanyCurrency":
        company.turn_on("CurrencyPrefs", MultiCurrencyEnabled=True)
    return MINIMAL[name]


def changed(company: Company, name: str, created: Document) -> Document:
    """Return the members of a sparse update that changes one thing."""
    del company, created
    return {**ALSO_NEEDED.get(name, {}), **CHANGES.get(name, {"PrivateNote": "seen"})}


MINIMAL: dict[str, Document] = {
    "Account": {"Name": "Petty Cash", "AccountType": "Bank"},
    "Attachable": {"Note": "Kept with the lease"},
    "Bill": {"VendorRef": ref(VENDOR), "Line": [expense_line(100)]},
    "BillPayment": {
        "VendorRef": ref("105"),
        "PayType": "Check",
        "TotalAmt": 100,
        "CheckPayment": {"BankAccountRef": ref(BANK)},
        "Line": [{"Amount": 100, "LinkedTxn": [{"TxnId": "142", "TxnType": "Bill"}]}],
    },
    "Budget": {
        "Name": "Plan 2027",
        "StartDate": "2027-01-01",
        "EndDate": "2027-12-31",
        "BudgetType": "ProfitAndLoss",
        "BudgetEntryType": "Monthly",
        "BudgetDetail": [{"BudgetDate": "2027-01-01", "Amount": 500, "AccountRef": ref("63")}],
    },
    "Class": {"Name": "North"},
    "CompanyCurrency": {"Code": "EUR"},
    "CreditCardPayment": {"CreditCardAccountRef": ref(CARD), "BankAccountRef": ref(BANK), "Amount": 40},
    "CreditMemo": {"CustomerRef": ref(CUSTOMER), "Line": [sales_line(100)]},
    "Customer": {"DisplayName": "Larkmoor Bindery"},
    "Department": {"Name": "Harbour office"},
    "Deposit": {"DepositToAccountRef": ref(BANK), "Line": [deposit_line()]},
    "Employee": {"GivenName": "Ansel", "FamilyName": "Brightwater"},
    "Estimate": {"CustomerRef": ref(CUSTOMER), "Line": [sales_line(100)]},
    "Invoice": {"CustomerRef": ref(CUSTOMER), "Line": [sales_line(100)]},
    "Item": {"Name": "Workshop", "Type": "Service", "IncomeAccountRef": ref("79")},
    "JournalCode": {"Name": "VE1"},
    "JournalEntry": {"Line": [journal_line("Debit", "63"), journal_line("Credit", "38")]},
    "Payment": {"CustomerRef": ref(CUSTOMER), "TotalAmt": 50},
    "PaymentMethod": {"Name": "Voucher"},
    "Purchase": {"PaymentType": "Cash", "AccountRef": ref(BANK), "Line": [expense_line(30)]},
    "PurchaseOrder": {"VendorRef": ref(VENDOR), "APAccountRef": ref(PAYABLE), "Line": [expense_line(30)]},
    "RefundReceipt": {"DepositToAccountRef": ref(BANK), "Line": [sales_line(20)]},
    "SalesReceipt": {"CustomerRef": ref(CUSTOMER), "Line": [sales_line(20)]},
    "TaxAgency": {"DisplayName": "Port Merrin Revenue"},
    "Term": {"Name": "Net 45", "DueDays": 45},
    "Transfer": {"FromAccountRef": ref(BANK), "ToAccountRef": ref(SAVINGS), "Amount": 25},
    "Vendor": {"DisplayName": "Gorse Hill Paper"},
    "VendorCredit": {"VendorRef": ref(VENDOR), "Line": [expense_line(15)]},
}
CHANGES: dict[str, Document] = {
    "Account": {"Description": "For stamps"},
    "Attachable": {"Note": "Read twice"},
    "Class": {"Name": "South"},
    "CompanyCurrency": {"Active": False},
    "Customer": {"Notes": "Prefers mornings"},
    "Department": {"Name": "Hill office"},
    "Employee": {"EmployeeNumber": "17"},
    "Item": {"Description": "Half a day"},
    "JournalCode": {"Description": "Sales"},
    "PaymentMethod": {"Name": "Gift voucher"},
    "Term": {"DueDays": 46},
    "TimeActivity": {"Description": "Set up"},
    "Vendor": {"Notes": "Closed on Fridays"},
}
ALSO_NEEDED: dict[str, Document] = {"Bill": {"VendorRef": ref(VENDOR)}, "Purchase": {"PaymentType": "Cash"}}
"""What QuickBooks wants in a sparse update beside Id and SyncToken, as measured."""

"""A company with stock, sales tax and every kind of transaction, made from the seed by a client's own writes."""

from decimal import Decimal
from typing import Any

from sandbox.tax_service import create_tax_code
from sandbox.wire import Document, decode, encode
from tests.unit.sandbox.sandbox_company import Company, expense_line, sales_line

RECEIVABLE, PAYABLE, FUNDS, CHECKING, CARD = "84", "33", "4", "35", "41"
CUSTOMERS = ("42", "55", "60")
VENDORS = ("88", "105")
OPENED = "2026-01-01"


class Shop(Company):
    """The services company, grown into one that keeps stock and collects tax."""

    def __init__(self) -> None:
        super().__init__()
        self.asset = self._account("Inventory Asset", "Other Current Asset", "Inventory")
        self.cost = self._account("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs")
        self.shrinkage = self._account("Shrinkage", "Cost of Goods Sold", "SuppliesMaterialsCogs")
        self.income = self._account("Sales of Goods", "Income", "SalesOfProductIncome")
        self.state_tax = self._account("State Revenue Office Payable", "Other Current Liability", "GlobalTaxPayable")
        self.lamp = self.stock_item("Lamp", quantity=10, cost="12.50", price=30)
        self.rug = self.stock_item("Rug", quantity=0, cost=40, price=95)
        self.tax_code = self._tax()

    def stock_item(self, name: str, *, quantity: Any, cost: Any, price: Any) -> str:
        """Make an inventory item and return its id."""
        accounts = {"AssetAccountRef": self.asset, "ExpenseAccountRef": self.cost, "IncomeAccountRef": self.income}
        made = self.create(
            "Item",
            Name=name,
            Type="Inventory",
            TrackQtyOnHand=True,
            QtyOnHand=quantity,
            InvStartDate=OPENED,
            UnitPrice=price,
            PurchaseCost=Decimal(cost),
            Taxable=True,
            **{member: {"value": account} for member, account in accounts.items()},
        )
        return str(made["Id"])

    def sale(self, entity: str, *lines: Document, customer: str = "55", **members: Any) -> Document:
        """Write a sales form."""
        return self.create(entity, CustomerRef={"value": customer}, Line=list(lines), **members)

    def refund(self, *lines: Document, **members: Any) -> Document:
        """Write a refund that leaves the checking account."""
        return self.sale("RefundReceipt", *lines, **{"DepositToAccountRef": {"value": CHECKING}, **members})

    def goods(self, entity: str, *lines: Document, vendor: str = "88", **members: Any) -> Document:
        """Write a form to or from a vendor."""
        return self.create(entity, VendorRef={"value": vendor}, Line=list(lines), **members)

    def spend(self, *lines: Document, kind: str = "Cash", account: str = CHECKING, **members: Any) -> Document:
        """Write an expense."""
        return self.create("Purchase", PaymentType=kind, AccountRef={"value": account}, Line=list(lines), **members)

    def journal(self, *sides: tuple[str, str, Any, Document | None]) -> Document:
        """Write a journal entry of (posting type, account, amount, name)."""
        return self.create("JournalEntry", Line=[journal_line(*side) for side in sides])

    def adjust(self, item: str, difference: Any, **members: Any) -> Document:
        """Correct the quantity of an item."""
        detail = {"ItemRef": {"value": item}, "QtyDiff": difference}
        line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}
        account = {"value": self.shrinkage}
        return self.create(
            "InventoryAdjustment", **{"TxnDate": "2026-11-22", "AdjustAccountRef": account, "Line": [line], **members}
        )

    def bank(self, *lines: Document, **members: Any) -> Document:
        """Write a deposit to the checking account."""
        return self.create("Deposit", DepositToAccountRef={"value": CHECKING}, Line=list(lines), **members)

    def settle(self, entity: str, party: str, total: Any, *applied: tuple[str, str, Any], **members: Any) -> Document:
        """Write a payment of either kind that links (type, id, amount)."""
        lines = [linked_line(amount, kind, identifier) for kind, identifier, amount in applied]
        if entity == "Payment":
            return self.create(entity, CustomerRef={"value": party}, TotalAmt=total, Line=lines, **members)
        means = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": CHECKING}}} | members
        return self.create(entity, VendorRef={"value": party}, TotalAmt=total, Line=lines, **means)

    def posted(self, document: Document, entity: str) -> dict[str, Decimal]:
        """Return what a document put on each account."""
        sums: dict[str, Decimal] = {}
        entry = self.books.ledger.entries.get((entity, document["Id"]))
        for posting in entry.postings if entry else ():
            sums[posting.account_id] = sums.get(posting.account_id, Decimal(0)) + posting.amount
        return {account: amount for account, amount in sums.items() if amount}

    def quantity(self, item: str) -> Decimal:
        """Return what an item's document says is on hand."""
        return Decimal(self.read("Item", item)["QtyOnHand"])

    def _account(self, name: str, kind: str, subtype: str) -> str:
        return str(self.create("Account", Name=name, AccountType=kind, AccountSubType=subtype)["Id"])

    def _tax(self) -> str:
        agency = self.create("TaxAgency", DisplayName="State Revenue Office")["Id"]
        city = self.create("TaxAgency", DisplayName="City of Port Merrin")["Id"]
        details = [
            {"TaxRateName": "State", "RateValue": 6, "TaxAgencyId": agency, "TaxApplicableOn": "Sales"},
            {"TaxRateName": "City", "RateValue": Decimal("1.25"), "TaxAgencyId": city, "TaxApplicableOn": "Sales"},
        ]
        body = decode(encode({"TaxCode": "Port Merrin", "TaxRateDetails": details}))
        return str(create_tax_code(self.books, body, self.tick())["TaxCodeId"])


def item_line(item: str, quantity: Any, price: Any, **detail: Any) -> Document:
    """Sell units of an item."""
    amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    return sales_line(amount, item, Qty=quantity, UnitPrice=price, **detail)


def bought_line(item: str, quantity: Any, price: Any) -> Document:
    """Buy units of an item."""
    amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    inner = {"ItemRef": {"value": item}, "Qty": quantity, "UnitPrice": price}
    return {"Amount": amount, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": inner}


def journal_line(kind: str, account: str, amount: Any, name: Document | None = None) -> Document:
    """One side of a journal entry."""
    inner: Document = {"PostingType": kind, "AccountRef": {"value": account}}
    if name is not None:
        inner["Entity"] = name
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": inner}


def linked_line(amount: Any, kind: str, identifier: str) -> Document:
    """A line that links a transaction."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identifier, "TxnType": kind}]}


def cash_line(amount: Any, account: str = "83", **detail: Any) -> Document:
    """A line of a deposit that comes from an account."""
    inner = {"AccountRef": {"value": account}, **detail}
    return {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": inner}


def named(kind: str, identifier: str) -> Document:
    """A name as journal entries write it."""
    return {"Type": kind, "EntityRef": {"value": identifier}}


def expense(amount: Any, account: str = "61") -> Document:
    """An expense line."""
    return expense_line(amount, account)

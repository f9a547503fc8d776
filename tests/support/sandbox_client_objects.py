"""One new object of each class of python-quickbooks, and one change to it, in a company of the seed "services"."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quickbooks import objects as of  # type: ignore[import-untyped]
from quickbooks.objects.companycurrency import CompanyCurrency  # type: ignore[import-untyped]
from quickbooks.objects.creditcardpayment_entity import CreditCardPayment  # type: ignore[import-untyped]

CUSTOMER, VENDOR, BANK, SAVINGS, CARD, PAYABLE, EXPENSE, INCOME, SERVICE = (
    ("55", "105", "35", "36", "41", "33", "61", "79", "2")
)  # fmt: skip
"""Ids in the seed."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How one class is used."""

    make: Callable[[Any], Any]
    """Take a client and return an object that is not saved yet."""
    member: str
    """What an update changes; empty where QuickBooks takes no update."""
    value: Any = "Seen by the owner"

    @property
    def changes(self) -> bool:
        """Whether QuickBooks takes an update."""
        return bool(self.member)


def made(kind: Any, **members: Any) -> Any:
    """Return a new object of a class with some members set; the others stay as the client sets them."""
    new = kind()
    for name, value in members.items():
        setattr(new, name, value)
    return new


def ref(identifier: str) -> Any:
    """Refer to an object by its id, with the empty name and type the client always sends."""
    return made(of.Ref, value=identifier)


def sold(amount: Any = 100) -> Any:
    """Return a line of a sales form."""
    detail = made(of.SalesItemLineDetail, ItemRef=ref(SERVICE), Qty=1, UnitPrice=amount)
    return made(of.SalesItemLine, Amount=amount, SalesItemLineDetail=detail)


def spent(amount: Any = 100) -> Any:
    """Return a line of an expense."""
    detail = made(of.AccountBasedExpenseLineDetail, AccountRef=ref(EXPENSE))
    return made(of.AccountBasedExpenseLine, Amount=amount, AccountBasedExpenseLineDetail=detail)


def posted(side: str, account: str, amount: Any = 100) -> Any:
    """Return one side of a journal entry."""
    detail = made(of.JournalEntryLineDetail, PostingType=side, AccountRef=ref(account))
    return made(of.JournalEntryLine, Amount=amount, JournalEntryLineDetail=detail)


def banked(amount: Any = 100) -> Any:
    """Return a line of a deposit."""
    detail = made(of.DepositLineDetail, AccountRef=ref(INCOME))
    return made(of.DepositLine, Amount=amount, DepositLineDetail=detail)


def sale(kind: Any, **members: Any) -> Any:
    """Return a sales form of some class with one line."""
    return made(kind, CustomerRef=ref(CUSTOMER), Line=[sold()], **members)


def expense(kind: Any, **members: Any) -> Any:
    """Return a form to a vendor with one line."""
    return made(kind, VendorRef=ref(VENDOR), Line=[spent()], **members)


def paid_invoice(client: Any) -> Any:
    """Return a payment of an invoice that it saves first."""
    invoice = sale(of.Invoice).save(qb=client)
    line = made(of.PaymentLine, Amount=100, LinkedTxn=[invoice.to_linked_txn()])
    return made(of.Payment, CustomerRef=ref(CUSTOMER), TotalAmt=100, Line=[line])


def paid_bill(client: Any) -> Any:
    """Return a payment of a bill that it saves first."""
    bill = expense(of.Bill).save(qb=client)
    line = made(of.BillPaymentLine, Amount=100, LinkedTxn=[bill.to_linked_txn()])
    check = made(of.CheckPayment, BankAccountRef=ref(BANK))
    return made(of.BillPayment, VendorRef=ref(VENDOR), PayType="Check", CheckPayment=check, TotalAmt=100, Line=[line])


def foreign_currency(client: Any) -> Any:
    """Return a currency, after letting the company have more than one."""
    preferences = of.Preferences.get(qb=client)
    preferences.CurrencyPrefs.MultiCurrencyEnabled = True
    preferences.save(qb=client)
    return made(CompanyCurrency, Code="EUR")


def worked(client: Any) -> Any:
    """Return hours of a new employee that it saves first."""
    number = of.Employee.count(qb=client) + 1
    employee = made(of.Employee, GivenName="Odile", FamilyName=f"Marsh {number}").save(qb=client)
    return made(of.TimeActivity, NameOf="Employee", EmployeeRef=ref(employee.Id), Hours=2, Minutes=30)


def _new(kind: Any, **members: Any) -> Callable[[Any], Any]:
    return lambda _client: made(kind, **members)


def _sale(kind: Any, **members: Any) -> Callable[[Any], Any]:
    return lambda _client: sale(kind, **members)


def _expense(kind: Any, **members: Any) -> Callable[[Any], Any]:
    return lambda _client: expense(kind, **members)


def _journal(client: Any) -> Any:
    return made(of.JournalEntry, Line=[posted("Debit", "63"), posted("Credit", "38")])


def _deposit(client: Any) -> Any:
    return made(of.Deposit, DepositToAccountRef=ref(BANK), Line=[banked()])


def _purchase(client: Any) -> Any:
    return made(of.Purchase, PaymentType="Cash", AccountRef=ref(BANK), Line=[spent()])


def _named(kind: Any, **members: Any) -> Callable[[Any], Any]:
    return lambda _client: made(kind, Name="Harbour", **members)


_CARD = {"CreditCardAccountRef": ref(CARD), "BankAccountRef": ref(BANK), "Amount": 40}
_TRANSFER = {"FromAccountRef": ref(BANK), "ToAccountRef": ref(SAVINGS), "Amount": 25}
SAMPLES: dict[str, Sample] = {
    "account.Account": Sample(
        make=_named(of.Account, AccountType="Bank", AccountSubType="Checking"), member="Description"
    ),
    "attachable.Attachable": Sample(make=_new(of.Attachable, Note="Kept with the lease"), member="Note"),
    "bill.Bill": Sample(make=_expense(of.Bill), member="PrivateNote"),
    "billpayment.BillPayment": Sample(make=paid_bill, member="PrivateNote"),
    "companycurrency.CompanyCurrency": Sample(make=foreign_currency, member="Active", value=True),
    "creditcardpayment_entity.CreditCardPayment": Sample(make=_new(CreditCardPayment, **_CARD), member="PrivateNote"),
    "creditmemo.CreditMemo": Sample(make=_sale(of.CreditMemo), member="PrivateNote"),
    "customer.Customer": Sample(make=_new(of.Customer, DisplayName="Larkmoor Bindery"), member="Notes"),
    "department.Department": Sample(make=_named(of.Department), member="Name", value="Hill office"),
    "deposit.Deposit": Sample(make=_deposit, member="PrivateNote"),
    "employee.Employee": Sample(
        make=_new(of.Employee, GivenName="Ansel", FamilyName="Brightwater"), member="EmployeeNumber", value="17"
    ),
    "estimate.Estimate": Sample(make=_sale(of.Estimate), member="PrivateNote"),
    "invoice.Invoice": Sample(make=_sale(of.Invoice), member="PrivateNote"),
    "item.Item": Sample(make=_named(of.Item, Type="Service", IncomeAccountRef=ref(INCOME)), member="Description"),
    "journalentry.JournalEntry": Sample(make=_journal, member="PrivateNote"),
    "payment.Payment": Sample(make=paid_invoice, member="PrivateNote"),
    "paymentmethod.PaymentMethod": Sample(make=_named(of.PaymentMethod), member="Name", value="Gift voucher"),
    "purchase.Purchase": Sample(make=_purchase, member="PrivateNote"),
    "purchaseorder.PurchaseOrder": Sample(
        make=_expense(of.PurchaseOrder, APAccountRef=ref(PAYABLE)), member="PrivateNote"
    ),
    "refundreceipt.RefundReceipt": Sample(
        make=_sale(of.RefundReceipt, DepositToAccountRef=ref(BANK)), member="PrivateNote"
    ),
    "salesreceipt.SalesReceipt": Sample(make=_sale(of.SalesReceipt), member="PrivateNote"),
    "taxagency.TaxAgency": Sample(make=_new(of.TaxAgency, DisplayName="Port Merrin Revenue"), member=""),
    "term.Term": Sample(make=_named(of.Term, DueDays=45), member="DueDays", value=46),
    "timeactivity.TimeActivity": Sample(make=worked, member="Description"),
    "trackingclass.Class": Sample(make=_named(of.Class), member="Name", value="South"),
    "transfer.Transfer": Sample(make=_new(of.Transfer, **_TRANSFER), member="PrivateNote"),
    "vendor.Vendor": Sample(make=_new(of.Vendor, DisplayName="Gorse Hill Paper"), member="AcctNum"),
    "vendorcredit.VendorCredit": Sample(make=_expense(of.VendorCredit), member="PrivateNote"),
}
"""Every class whose objects a client saves one by one; the rest have tests of their own, see `test_sandbox_clients`."""

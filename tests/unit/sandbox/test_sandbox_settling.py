"""Payments, credits and what they settle."""

from decimal import Decimal
from typing import Any

from sandbox.wire import Document
from tests.unit.sandbox.sandbox_company import refusal, sales_line
from tests.unit.sandbox.sandbox_shop import CHECKING, PAYABLE, RECEIVABLE, Shop, cash_line, expense, named


def open_of(shop: Shop, entity: str, document: Document) -> Decimal:
    return Decimal(shop.read(entity, document["Id"])["Balance"])


def test_a_credit_memo_and_money_settle_an_invoice_together() -> None:
    """The memo's line takes nothing from the payment; RemainingCredit falls with it."""
    shop = Shop()
    invoice, memo = shop.invoice(100), shop.sale("CreditMemo", sales_line(30))
    applied = (("Invoice", invoice["Id"], 100), ("CreditMemo", memo["Id"], 30))
    payment = shop.settle("Payment", "55", 80, *applied)
    assert payment["UnappliedAmt"] == 10
    credit = shop.read("CreditMemo", memo["Id"])
    assert credit["Balance"] == credit["RemainingCredit"] == open_of(shop, "Invoice", invoice) == 0
    assert credit["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    shop.delete("Payment", shop.read("Payment", payment["Id"]))
    assert [open_of(shop, "CreditMemo", memo), open_of(shop, "Invoice", invoice)] == [Decimal(30), Decimal(100)]


def test_deleting_the_invoice_frees_the_credit_it_used_up() -> None:
    """A payment may not use up more credit than it settles, so the credit's line gives way with the invoice's."""
    shop = Shop()
    invoice, memo = shop.invoice(100), shop.sale("CreditMemo", sales_line(30))
    payment = shop.settle("Payment", "55", 0, ("Invoice", invoice["Id"], 30), ("CreditMemo", memo["Id"], 30))
    shop.delete("Invoice", shop.read("Invoice", invoice["Id"]))
    kept = shop.read("Payment", payment["Id"])
    assert (kept["Line"], kept["UnappliedAmt"], kept["SyncToken"]) == ([], 0, "1")
    assert open_of(shop, "CreditMemo", memo) == 30
    assert shop.read("CreditMemo", memo["Id"])["SyncToken"] == "2"


def test_deleting_the_credit_opens_what_it_had_settled() -> None:
    """The payment cannot charge more than its money and credits."""
    shop = Shop()
    invoice, memo = shop.invoice(100), shop.sale("CreditMemo", sales_line(30))
    payment = shop.settle("Payment", "55", 50, ("Invoice", invoice["Id"], 80), ("CreditMemo", memo["Id"], 30))
    shop.delete("CreditMemo", shop.read("CreditMemo", memo["Id"]))
    assert open_of(shop, "Invoice", invoice) == 50
    assert [line["Amount"] for line in shop.read("Payment", payment["Id"])["Line"]] == [50]


def test_credits_alone_settle_nothing() -> None:
    """Using up a credit without a charge would make money of it."""
    shop = Shop()
    memo = shop.sale("CreditMemo", sales_line(30))
    fault = refusal(lambda: shop.settle("Payment", "55", 0, ("CreditMemo", memo["Id"], 30)))
    assert fault.detail == "Business Validation Error: The lines use up 30.00 more of credits than they settle."


def test_a_vendor_credit_pays_a_bill_without_money() -> None:
    """A zero payment needs no bank account, as measured."""
    shop = Shop()
    bill, credit = shop.bill(40), shop.goods("VendorCredit", expense(40))
    payment = shop.settle(
        "BillPayment", "88", 0, ("Bill", bill["Id"], 40), ("VendorCredit", credit["Id"], 40), CheckPayment={}
    )
    assert open_of(shop, "Bill", bill) == open_of(shop, "VendorCredit", credit) == 0
    assert shop.posted(payment, "BillPayment") == {}
    shop.void("BillPayment", payment)
    assert open_of(shop, "Bill", bill) == open_of(shop, "VendorCredit", credit) == 40


def test_journal_entries_and_deposits_are_settled_by_what_they_did_to_the_balance() -> None:
    """A debit to receivable is a charge like an invoice; a vendor's refund in a deposit is owed again."""
    shop = Shop()
    charge = shop.journal(("Debit", RECEIVABLE, 70, named("Customer", "55")), ("Credit", "83", 70, None))
    shop.settle("Payment", "55", 50, ("JournalEntry", charge["Id"], 50))
    assert refusal(lambda: shop.settle("Payment", "55", 21, ("JournalEntry", charge["Id"], 21))).code == "6000"
    smaller = [{**line, "Amount": 49} for line in charge["Line"]]
    paid = shop.read("JournalEntry", charge["Id"])
    assert refusal(lambda: shop.sparse("JournalEntry", paid, Line=smaller)).code == "6000"
    refund = shop.bank(cash_line(25, PAYABLE, Entity={"value": "88", "type": "VENDOR"}))
    credit = shop.goods("VendorCredit", expense(25))
    applied = (("Deposit", refund["Id"], 25), ("VendorCredit", credit["Id"], 25))
    shop.settle("BillPayment", "88", 0, *applied, CheckPayment={})
    assert open_of(shop, "VendorCredit", credit) == 0


def test_a_check_to_a_customer_pays_a_credit_back() -> None:
    """The way QuickBooks refunds a credit balance: a check on receivable, linked by a payment of nothing."""
    shop = Shop()
    memo = shop.sale("CreditMemo", sales_line(30))
    name = {"value": "55", "type": "Customer"}
    check = shop.spend(expense(30, RECEIVABLE), kind="Check", account=CHECKING, EntityRef=name)
    shop.settle("Payment", "55", 0, ("Check", check["Id"], 30), ("CreditMemo", memo["Id"], 30))
    assert open_of(shop, "CreditMemo", memo) == 0
    assert shop.read("Purchase", check["Id"])["LinkedTxn"][0]["TxnType"] == "Payment"


def test_an_estimate_closes_while_an_invoice_bills_it() -> None:
    """And opens again when the invoice goes, by deletion or void."""
    for undo in ("delete", "void"):
        shop = Shop()
        estimate = shop.sale("Estimate", sales_line(80))
        invoice = shop.invoice(80, LinkedTxn=[{"TxnId": estimate["Id"], "TxnType": "Estimate"}])
        assert invoice["LinkedTxn"] == [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
        closed = shop.read("Estimate", estimate["Id"])
        assert (closed["TxnStatus"], closed["SyncToken"]) == ("Closed", "1")
        assert closed["LinkedTxn"] == [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
        getattr(shop, undo)("Invoice", invoice)
        opened = shop.read("Estimate", estimate["Id"])
        assert (opened["TxnStatus"], opened["SyncToken"]) == ("Pending", "2")


def test_billed_time_is_marked_and_freed_again() -> None:
    """Only the server says HasBeenBilled."""
    shop = Shop()
    members = {"NameOf": "Vendor", "VendorRef": {"value": "88"}, "CustomerRef": {"value": "55"}, "HourlyRate": 90}
    time = shop.create("TimeActivity", BillableStatus="Billable", Hours=2, Minutes=0, **members)
    invoice = shop.invoice(180, LinkedTxn=[{"TxnId": time["Id"], "TxnType": "TimeActivity"}])
    assert shop.read("TimeActivity", time["Id"])["BillableStatus"] == "HasBeenBilled"
    shop.delete("Invoice", invoice)
    assert shop.read("TimeActivity", time["Id"])["BillableStatus"] == "Billable"


def test_an_order_closes_when_it_is_billed_in_full() -> None:
    """A part leaves it open."""
    shop = Shop()
    order = shop.goods("PurchaseOrder", expense(100), APAccountRef={"value": PAYABLE})
    link: dict[str, Any] = {"LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]}
    shop.goods("Bill", expense(60), **link)
    assert shop.read("PurchaseOrder", order["Id"])["POStatus"] == "Open"
    second = shop.goods("Bill", expense(40), **link)
    assert shop.read("PurchaseOrder", order["Id"])["POStatus"] == "Closed"
    shop.delete("Bill", second)
    assert shop.read("PurchaseOrder", order["Id"])["POStatus"] == "Open"


def test_an_invoice_in_another_currency_is_paid_at_another_rate() -> None:
    """What lies between the rates is exchange gain or loss; the customer owes exactly nothing at the end."""
    shop = foreign_shop()
    euro = {"value": "EUR"}
    invoice = shop.sale(
        "Invoice", sales_line(100), customer=shop.foreign, CurrencyRef=euro, ExchangeRate=Decimal("1.1")
    )
    assert (invoice["Balance"], invoice["HomeBalance"]) == (100, 110)
    assert shop.posted(invoice, "Invoice")[RECEIVABLE] == 110
    for amount, rate in ((Decimal("33.33"), "1.2"), (Decimal("66.67"), "1.05")):
        shop.settle(
            "Payment",
            shop.foreign,
            amount,
            ("Invoice", invoice["Id"], amount),
            CurrencyRef=euro,
            ExchangeRate=Decimal(rate),
        )
    assert shop.balance("Customer", shop.foreign) == shop.balance("Invoice", invoice["Id"]) == 0
    assert shop.books.ledger.account_balance(shop.exchange) == Decimal("110.00") - Decimal("40.00") - Decimal("70.00")
    paid = shop.read("Invoice", invoice["Id"])
    assert refusal(lambda: shop.sparse("Invoice", paid, ExchangeRate=Decimal("1.3"))).code == "6000"


def test_another_currency_is_refused_unless_the_company_keeps_many() -> None:
    """And a customer has one currency for all its forms."""
    shop = Shop()
    assert refusal(lambda: shop.invoice(100, CurrencyRef={"value": "EUR"})).code == "2220"
    shop = foreign_shop()
    assert refusal(lambda: shop.invoice(100, CurrencyRef={"value": "EUR"})).code == "2220"


class ForeignShop(Shop):
    """A shop with a customer abroad."""

    foreign: str
    exchange: str


def foreign_shop() -> ForeignShop:
    shop = ForeignShop()
    shop.books.amend(("Preferences", "1"), {"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    shop.create("CompanyCurrency", Code="EUR")
    shop.foreign = shop.create("Customer", DisplayName="Maison Verrier", CurrencyRef={"value": "EUR"})["Id"]
    members = {"AccountType": "Other Expense", "AccountSubType": "ExchangeGainOrLoss"}
    shop.exchange = shop.create("Account", Name="Exchange Gain or Loss", **members)["Id"]
    return shop

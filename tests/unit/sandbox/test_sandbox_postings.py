"""What every kind of transaction does to the books, to the cent."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sandbox.wire import Document
from tests.unit.sandbox.sandbox_company import refusal, sales_line
from tests.unit.sandbox.sandbox_shop import (
    CARD,
    CHECKING,
    FUNDS,
    PAYABLE,
    RECEIVABLE,
    Shop,
    bought_line,
    cash_line,
    expense,
    item_line,
    journal_line,
    linked_line,
    named,
)

INCOME, CLOUD, INTEREST, DISCOUNTS = "79", "61", "83", "82"


def money(**amounts: Any) -> dict[str, Decimal]:
    return {account.removeprefix("a"): Decimal(str(amount)) for account, amount in amounts.items()}


CASES: dict[str, tuple[str, Callable[[Shop], Document], dict[str, Any]]] = {
    "a sales receipt puts money into undeposited funds": (
        "SalesReceipt",
        lambda shop: shop.sale("SalesReceipt", sales_line(80)),
        {FUNDS: 80, INCOME: -80},
    ),
    "a refund takes the income back and leaves the bank": (
        "RefundReceipt",
        lambda shop: shop.refund(sales_line(80)),
        {CHECKING: -80, INCOME: 80},
    ),
    "a credit memo lowers what a customer owes": (
        "CreditMemo",
        lambda shop: shop.sale("CreditMemo", sales_line(80)),
        {RECEIVABLE: -80, INCOME: 80},
    ),
    "a discount is a cost of its own": (
        "Invoice",
        lambda shop: shop.sale(
            "Invoice",
            sales_line(80),
            {
                "DetailType": "DiscountLineDetail",
                "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
            },
        ),
        {RECEIVABLE: 72, INCOME: -80, DISCOUNTS: 8},
    ),
    "a vendor credit lowers what is owed": (
        "VendorCredit",
        lambda shop: shop.goods("VendorCredit", expense(40)),
        {PAYABLE: 40, CLOUD: -40},
    ),
    "an expense leaves the bank": ("Purchase", lambda shop: shop.spend(expense(40)), {CHECKING: -40, CLOUD: 40}),
    "an expense by card raises the card's debt": (
        "Purchase",
        lambda shop: shop.spend(expense(40), kind="CreditCard", account=CARD),
        {CARD: -40, CLOUD: 40},
    ),
    "a refund to the card lowers it": (
        "Purchase",
        lambda shop: shop.spend(expense(40), kind="CreditCard", account=CARD, Credit=True),
        {CARD: 40, CLOUD: -40},
    ),
    "an expense cannot be a credit unless it is by card": (
        "Purchase",
        lambda shop: shop.spend(expense(40), kind="Check", Credit=True),
        {CHECKING: -40, CLOUD: 40},
    ),
    "a journal entry posts its lines": (
        "JournalEntry",
        lambda shop: shop.journal(("Debit", RECEIVABLE, 30, named("Customer", "55")), ("Credit", INTEREST, 30, None)),
        {RECEIVABLE: 30, INTEREST: -30},
    ),
    "a deposit keeps some cash back": (
        "Deposit",
        lambda shop: shop.bank(cash_line(50), CashBack={"AccountRef": {"value": "45"}, "Amount": 20}),
        {CHECKING: 30, "45": 20, INTEREST: -50},
    ),
    "a transfer moves money": (
        "Transfer",
        lambda shop: shop.create(
            "Transfer", FromAccountRef={"value": CHECKING}, ToAccountRef={"value": "36"}, Amount=25
        ),
        {CHECKING: -25, "36": 25},
    ),
    "a card payment brings the card's debt down": (
        "CreditCardPayment",
        lambda shop: shop.create(
            "CreditCardPayment", BankAccountRef={"value": CHECKING}, CreditCardAccountRef={"value": CARD}, Amount=25
        ),
        {CHECKING: -25, CARD: 25},
    ),
    "an order posts nothing": (
        "PurchaseOrder",
        lambda shop: shop.goods("PurchaseOrder", expense(40), APAccountRef={"value": PAYABLE}),
        {},
    ),
    "an estimate posts nothing": ("Estimate", lambda shop: shop.sale("Estimate", sales_line(80)), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_transaction_posts_exactly_this(name: str) -> None:
    """The one table to read when a figure in a report looks wrong; deleting must undo every line of it."""
    entity, write, expected = CASES[name]
    shop = Shop()
    before = shop.books.ledger.trial_balance()
    document = write(shop)
    assert shop.posted(document, entity) == {account: Decimal(amount) for account, amount in expected.items()}
    shop.delete(entity, document)
    assert shop.books.ledger.trial_balance() == before


REFUSED: dict[str, tuple[str, Callable[[Shop], Any]]] = {
    "debits that differ from credits": (
        "2300",
        lambda shop: shop.journal(("Debit", CHECKING, 30, None), ("Credit", INTEREST, 29, None)),
    ),
    "a journal line without a side": (
        "2260",
        lambda shop: shop.create(
            "JournalEntry",
            Line=[
                {
                    "Amount": 1,
                    "DetailType": "JournalEntryLineDetail",
                    "JournalEntryLineDetail": {"AccountRef": {"value": CHECKING}},
                }
            ],
        ),
    ),
    "receivable without a customer": (
        "6000",
        lambda shop: shop.journal(("Debit", RECEIVABLE, 30, named("Vendor", "88")), ("Credit", INTEREST, 30, None)),
    ),
    "payable without a vendor": ("6000", lambda shop: shop.spend(expense(30, PAYABLE))),
    "an expense by check from a card": (
        "6430",
        lambda shop: shop.spend(expense(30), kind="Check", account=CARD),
    ),
    "a transfer within one account": (
        "6000",
        lambda shop: shop.create(
            "Transfer", FromAccountRef={"value": CHECKING}, ToAccountRef={"value": CHECKING}, Amount=5
        ),
    ),
    "a negative journal line": (
        "2290",
        lambda shop: shop.create(
            "JournalEntry", Line=[journal_line("Debit", CHECKING, -5), journal_line("Credit", INTEREST, -5)]
        ),
    ),
    "a bill that would be negative": ("6000", lambda shop: shop.goods("Bill", expense(-5))),
    "more cash back than comes in": (
        "6000",
        lambda shop: shop.bank(cash_line(5), CashBack={"AccountRef": {"value": "45"}, "Amount": 6}),
    ),
    "goods without a quantity": ("6520", lambda shop: shop.sale("Invoice", sales_line(30, shop.lamp))),
    "goods before the item's start": (
        "6270",
        lambda shop: shop.goods("Bill", bought_line(shop.lamp, 1, 5), TxnDate="2025-12-31"),
    ),
    "an adjustment of a service": ("6000", lambda shop: shop.adjust("2", 1)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_transaction_is_refused_and_changes_nothing(name: str) -> None:
    """A refusal that leaves something behind would be worse than none."""
    code, write = REFUSED[name]
    shop = Shop()
    before = (shop.books.ledger.trial_balance(), len(shop.books.ledger.entries))
    assert refusal(lambda: write(shop)).code == code
    assert (shop.books.ledger.trial_balance(), len(shop.books.ledger.entries)) == before


def test_a_deposit_freezes_what_it_carries_until_it_is_deleted() -> None:
    """QuickBooks refuses every change of a deposited transaction with 6540."""
    shop = Shop()
    receipt = shop.sale("SalesReceipt", sales_line(80))
    assert refusal(lambda: shop.bank(linked_line(79, "SalesReceipt", receipt["Id"]))).code == "6000"
    deposit = shop.bank(linked_line(80, "SalesReceipt", receipt["Id"]), cash_line(5))
    assert shop.posted(deposit, "Deposit") == money(a35=85, a4=-80, a83=-5)
    frozen = shop.read("SalesReceipt", receipt["Id"])
    assert frozen["LinkedTxn"] == [{"TxnId": deposit["Id"], "TxnType": "Deposit"}]
    assert refusal(lambda: shop.delete("SalesReceipt", frozen)).code == "6540"
    assert refusal(lambda: shop.void("SalesReceipt", frozen)).code == "6540"
    assert refusal(lambda: shop.sparse("SalesReceipt", frozen, PrivateNote="late")).code == "6540"
    assert refusal(lambda: shop.bank(linked_line(80, "SalesReceipt", receipt["Id"]))).code == "6000"
    shop.delete("Deposit", deposit)
    freed = shop.read("SalesReceipt", receipt["Id"])
    assert ("LinkedTxn" in freed, freed["SyncToken"]) == (False, "2")
    shop.delete("SalesReceipt", freed)


def test_postings_know_what_the_reports_ask_about() -> None:
    """Line, item, quantity, name, class and customer of every posting come from the line and its document."""
    shop = Shop()
    shelf = shop.create("Class", Name="Shelf")["Id"]
    line = item_line(shop.lamp, 2, 30, ClassRef={"value": shelf})
    invoice = shop.sale("Invoice", line, TxnTaxDetail={"TxnTaxCodeRef": {"value": shop.tax_code}})
    entry = shop.books.ledger.entries["Invoice", invoice["Id"]]
    sold = next(posting for posting in entry.postings if posting.account_id == shop.income)
    assert (sold.line_id, sold.item_id, sold.quantity, sold.class_id) == ("1", shop.lamp, Decimal(2), shelf)
    assert (sold.party, sold.customer_id) == (("Customer", "55"), "55")
    assert {posting.tax_rate_id for posting in entry.postings if posting.tax_rate_id} == {"1", "2"}
    assert (entry.doc_number, entry.party) == (invoice["DocNumber"], ("Customer", "55"))


def test_shipping_is_a_line_with_a_reserved_item() -> None:
    """Clients write SHIPPING_ITEM_ID where no item stands behind it."""
    shop = Shop()
    invoice = shop.sale("Invoice", sales_line(80), sales_line(12, "SHIPPING_ITEM_ID"))
    assert invoice["TotalAmt"] == 92


def test_a_bundle_sells_its_items() -> None:
    """A GroupLineDetail line expands into its components; their sum is the line's amount."""
    shop = Shop()
    components = [{"ItemRef": {"value": shop.lamp}, "Qty": 2}, {"ItemRef": {"value": "2"}, "Qty": 1}]
    members = {"Id": "900", "Name": "Corner", "Type": "Group", "SyncToken": "0", "Active": True}
    shop.books.put("Item", {**members, "ItemGroupDetail": {"ItemGroupLine": components}})
    line = {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": "900"}, "Quantity": 2}}
    invoice = shop.sale("Invoice", line)
    inner = invoice["Line"][0]["GroupLineDetail"]["Line"]
    assert [each["SalesItemLineDetail"]["Qty"] for each in inner] == [4, 2]
    assert invoice["Line"][0]["Amount"] == sum(each["Amount"] for each in inner) == invoice["TotalAmt"]
    assert len({each["Id"] for each in [*inner, invoice["Line"][0]]}) == 3
    assert shop.quantity(shop.lamp) == 6
    shop.void("Invoice", invoice)
    assert shop.quantity(shop.lamp) == 10


def test_an_item_given_another_account_leaves_history_where_it_is() -> None:
    """The line keeps the account it was booked on, so last year's figures do not move."""
    shop = Shop()
    invoice = shop.sale("Invoice", sales_line(80))
    before = shop.posted(invoice, "Invoice")
    shop.sparse("Item", shop.read("Item", "2"), IncomeAccountRef={"value": "80"})
    shop.sparse("Invoice", invoice, PrivateNote="seen")
    assert shop.posted(invoice, "Invoice") in (before, {RECEIVABLE: Decimal(80), "80": Decimal(-80)})
    second = shop.sale("Invoice", sales_line(80))
    assert shop.posted(second, "Invoice") == {RECEIVABLE: Decimal(80), "80": Decimal(-80)}

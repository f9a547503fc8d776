"""What each document does to the ledger.

Each poster lists the sides its lines make; what balances them goes to the control or money account, so an entry is
balanced by construction. Costs of goods follow from the inventory's layers and come as pairs.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.books import Books
from sandbox.ledger import JournalEntry, Key, Posting
from sandbox.money import ZERO, amount_of, cents
from sandbox.posting_banking import credit_card_payment, deposit, journal_entry, transfer
from sandbox.posting_purchases import bill, bill_payment, purchase, vendor_credit
from sandbox.posting_sales import credit_memo, invoice, payment, refund_receipt, sales_receipt
from sandbox.sides import document_party
from sandbox.wire import Document


def entry_for(books: Books, entity: str, document: Document) -> JournalEntry | None:
    """Return the journal entry of one document, or None if it moves nothing."""
    post = _POSTERS.get(entity)
    sides = post(books, document) if post else []
    sides += _costs(books, (entity, document["Id"]))
    postings = tuple(side for side in sides if side.amount)
    if not postings:
        return None
    return JournalEntry(
        key=(entity, document["Id"]),
        txn_date=date_of(books, document),
        postings=postings,
        doc_number=document.get("DocNumber"),
        party=document_party(entity, document),
        memo=document.get("PrivateNote"),
    )


def date_of(books: Books, document: Document) -> date:
    """Return the day a document counts from."""
    for member in ("TxnDate", "OpeningBalanceDate", "InvStartDate"):
        if document.get(member):
            return date.fromisoformat(document[member])
    return books.opened_at.date()


def _costs(books: Books, key: Key) -> list[Posting]:
    """Pair the cost of every movement the layers decide: out of the asset for a sale, into it for a return."""
    if books.is_loading:
        return []
    sides: list[Posting] = []
    for movement, cost in books.inventory.costed(key):
        if movement.value is not None:
            continue
        item = books.find("Item", movement.item_id) or {}
        into_asset = cost if movement.quantity > 0 else -cost
        shared: dict[str, Any] = {
            "line_id": movement.line_id,
            "item_id": movement.item_id,
            "quantity": -movement.quantity,
        }
        counter = movement.counter_id or item["ExpenseAccountRef"]["value"]
        sides.append(Posting(account_id=item["AssetAccountRef"]["value"], amount=into_asset, **shared))
        sides.append(Posting(account_id=counter, amount=-into_asset, **shared))
    return sides


def _account(books: Books, account: Document) -> list[Posting]:
    """Post an opening balance against Opening Balance Equity; it is given as the account's own balance grows."""
    opening = cents(amount_of(account, "OpeningBalance"))
    if not opening:
        return []
    debit = opening if account["Classification"] in ("Asset", "Expense") else -opening
    return _opened(books, account["Id"], debit)


def _item(books: Books, item: Document) -> list[Posting]:
    """Post what an inventory item was opened with, as QuickBooks' own Inventory Starting Value does."""
    opening = books.inventory.openings.get(item["Id"])
    if opening is None or not opening.value:
        return []
    return _opened(books, item["AssetAccountRef"]["value"], opening.value, item["Id"], opening.quantity)


def _opened(
    books: Books, account_id: str, debit: Decimal, item: str | None = None, quantity: Decimal = ZERO
) -> list[Posting]:
    equity = books.account_with("AccountSubType", "OpeningBalanceEquity")
    units = quantity if item else None
    return [
        Posting(account_id=account_id, amount=debit, item_id=item, quantity=units),
        Posting(account_id=equity, amount=-debit),
    ]


_POSTERS = {
    "Invoice": invoice,
    "SalesReceipt": sales_receipt,
    "RefundReceipt": refund_receipt,
    "CreditMemo": credit_memo,
    "Payment": payment,
    "Bill": bill,
    "VendorCredit": vendor_credit,
    "BillPayment": bill_payment,
    "Purchase": purchase,
    "JournalEntry": journal_entry,
    "Deposit": deposit,
    "Transfer": transfer,
    "CreditCardPayment": credit_card_payment,
    "Account": _account,
    "Item": _item,
}

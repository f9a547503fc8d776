"""The names of transactions: in reports, in the transaction_type parameter."""

from sandbox.books import Books
from sandbox.ledger import Key
from sandbox.reports.sources import document_of
from sandbox.wire import Document

TITLES = {
    "Invoice": "Invoice",
    "Payment": "Payment",
    "Bill": "Bill",
    "SalesReceipt": "Sales Receipt",
    "RefundReceipt": "Refund",
    "CreditMemo": "Credit Memo",
    "VendorCredit": "Vendor Credit",
    "JournalEntry": "Journal Entry",
    "Deposit": "Deposit",
    "Transfer": "Transfer",
    "CreditCardPayment": "Credit Card Payment",
    "InventoryAdjustment": "Inventory Qty Adjust",
    "Estimate": "Estimate",
    "PurchaseOrder": "Purchase Order",
    "TimeActivity": "Time Charge",
    "TaxPayment": "Sales Tax Payment",
    "Item": "Inventory Starting Value",
    "Account": "Journal Entry",
}
"""Entity to the words in the txn_type column; the opening balance of an account is a journal entry."""
_PURCHASES = {"Cash": "Cash Expense", "Check": "Check", "CreditCard": "Expense"}
_CODES = {
    "Invoice": "Invoice",
    "Payment": "ReceivePayment",
    "Bill": "Bill",
    "SalesReceipt": "SalesReceipt",
    "RefundReceipt": "CreditRefund",
    "CreditMemo": "CreditMemo",
    "VendorCredit": "VendorCredit",
    "JournalEntry": "JournalEntry",
    "Account": "JournalEntry",
    "Deposit": "Deposit",
    "Transfer": "Transfer",
    "CreditCardPayment": "Transfer",
    "InventoryAdjustment": "InventoryQuantityAdjustment",
    "Estimate": "Estimate",
    "PurchaseOrder": "PurchaseOrder",
    "TimeActivity": "TimeActivity",
}
_PURCHASE_CODES = {"Cash": "CashPurchase", "Check": "Check", "CreditCard": "CreditCardCharge"}


def title_of(books: Books, key: Key) -> str:
    """Return what the txn_type column shows."""
    entity, _ = key
    if entity == "BillPayment":
        return "Bill Payment (Check)" if _is_check(document_of(books, key)) else "Bill Payment (Credit Card)"
    if entity == "Purchase":
        document = document_of(books, key)
        if document.get("Credit"):
            return "Credit Card Credit"
        return _PURCHASES.get(document.get("PaymentType", ""), "Expense")
    return TITLES.get(entity, entity)


def code_of(books: Books, key: Key) -> str:
    """Return the value of transaction_type that selects this transaction."""
    entity, _ = key
    if entity == "BillPayment":
        return "BillPaymentCheck" if _is_check(document_of(books, key)) else "BillPaymentCreditCard"
    if entity == "Purchase":
        document = document_of(books, key)
        if document.get("Credit"):
            return "CreditCardCredit"
        return _PURCHASE_CODES.get(document.get("PaymentType", ""), "CashPurchase")
    return _CODES.get(entity, entity)


def _is_check(document: Document) -> bool:
    return document.get("PayType") == "Check"

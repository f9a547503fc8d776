"""Invoices, sales receipts, refunds, credit memos and estimates: what the server completes and checks."""

from collections.abc import Callable
from datetime import datetime

from sandbox import lines, salestax
from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import business_rule
from sandbox.money import amount_of, printed
from sandbox.stock import check_stock
from sandbox.transactions import check_sources, check_still_covers, dated, due_date
from sandbox.wire import Document

Rule = Callable[[Books, Document, Document | None, datetime], Document]
COPIED = ("BillAddr", "ShipAddr")
"""Members a form takes over from its customer, on create only: an update that leaves one out erases it."""


def sales_form(entity: str) -> Rule:
    """Return the rule of one kind of sales form."""

    def rule(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
        customer = books.find("Customer", draft["CustomerRef"]["value"]) if "CustomerRef" in draft else None
        draft = dated(books, draft, now, customer)
        if before is None and customer is not None:
            draft = {**_from_customer(customer), **draft}
        settled = lines.settle_lines(books, facts().entities[entity], draft, before)
        draft["Line"] = salestax.with_tax_codes(books, draft, settled)
        draft["TxnTaxDetail"] = salestax.tax_detail(books, draft, before)
        draft["TotalAmt"] = printed(lines.total_of(draft["Line"]) + draft["TxnTaxDetail"]["TotalTax"])
        if draft["TotalAmt"] < 0:
            raise business_rule("Transaction amount must be 0 or greater.")
        draft = _FINISH[entity](books, draft, before)
        check_sources(books, entity, draft)
        check_stock(books, entity, draft)
        check_still_covers(books, entity, draft, before)
        return draft

    return rule


def _invoice(books: Books, draft: Document, before: Document | None) -> Document:
    draft = {**draft, "DueDate": draft.get("DueDate") or due_date(books, draft, books.profile.invoice_terms_days)}
    if "Deposit" not in draft:
        return draft
    draft["Deposit"] = printed(amount_of(draft, "Deposit"))
    if not 0 <= draft["Deposit"] <= draft["TotalAmt"]:
        raise business_rule("The deposit must be between 0 and the total.")
    return draft


def _receipt(books: Books, draft: Document, before: Document | None) -> Document:
    """Complete where the money goes; a receipt is always paid."""
    if "DepositToAccountRef" not in draft:
        funds = books.account_with("AccountSubType", "UndepositedFunds")
        draft = {**draft, "DepositToAccountRef": books.reference("Account", funds)}
    return {**draft, "Balance": printed(amount_of({}, "Balance"))}


def _as_it_is(books: Books, draft: Document, before: Document | None) -> Document:
    return draft


def _from_customer(customer: Document) -> Document:
    copied: Document = {name: customer[name] for name in COPIED if name in customer}
    if "SalesTermRef" in customer:
        copied["SalesTermRef"] = customer["SalesTermRef"]
    return {**copied, **({"BillEmail": customer["PrimaryEmailAddr"]} if "PrimaryEmailAddr" in customer else {})}


_FINISH = {
    "Invoice": _invoice,
    "SalesReceipt": _receipt,
    "RefundReceipt": _receipt,
    "CreditMemo": _as_it_is,
    "Estimate": _as_it_is,
}
SALES_RULES: dict[str, Rule] = {entity: sales_form(entity) for entity in _FINISH}

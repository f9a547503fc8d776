"""Bills, vendor credits, orders and expenses: what the server completes and checks."""

from datetime import datetime

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import business_rule, fault
from sandbox.lines import settle_lines, total_of
from sandbox.money import printed
from sandbox.posting_banking import entity_of
from sandbox.stock import check_stock
from sandbox.transactions import check_sources, check_still_covers, dated, due_date
from sandbox.wire import Document

PAID_FROM = {"Cash": ("Bank", "Other Current Asset"), "Check": ("Bank",), "CreditCard": ("Credit Card",)}
"""PaymentType to the account types the money may come from."""
CONTROL = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}
"""Control accounts with the kind of name every line on them needs."""


def bill(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a bill: due date, payable account, total."""
    draft = _vendor_form(books, "Bill", draft, before, now)
    draft["DueDate"] = draft.get("DueDate") or due_date(books, draft, 0)
    check_still_covers(books, "Bill", draft, before)
    return draft


def vendor_credit(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a vendor credit."""
    draft = _vendor_form(books, "VendorCredit", draft, before, now)
    check_still_covers(books, "VendorCredit", draft, before)
    return draft


def purchase_order(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete an order; it posts nothing."""
    return _vendor_form(books, "PurchaseOrder", draft, before, now)


def purchase(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete an expense.

    Raises:
        QuickBooksFault: 6430 for an account the payment type cannot pay from; 6000 for a line on a control account
            without the name it needs.
    """
    draft = dated(books, draft, now)
    if draft["PaymentType"] != "CreditCard":
        draft.pop("Credit", None)
    _check_source(books, draft)
    if "EntityRef" in draft:
        draft["EntityRef"] = {**draft["EntityRef"], "type": _party_type(books, draft["EntityRef"])}
    draft["Line"] = settle_lines(books, facts().entities["Purchase"], draft, before)
    draft["TotalAmt"] = printed(total_of(draft["Line"]))
    if draft["TotalAmt"] < 0:
        raise business_rule("Transaction amount must be 0 or greater.")
    for line in draft["Line"]:
        account = (line.get("AccountBasedExpenseLineDetail") or {}).get("AccountRef")
        if account:
            check_name(books, account["value"], draft.get("EntityRef"))
    check_sources(books, "Purchase", draft)
    check_stock(books, "Purchase", draft)
    check_still_covers(books, "Purchase", draft, before)
    return draft


def check_name(books: Books, account_id: str, name: Document | None) -> None:
    """Refuse a line on receivable without a customer, or on payable without a vendor."""
    account = books.find("Account", account_id) or {}
    wanted = CONTROL.get(account.get("AccountType", ""))
    party = entity_of(name)
    if wanted and (party is None or party[0] != wanted):
        field = wanted.lower()
        raise business_rule(f"When you use {account['AccountType']}, you must choose a {field} in the Name field.")


def _vendor_form(books: Books, entity: str, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = dated(books, draft, now, books.find("Vendor", draft["VendorRef"]["value"]))
    draft["Line"] = settle_lines(books, facts().entities[entity], draft, before)
    if "APAccountRef" not in draft:
        draft["APAccountRef"] = books.reference("Account", books.account_with("AccountType", "Accounts Payable"))
    draft["TotalAmt"] = printed(total_of(draft["Line"]))
    if draft["TotalAmt"] < 0:
        raise business_rule("Transaction amount must be 0 or greater.")
    _check_no_control(books, draft)
    check_sources(books, entity, draft)
    check_stock(books, entity, draft)
    return draft


def _check_no_control(books: Books, draft: Document) -> None:
    """Refuse a vendor's form with a line on a control account: its own name is on the other side already."""
    for line in draft["Line"]:
        reference = (line.get("AccountBasedExpenseLineDetail") or {}).get("AccountRef")
        account = books.find("Account", reference["value"]) if reference else None
        if account is not None and account["AccountType"] in CONTROL:
            raise fault("6430", reason=f"a line cannot be booked on {account['AccountType']}", element="AccountRef")


def _check_source(books: Books, draft: Document) -> None:
    account = books.find("Account", draft["AccountRef"]["value"]) or {}
    allowed = PAID_FROM[draft["PaymentType"]]
    if account["AccountType"] not in allowed:
        reason = (
            f"PaymentType {draft['PaymentType']} pays from {' or '.join(allowed)}; "
            f"account {account['Id']} is {account['AccountType']}"
        )
        raise fault("6430", reason=reason, element="AccountRef")


def _party_type(books: Books, reference: Document) -> str:
    """Return the kind of a name; ids are unique among customers, vendors and employees."""
    given = str(reference.get("type", "")).capitalize()
    kinds = [given] if given in ("Customer", "Vendor", "Employee") else ["Vendor", "Customer", "Employee"]
    for kind in kinds:
        if books.find(kind, reference["value"]) is not None:
            return kind
    raise fault("2500", Kind="Names", id=reference["value"])

"""The special rules of each entity: what the facts table cannot say.

Each rule takes a draft whose members are checked and whose references are resolved, and returns it with defaults and
computed members, or refuses it.
"""

from collections.abc import Callable
from datetime import datetime

from sandbox import banking, names, purchasing, settling
from sandbox.books import CONTROL_TYPES, Books
from sandbox.facts import facts
from sandbox.faults import business_rule, fault, missing
from sandbox.list_rules import LIST_RULES
from sandbox.sales import SALES_RULES
from sandbox.stocktaking import inventory_adjustment, opened
from sandbox.wire import Document

Rule = Callable[[Books, Document, Document | None, datetime], Document]


def apply_rules(books: Books, entity: str, draft: Document, before: Document | None, now: datetime) -> Document:
    """Run an entity's rules over a draft."""
    rule = _RULES.get(entity) or LIST_RULES.get(entity)
    return draft if rule is None else rule(books, draft, before, now)


def _item(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    kind = draft["Type"]
    if before is not None and (before["Type"] == "Inventory") != (kind == "Inventory"):
        # Whether QuickBooks can convert by its API is not published, and no history says what was on hand before.
        raise business_rule("An item is made as Inventory or not, and stays so. Create another item.")
    for name in _ITEM_NEEDS.get(kind, ()):
        if name not in draft:
            raise missing(name)
    if draft.get("SubItem") and "ParentRef" not in draft:
        raise fault("6150", "ParentRef Required Validation Error : SubItem is true, so ParentRef is needed")
    draft = opened(books, draft, before)
    return names.place(books, "Item", {**draft, "SubItem": True} if "ParentRef" in draft else draft)


def _account(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = _typed(draft)
    if before is not None:
        # An opening balance is posted once, when the account is made; an update neither moves nor erases it.
        opening: Document = {name: before[name] for name in ("OpeningBalance", "OpeningBalanceDate") if name in before}
        draft = {**{n: v for n, v in draft.items() if not n.startswith("OpeningBalance")}, **opening}
    if before is not None and before["Classification"] != draft["Classification"]:
        raise business_rule("The type of an account cannot move to another classification.")
    if before is not None and before["AccountType"] != draft["AccountType"] and _is_control(before, draft):
        raise business_rule("An account cannot become or stop being receivable or payable.")
    if ("OpeningBalance" in draft) != ("OpeningBalanceDate" in draft):
        raise fault("6060")
    draft["SubAccount"] = "ParentRef" in draft
    draft.setdefault("CurrencyRef", {"value": books.profile.currency, "name": books.profile.currency_name})
    return names.place(books, "Account", draft)


def _is_control(*accounts: Document) -> bool:
    return any(account["AccountType"] in CONTROL_TYPES for account in accounts)


def _person(entity: str) -> Rule:
    def rule(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
        draft = names.displayed(entity, draft)
        draft.setdefault("CurrencyRef", {"value": books.profile.currency, "name": books.profile.currency_name})
        return names.place(books, entity, draft) if entity == "Customer" else draft

    return rule


def _company(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    return draft


def _typed(draft: Document) -> Document:
    """Complete AccountType, AccountSubType and Classification from whichever was given."""
    types = facts().account_types
    kind, subtype = draft.get("AccountType"), draft.get("AccountSubType")
    if kind is None:
        kind = next((name for name, each in types.items() if subtype in each.subtypes), None)
    if kind not in types or (subtype is not None and subtype not in types[kind].subtypes):
        raise fault("6010", f"AccountType {kind} with AccountSubType {subtype} is no known type", element="AccountType")
    completed = {"AccountType": kind, "AccountSubType": subtype or types[kind].default_subtype}
    return {**draft, **completed, "Classification": types[kind].classification}


_ITEM_NEEDS = {
    "Service": ("IncomeAccountRef",),
    "NonInventory": ("ExpenseAccountRef",),
    "Inventory": (
        "TrackQtyOnHand",
        "QtyOnHand",
        "InvStartDate",
        "AssetAccountRef",
        "IncomeAccountRef",
        "ExpenseAccountRef",
    ),
}
_RULES: dict[str, Rule] = {
    "CompanyInfo": _company,
    "Account": _account,
    "Customer": _person("Customer"),
    "Vendor": _person("Vendor"),
    "Item": _item,
    **SALES_RULES,
    "Payment": settling.payment,
    "Bill": purchasing.bill,
    "VendorCredit": purchasing.vendor_credit,
    "PurchaseOrder": purchasing.purchase_order,
    "Purchase": purchasing.purchase,
    "BillPayment": settling.bill_payment,
    "Deposit": banking.deposit,
    "Transfer": banking.transfer,
    "CreditCardPayment": banking.credit_card_payment,
    "JournalEntry": banking.journal_entry,
    "InventoryAdjustment": inventory_adjustment,
}

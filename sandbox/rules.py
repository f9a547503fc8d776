"""The special rules of each entity: what the facts table cannot say.

Each rule takes a draft whose members are checked and whose references are resolved, and returns it with defaults and
computed members, or refuses it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from sandbox import names, settling
from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import business_rule, fault, missing
from sandbox.lines import settle_lines, total_of
from sandbox.list_rules import LIST_RULES
from sandbox.money import amount_of, printed
from sandbox.wire import PACIFIC, Document

Rule = Callable[[Books, Document, Document | None, datetime], Document]


def apply_rules(books: Books, entity: str, draft: Document, before: Document | None, now: datetime) -> Document:
    """Run an entity's rules over a draft."""
    rule = _RULES.get(entity) or LIST_RULES.get(entity)
    return draft if rule is None else rule(books, draft, before, now)


def _transaction(books: Books, draft: Document, now: datetime) -> Document:
    home = {"value": books.profile.currency, "name": books.profile.currency_name}
    return {"TxnDate": now.astimezone(PACIFIC).date().isoformat(), "CurrencyRef": home, **draft}


def _invoice(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = _transaction(books, draft, now)
    if before is None:
        draft = {**_from_customer(books, draft), **draft}
    draft["Line"] = settle_lines(books, facts().entities["Invoice"], draft, before)
    draft.setdefault("DueDate", _days_after(draft["TxnDate"], books.profile.invoice_terms_days))
    tax = {"TotalTax": printed(amount_of(draft.get("TxnTaxDetail", {}), "TotalTax"))}
    draft["TxnTaxDetail"] = {**draft.get("TxnTaxDetail", {}), **tax}
    draft["TotalAmt"] = printed(total_of(draft["Line"]) + tax["TotalTax"])
    if "Deposit" in draft:
        draft["Deposit"] = printed(amount_of(draft, "Deposit"))
    return _settleable(books, "Invoice", draft, before, party="CustomerRef")


def _bill(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = _transaction(books, draft, now)
    draft["Line"] = settle_lines(books, facts().entities["Bill"], draft, before)
    draft.setdefault("DueDate", draft["TxnDate"])
    if "APAccountRef" not in draft:
        draft["APAccountRef"] = books.reference("Account", books.account_with("AccountType", "Accounts Payable"))
    draft["TotalAmt"] = printed(total_of(draft["Line"]))
    return _settleable(books, "Bill", draft, before, party="VendorRef")


def _payment(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = {**_transaction(books, draft, now), "TotalAmt": _positive_total(draft)}
    if "DepositToAccountRef" not in draft:
        funds = books.account_with("AccountSubType", "UndepositedFunds")
        draft["DepositToAccountRef"] = books.reference("Account", funds)
    draft["Line"] = settling.payment_lines(books, "Payment", draft, before)
    draft["UnappliedAmt"] = printed(draft["TotalAmt"] - settling.applied(draft))
    return draft


def _bill_payment(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = {**_transaction(books, draft, now), "TotalAmt": _positive_total(draft)}
    means, account = ("CheckPayment", "BankAccountRef")
    if draft["PayType"] == "CreditCard":
        means, account = ("CreditCardPayment", "CCAccountRef")
    if draft["TotalAmt"] and account not in draft.get(means, {}):
        raise missing(f"{means}.{account}")
    draft.pop("CreditCardPayment" if means == "CheckPayment" else "CheckPayment", None)
    draft["Line"] = settling.payment_lines(books, "BillPayment", draft, before)
    return draft


def _item(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    kind = draft["Type"]
    if before is not None and before["Type"] == "Inventory" != kind:
        raise business_rule("An Inventory item cannot become another type.")
    for name in _ITEM_NEEDS.get(kind, ()):
        if name not in draft:
            raise missing(name)
    if draft.get("SubItem") and "ParentRef" not in draft:
        raise fault("6150", "ParentRef Required Validation Error : SubItem is true, so ParentRef is needed")
    return names.place(books, "Item", {**draft, "SubItem": True} if "ParentRef" in draft else draft)


def _account(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = _typed(draft)
    if before is not None:
        # An opening balance is posted once, when the account is made; an update neither moves nor erases it.
        opening: Document = {name: before[name] for name in ("OpeningBalance", "OpeningBalanceDate") if name in before}
        draft = {**{n: v for n, v in draft.items() if not n.startswith("OpeningBalance")}, **opening}
    if before is not None and before["Classification"] != draft["Classification"]:
        raise business_rule("The type of an account cannot move to another classification.")
    if ("OpeningBalance" in draft) != ("OpeningBalanceDate" in draft):
        raise fault("6060")
    draft["SubAccount"] = "ParentRef" in draft
    draft.setdefault("CurrencyRef", {"value": books.profile.currency, "name": books.profile.currency_name})
    return names.place(books, "Account", draft)


def _person(entity: str) -> Rule:
    def rule(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
        draft = names.displayed(entity, draft)
        draft.setdefault("CurrencyRef", {"value": books.profile.currency, "name": books.profile.currency_name})
        return names.place(books, entity, draft) if entity == "Customer" else draft

    return rule


def _company(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    return draft


def _from_customer(books: Books, draft: Document) -> Document:
    """Copy addresses from the customer, on create only: an update that leaves one out erases it."""
    customer = books.find("Customer", draft["CustomerRef"]["value"]) or {}
    copied: Document = {name: customer[name] for name in ("BillAddr", "ShipAddr") if name in customer}
    return {**copied, **({"BillEmail": customer["PrimaryEmailAddr"]} if "PrimaryEmailAddr" in customer else {})}


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


def _settleable(books: Books, entity: str, draft: Document, before: Document | None, party: str) -> Document:
    if "Deposit" in draft and not 0 <= draft["Deposit"] <= draft["TotalAmt"]:
        raise business_rule("The deposit must be between 0 and the total.")
    if draft["TotalAmt"] < 0:
        raise business_rule("Transaction amount must be 0 or greater.")
    settling.check_sources(books, entity, draft)
    settled = books.links.settled((entity, before["Id"])) if before else Decimal(0)
    if not settled or before is None:
        return draft
    if before[party]["value"] != draft[party]["value"]:
        raise business_rule(f"{party} cannot change while payments are applied. Remove the payments first.")
    if draft["TotalAmt"] - amount_of(draft, "Deposit") < settled:
        raise business_rule(f"The total cannot fall below the {settled} already paid. Change the payments first.")
    return draft


def _positive_total(draft: Document) -> Decimal:
    total = amount_of(draft, "TotalAmt")
    if total < 0:
        raise fault("2290", "NegativeAmount : TotalAmt must be 0 or greater", element="TotalAmt")
    return printed(total)


def _days_after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


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
    "Invoice": _invoice,
    "Payment": _payment,
    "Bill": _bill,
    "BillPayment": _bill_payment,
}

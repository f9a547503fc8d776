"""Deposits, transfers, card payments and journal entries: what the server completes and checks."""

from datetime import datetime
from decimal import Decimal

from sandbox.books import Books
from sandbox.faults import QuickBooksFault, business_rule, fault, missing
from sandbox.ledger import Key
from sandbox.lines import number_lines
from sandbox.links import target_of
from sandbox.money import ZERO, amount_of, printed
from sandbox.purchasing import check_name
from sandbox.transactions import check_still_covers, dated, no_such, positive
from sandbox.wire import Document

DEPOSITABLE = ("Transfer", "Payment", "SalesReceipt", "RefundReceipt", "JournalEntry", "BillPayment")
"""Entities whose money may lie in Undeposited Funds until a deposit takes it to the bank."""


def deposit(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a deposit.

    Raises:
        QuickBooksFault: 6000 for a linked transaction that is not there, is deposited already or lies in Undeposited
            Funds with another amount, and for cash back above the total.
    """
    draft = dated(books, draft, now)
    draft["Line"] = [_deposit_line(books, dict(line), draft["Id"]) for line in draft["Line"]]
    number_lines(draft["Line"], before)
    _check_once(draft["Line"])
    total = sum((amount_of(line, "Amount") for line in draft["Line"]), ZERO)
    cash = draft.get("CashBack") or {}
    if cash and ("AccountRef" not in cash or positive(cash, "Amount") > total):
        raise business_rule("CashBack needs an AccountRef, and no more than the lines bring in.")
    draft["TotalAmt"] = printed(total - amount_of(cash, "Amount"))
    if draft["TotalAmt"] < 0:
        raise business_rule("Transaction amount must be 0 or greater.")
    check_still_covers(books, "Deposit", draft, before)
    return draft


def transfer(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a transfer between two accounts."""
    if draft["FromAccountRef"]["value"] == draft["ToAccountRef"]["value"]:
        raise business_rule("A transfer needs two different accounts.")
    return {**dated(books, draft, now), "Amount": positive(draft, "Amount")}


def credit_card_payment(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a payment of a card's debt; it is kept in the home currency alone."""
    return {**dated(books, draft, now), "Amount": positive(draft, "Amount")}


def journal_entry(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a journal entry.

    Raises:
        QuickBooksFault: 2260 without PostingType, 2300 if debits and credits differ, 6000 for a control account
            without its name, 2270 and 2280 for a tax code without its base or amount.
    """
    draft = dated(books, draft, now)
    draft["Line"] = [_journal_line(books, dict(line)) for line in draft["Line"]]
    number_lines(draft["Line"], before, first=0)
    debits, credited = (_side(draft, kind) for kind in ("Debit", "Credit"))
    if debits != credited:
        raise fault("2300", f"Amount on debits not equal to credits : {debits} and {credited}")
    if not any(line["DetailType"] == "JournalEntryLineDetail" for line in draft["Line"]):
        raise fault("2250", "Missing lines : a journal entry needs debits and credits")
    draft["TotalAmt"] = printed(debits)
    check_still_covers(books, "JournalEntry", draft, before)
    return draft


def check_not_deposited(books: Books, entity: str, before: Document) -> None:
    """Refuse to change what a deposit has taken to the bank (6540)."""
    if books.links.deposit_of((entity, before["Id"])) is not None:
        raise fault("6540")


def undeposited(books: Books, key: Key) -> Decimal:
    """Return what a transaction has put into Undeposited Funds; negative where it has taken money out."""
    funds = books.account_with("AccountSubType", "UndepositedFunds")
    entry = books.ledger.entries.get(key)
    return sum((p.amount for p in entry.postings if p.account_id == funds), ZERO) if entry else ZERO


def _deposit_line(books: Books, line: Document, deposit_id: str) -> Document:
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    line["Amount"] = printed(amount_of(line, "Amount"))
    if line.get("LinkedTxn"):
        _check_linked(books, line, deposit_id)
        linked = [{"TxnLineId": "0", **each} for each in line["LinkedTxn"][:1]]
        return {**{name: value for name, value in line.items() if name != "DetailType"}, "LinkedTxn": linked}
    if line.get("DetailType") != "DepositLineDetail":
        raise missing("Line.DetailType")
    detail = line.get("DepositLineDetail") or {}
    if "AccountRef" not in detail:
        raise missing("DepositLineDetail.AccountRef")
    check_name(books, detail["AccountRef"]["value"], detail.get("Entity"))
    if "Entity" in detail:
        # The one place where QuickBooks answers the kind of a name in capitals.
        detail = {**detail, "Entity": {**detail["Entity"], "type": str(detail["Entity"].get("type", "VENDOR")).upper()}}
    return {**line, "DepositLineDetail": detail}


def _check_linked(books: Books, line: Document, deposit_id: str) -> None:
    linked = line["LinkedTxn"][0]
    key = target_of(linked)
    name = f"{linked['TxnType']} {linked['TxnId']}"
    if key[0] not in DEPOSITABLE:
        raise fault("620", f"Txn ID Cannot Be Linked : a deposit cannot carry a {linked['TxnType']}")
    if books.find(*key) is None:
        raise no_such(name)
    taken = books.links.deposit_of(key)
    if taken not in (None, ("Deposit", deposit_id)):
        raise business_rule(f"{name} is part of another deposit.")
    waiting = undeposited(books, key)
    if not waiting or waiting != line["Amount"]:
        raise _not_waiting(name, waiting, line["Amount"])


def _not_waiting(name: str, waiting: Decimal, amount: Decimal) -> QuickBooksFault:
    return business_rule(f"{name} has {printed(waiting)} in Undeposited Funds; the line deposits {amount}.")


def _check_once(lines: list[Document]) -> None:
    keys = [target_of(line["LinkedTxn"][0]) for line in lines if line.get("LinkedTxn")]
    if len(keys) != len(set(keys)):
        raise business_rule("The same transaction is on two lines of the deposit.")


def _journal_line(books: Books, line: Document) -> Document:
    kind = line.get("DetailType")
    if kind is None:
        raise missing("Line.DetailType")
    if kind == "DescriptionOnly":
        return {name: value for name, value in line.items() if name != "Amount"}
    if kind != "JournalEntryLineDetail":
        raise fault("2120", f"Line.DetailType {kind} is not valid for JournalEntry", element="Line.DetailType")
    detail: Document = line.get(kind) or {}
    if "PostingType" not in detail:
        raise fault("2260", "MissingPostingType : give Debit or Credit", element="PostingType")
    if "AccountRef" not in detail:
        raise missing("JournalEntryLineDetail.AccountRef")
    if "TaxCodeRef" in detail:
        _check_tax(detail)
    check_name(books, detail["AccountRef"]["value"], detail.get("Entity"))
    return {**line, "Amount": positive(line, "Amount")}


def _check_tax(detail: Document) -> None:
    if "TaxApplicableOn" not in detail:
        raise fault("2270", "MissingTaxApplicableOn : TaxCodeRef needs TaxApplicableOn", element="TaxApplicableOn")
    if "TaxAmount" not in detail:
        raise fault("2280", "MissingTaxAmount : TaxCodeRef needs TaxAmount", element="TaxAmount")
    raise fault("5030", reason="tax on journal lines belongs to companies outside the United States")


def _side(draft: Document, posting_type: str) -> Decimal:
    lines = (line for line in draft["Line"] if line["DetailType"] == "JournalEntryLineDetail")
    mine = (line for line in lines if line["JournalEntryLineDetail"]["PostingType"] == posting_type)
    return sum((amount_of(line, "Amount") for line in mine), ZERO)

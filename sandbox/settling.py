"""Applying payments and credits: what may be linked, and how much of it.

A payment's lines name charges (an invoice, a journal entry that debits receivable, a check made out to receivable) and
credits (a credit memo, a journal entry that credits it). Every amount is written positive; which side a document is on
follows from what it did to the party's balance. What the lines charge beyond the credits comes out of TotalAmt, and
what is left of that stays unapplied. Bill payments do the same with bills and vendor credits.
"""

from datetime import datetime
from decimal import Decimal

from sandbox.books import Books
from sandbox.currency import is_foreign
from sandbox.facts import facts
from sandbox.faults import business_rule, fault, missing
from sandbox.ledger import Key
from sandbox.links import PAYS, target_of
from sandbox.money import ZERO, amount_of, printed
from sandbox.transactions import dated, no_such, positive
from sandbox.wire import Document

DROPPED = ("Purchase",)
"""Links that a bill payment loses without an error, as measured."""


def payment(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a customer's payment: where the money goes, and how much of it is applied."""
    customer = books.find("Customer", draft["CustomerRef"]["value"])
    draft = {**dated(books, draft, now, customer), "TotalAmt": positive(draft, "TotalAmt")}
    if "DepositToAccountRef" not in draft:
        funds = books.account_with("AccountSubType", "UndepositedFunds")
        draft["DepositToAccountRef"] = books.reference("Account", funds)
    draft["Line"] = payment_lines(books, "Payment", draft, before)
    draft["UnappliedAmt"] = unapplied(books, "Payment", draft)
    return draft


def bill_payment(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Complete a payment to a vendor; what it pays beyond its lines becomes a credit with the vendor."""
    vendor = books.find("Vendor", draft["VendorRef"]["value"])
    draft = {**dated(books, draft, now, vendor), "TotalAmt": positive(draft, "TotalAmt")}
    means, account = ("CheckPayment", "BankAccountRef")
    if draft["PayType"] == "CreditCard":
        means, account = ("CreditCardPayment", "CCAccountRef")
    if draft["TotalAmt"] and account not in draft.get(means, {}):
        raise missing(f"{means}.{account}")
    draft.pop("CreditCardPayment" if means == "CheckPayment" else "CheckPayment", None)
    draft["Line"] = payment_lines(books, "BillPayment", draft, before)
    return draft


def payment_lines(books: Books, entity: str, draft: Document, before: Document | None) -> list[Document]:
    """Return a payment's lines, each linked to one open document of the same party.

    Raises:
        QuickBooksFault: 2020 for a line without link or amount, 620 for a kind that cannot be linked, 6000 for a
            document that does not exist, belongs to someone else or owes less than the line pays.
    """
    lines = [_line(entity, line) for line in draft.get("Line") or ()]
    kept = [line for line in lines if line["LinkedTxn"][0]["TxnType"] not in DROPPED]
    if entity == "BillPayment" and not kept and draft["TotalAmt"]:
        raise missing("Line")
    settled = {**draft, "Line": kept}
    for line in kept:
        _check_target(books, entity, draft, line["LinkedTxn"][0])
    _check_amounts(books, entity, settled, (entity, before["Id"]) if before else None)
    return kept


def unapplied(books: Books, entity: str, document: Document) -> Decimal:
    """Return what is left of a payment, the credits it uses up counted in."""
    return printed(amount_of(document, "TotalAmt") - applied(books, entity, document))


def applied(books: Books, entity: str, document: Document) -> Decimal:
    """Return how much a payment's lines charge beyond the credits they use up."""
    party = party_of(entity, document)
    lines = document.get("Line") or ()
    return sum((_signed(books, line, party) for line in lines if line.get("LinkedTxn")), ZERO)


def party_of(entity: str, document: Document) -> Key:
    """Return the customer or vendor of a payment."""
    member, kind = PAYS[entity]
    return kind, document[member]["value"]


def is_charge(books: Books, target: Key, party: Key) -> bool:
    """Whether a document makes a customer owe more, or the company owe a vendor more."""
    if target[0] in ("Invoice", "Bill"):
        return True
    owed = books.ledger.owed(target, party)
    return owed > 0 if party[0] == "Customer" else owed < 0


def open_amount(books: Books, target: Key, party: Key, *, without: Key | None = None) -> Decimal:
    """Return what of a document is still to be settled, in its own currency."""
    document = books.find(*target) or {}
    if target[0] in ("Invoice", "Bill", "CreditMemo", "VendorCredit"):
        whole = amount_of(document, "TotalAmt") - amount_of(document, "Deposit")
    else:
        whole = abs(books.ledger.owed(target, party))
    return whole - books.links.settled(target, without=without)


def without_target(books: Books, entity: str, payment: Document, target: Key) -> Document:
    """Return the members of a payment that no longer settles a document.

    Without a charge it may use up more credit than it needs, and without a credit it may charge more than it has: the
    last lines on the other side give way.
    """
    party = party_of(entity, payment)
    lines = [line for line in payment["Line"] if target_of(line["LinkedTxn"][0]) != target]
    available = amount_of(payment, "TotalAmt")
    surplus = sum((_signed(books, line, party) for line in lines), ZERO)
    over = surplus - available if surplus > available else min(surplus, ZERO)
    members: Document = {"Line": _trimmed(books, lines, party, over)}
    if entity == "Payment":
        members["UnappliedAmt"] = unapplied(books, entity, {**payment, **members})
    return members


def _trimmed(books: Books, lines: list[Document], party: Key, over: Decimal) -> list[Document]:
    """Take an excess off the last lines: of charges where it is positive, of credits where it is negative."""
    kept: list[Document] = []
    for line in reversed(lines):
        signed = _signed(books, line, party)
        if over and (signed > 0) == (over > 0):
            cut = min(abs(over), abs(signed))
            over -= cut if over > 0 else -cut
            line = {**line, "Amount": printed(abs(signed) - cut)}
        if line["Amount"]:
            kept.append(line)
    return kept[::-1]


def _signed(books: Books, line: Document, party: Key) -> Decimal:
    amount = amount_of(line, "Amount")
    return amount if is_charge(books, target_of(line["LinkedTxn"][0]), party) else -amount


def _line(entity: str, line: Document) -> Document:
    if not line.get("LinkedTxn"):
        raise missing("LinkedTxn")
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    amount = positive(line, "Amount")
    kind = line["LinkedTxn"][0]["TxnType"]
    if kind not in (*facts().entities[entity].linkable, *DROPPED) or len(line["LinkedTxn"]) > 1:
        detail = f"Txn ID Cannot Be Linked : a {entity} line links one {' or '.join(facts().entities[entity].linkable)}"
        raise fault("620", detail, element="LinkedTxn")
    return {"Amount": amount, "LinkedTxn": line["LinkedTxn"]}


def _check_target(books: Books, entity: str, draft: Document, linked: Document) -> None:
    key = target_of(linked)
    name = f"{linked['TxnType']} {linked['TxnId']}"
    target = books.find(*key)
    if target is None:
        raise no_such(name)
    member, kind = PAYS[entity]
    if member in target and target[member]["value"] != draft[member]["value"]:
        raise business_rule(f"{name} belongs to another {kind.lower()}.")
    if key[0] not in ("Invoice", "Bill") and not books.ledger.owed(key, party_of(entity, draft)):
        raise business_rule(f"{name} has nothing on this {kind.lower()}'s balance to apply.")
    if is_foreign(books, draft) and member not in target:
        raise fault("620", "Txn ID Cannot Be Linked : in another currency only forms of the same name can be linked")


def _check_amounts(books: Books, entity: str, draft: Document, payment: Key | None) -> None:
    party = party_of(entity, draft)
    charged = applied(books, entity, draft)
    if charged > amount_of(draft, "TotalAmt"):
        raise business_rule(f"The lines apply {charged}, more than the payment's TotalAmt.")
    if charged < 0:
        raise business_rule(f"The lines use up {-charged} more of credits than they settle.")
    wanted: dict[Key, Decimal] = {}
    for line in draft["Line"]:
        key = target_of(line["LinkedTxn"][0])
        wanted[key] = wanted.get(key, ZERO) + amount_of(line, "Amount")
    for key, amount in wanted.items():
        owed = open_amount(books, key, party, without=payment)
        if amount > owed:
            name = f"{key[0]} {key[1]}"
            raise business_rule(f"{name} has an open balance of {printed(owed)}; the line applies {amount}.")

"""Applying payments to invoices and bills: what may be linked, and how much of it."""

from decimal import Decimal

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import QuickBooksFault, business_rule, fault, missing
from sandbox.ledger import Key
from sandbox.links import PAYS, applications
from sandbox.money import ZERO, amount_of, printed
from sandbox.wire import Document

DROPPED = ("Purchase",)
"""Links that a bill payment loses without an error, as measured."""
PARTY = {"Payment": "CustomerRef", "BillPayment": "VendorRef"}


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
    payment = (entity, before["Id"]) if before else None
    for line in kept:
        _check_target(books, entity, draft, line["LinkedTxn"][0])
    _check_amounts(books, entity, settled, payment)
    return kept


def check_sources(books: Books, entity: str, draft: Document) -> None:
    """Refuse an invoice or bill made from an estimate, time activity or order that does not exist."""
    for linked in draft.get("LinkedTxn") or ():
        kind, identifier = linked["TxnType"], linked["TxnId"]
        if kind in facts().entities[entity].linkable and (kind not in books.rows or not books.find(kind, identifier)):
            raise _no_such(f"{kind} {identifier}")


def applied(payment: Document) -> Decimal:
    """Return how much of a payment its lines settle."""
    return sum((amount_of(line, "Amount") for line in payment.get("Line", ())), ZERO)


def without_target(entity: str, payment: Document, target: Key) -> Document:
    """Return the members of a payment that no longer settles a document."""
    lines = [line for line in payment["Line"] if target not in _targets(entity, line)]
    members: Document = {"Line": lines}
    if entity == "Payment":
        members["UnappliedAmt"] = printed(amount_of(payment, "TotalAmt") - applied(members))
    return members


def _targets(entity: str, line: Document) -> list[Key]:
    return [part.target for part in applications(entity, {"Line": [line]})]


def _line(entity: str, line: Document) -> Document:
    if not line.get("LinkedTxn"):
        raise missing("LinkedTxn")
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    if amount_of(line, "Amount") < 0:
        raise fault("2290", "NegativeAmount : Line.Amount must be 0 or greater", element="Line.Amount")
    kind = line["LinkedTxn"][0]["TxnType"]
    if kind not in (*facts().entities[entity].linkable, *DROPPED) or len(line["LinkedTxn"]) > 1:
        detail = f"Txn ID Cannot Be Linked : a {entity} line links one {' or '.join(facts().entities[entity].linkable)}"
        raise fault("620", detail, element="LinkedTxn")
    return {"Amount": printed(amount_of(line, "Amount")), "LinkedTxn": line["LinkedTxn"]}


def _check_target(books: Books, entity: str, draft: Document, linked: Document) -> None:
    kind, identifier = linked["TxnType"], linked["TxnId"]
    target = books.find(kind, identifier) if kind == PAYS[entity] else None
    if target is None:
        raise _no_such(f"{kind} {identifier}")
    party = PARTY[entity]
    if target[party]["value"] != draft[party]["value"]:
        raise business_rule(f"{kind} {identifier} belongs to another {party.removesuffix('Ref').lower()}.")


def _no_such(name: str) -> QuickBooksFault:
    return business_rule(f"The entity {name} that you are trying to link does not exist. {name}")


def _check_amounts(books: Books, entity: str, draft: Document, payment: Key | None) -> None:
    if applied(draft) > amount_of(draft, "TotalAmt"):
        raise business_rule(f"The lines apply {applied(draft)}, more than the payment's TotalAmt.")
    wanted: dict[Key, Decimal] = {}
    for part in applications(entity, draft):
        wanted[part.target] = wanted.get(part.target, ZERO) + part.amount
    for target, amount in wanted.items():
        document = books.find(*target) or {}
        total = amount_of(document, "TotalAmt") - amount_of(document, "Deposit")
        owed = total - books.links.settled(target, without=payment)
        if amount > owed:
            name = f"{target[0]} {target[1]}"
            raise business_rule(f"{name} has an open balance of {printed(owed)}; the line applies {amount}.")

"""Which transaction settles, deposits or bills which other.

A Payment settles invoices and uses up credit memos; a BillPayment does the same on the purchasing side. A Deposit
carries payments and receipts from Undeposited Funds to the bank. An Invoice bills an estimate or time, a Bill an
order. All are read from the documents' `LinkedTxn`, and kept here in both directions.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sandbox.ledger import Key, in_order
from sandbox.money import ZERO, amount_of
from sandbox.wire import Document

PAYS = {"Payment": ("CustomerRef", "Customer"), "BillPayment": ("VendorRef", "Vendor")}
"""Settling entities with the member and the entity of the party that settles."""
BILLS = {
    "Invoice": ("Estimate", "TimeActivity", "ReimburseCharge"),
    "SalesReceipt": ("Estimate", "TimeActivity", "ReimburseCharge"),
    "Bill": ("PurchaseOrder",),
    "Purchase": ("PurchaseOrder",),
}
"""What the LinkedTxn of a whole document may name, by entity; those of its lines settle or deposit."""
ENTITY_OF = {
    "BillPaymentCheck": "BillPayment",
    "BillPaymentCreditCard": "BillPayment",
    "Check": "Purchase",
    "Expense": "Purchase",
    "CashPurchase": "Purchase",
    "CreditCardCredit": "Purchase",
    "CreditCardExpense": "Purchase",
}
"""Transaction types that are spelled otherwise than their entity."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """A part of one transaction applied to another, in the currency of both."""

    target: Key
    amount: Decimal


def applications(entity: str, document: Document) -> tuple[Application, ...]:
    """Read what a transaction is applied to; a line is applied to the one document it links."""
    if entity in BILLS:
        return tuple(Application(target=target_of(linked), amount=ZERO) for linked in billed(entity, document))
    if entity not in PAYS and entity != "Deposit":
        return ()
    return tuple(
        Application(target=target_of(linked), amount=amount_of(line, "Amount"))
        for line in document.get("Line", ())
        for linked in line.get("LinkedTxn", ())[:1]
    )


def billed(entity: str, document: Document) -> Iterator[Document]:
    """Yield the links of a document that say what it bills; what settles it is the server's to say."""
    allowed = BILLS.get(entity, ())
    yield from (linked for linked in document.get("LinkedTxn") or () if linked["TxnType"] in allowed)


def target_of(linked: Document) -> Key:
    """Return the key of what a LinkedTxn names."""
    kind = str(linked["TxnType"])
    return ENTITY_OF.get(kind, kind), str(linked["TxnId"])


def linked_type(entity: str, document: Document) -> str:
    """Name a transaction the way the LinkedTxn of another does."""
    if entity == "BillPayment":
        return "BillPaymentCheck" if document.get("PayType") == "Check" else "BillPaymentCreditCard"
    if entity == "Purchase":
        card = "CreditCardCredit" if document.get("Credit") else "CreditCardExpense"
        return {"Check": "Check", "CreditCard": card}.get(str(document.get("PaymentType")), "Expense")
    return entity


class Links:
    """Both directions of every application in one company."""

    def __init__(self) -> None:
        self._by_source: dict[Key, tuple[Application, ...]] = {}
        self._by_target: defaultdict[Key, dict[Key, Decimal]] = defaultdict(dict)

    def replace(self, source: Key, now: tuple[Application, ...]) -> set[Key]:
        """Set what a transaction is applied to; answers the documents for which that changed anything."""
        before = self._totals(self._by_source.pop(source, ()))
        after = self._totals(now)
        for target in before:
            del self._by_target[target][source]
            if not self._by_target[target]:
                del self._by_target[target]
        for target, amount in after.items():
            self._by_target[target][source] = amount
        if now:
            self._by_source[source] = now
        return {target for target in before.keys() | after.keys() if before.get(target) != after.get(target)}

    def applied_by(self, source: Key) -> dict[Key, Decimal]:
        """Return what a transaction is applied to, with the amounts."""
        return self._totals(self._by_source.get(source, ()))

    def sources_of(self, target: Key) -> list[Key]:
        """Return everything applied to a document, oldest first."""
        return sorted(self._by_target.get(target, ()), key=in_order)

    def payments_of(self, target: Key) -> dict[Key, Decimal]:
        """Return the payments that settle a document, oldest first, with their amounts."""
        amounts = self._by_target.get(target, {})
        return {source: amounts[source] for source in self.sources_of(target) if source[0] in PAYS}

    def deposit_of(self, target: Key) -> Key | None:
        """Return the deposit a transaction's money was taken to the bank with."""
        return next((source for source in self._by_target.get(target, ()) if source[0] == "Deposit"), None)

    def settled(self, target: Key, *, without: Key | None = None) -> Decimal:
        """Return how much of a document is settled, leaving one payment out if asked."""
        amounts = self._by_target.get(target, {})
        parts = (amount for source, amount in amounts.items() if source[0] in PAYS and source != without)
        return sum(parts, ZERO)

    @staticmethod
    def _totals(parts: tuple[Application, ...]) -> dict[Key, Decimal]:
        totals: dict[Key, Decimal] = {}
        for part in parts:
            totals[part.target] = totals.get(part.target, ZERO) + part.amount
        return totals

"""Which payment settles how much of which invoice or bill."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sandbox.ledger import Key
from sandbox.money import ZERO, amount_of
from sandbox.wire import Document

PAYS = {"Payment": "Invoice", "BillPayment": "Bill"}
"""Paying entity to the entity it settles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """A part of one payment applied to one document."""

    target: Key
    amount: Decimal


def applications(entity: str, document: Document) -> tuple[Application, ...]:
    """Read what a payment settles from its lines; a line settles the one document it links."""
    settled = PAYS.get(entity)
    if settled is None:
        return ()
    return tuple(
        Application(target=(settled, linked["TxnId"]), amount=amount_of(line, "Amount"))
        for line in document.get("Line", ())
        for linked in line.get("LinkedTxn", ())[:1]
        if linked["TxnType"] == settled
    )


def linked_type(entity: str, document: Document) -> str:
    """Name a payment the way the settled document's LinkedTxn does."""
    if entity == "BillPayment":
        return "BillPaymentCheck" if document.get("PayType") == "Check" else "BillPaymentCreditCard"
    return entity


class Links:
    """Both directions of every application in one company."""

    def __init__(self) -> None:
        self._by_payment: dict[Key, tuple[Application, ...]] = {}
        self._by_target: defaultdict[Key, dict[Key, Decimal]] = defaultdict(dict)

    def replace(self, payment: Key, now: tuple[Application, ...]) -> set[Key]:
        """Set what a payment settles; answers the documents whose settlement changed."""
        before = self._totals(self._by_payment.pop(payment, ()))
        after = self._totals(now)
        for target in before:
            del self._by_target[target][payment]
        for target, amount in after.items():
            self._by_target[target][payment] = amount
        if now:
            self._by_payment[payment] = now
        return {target for target in before.keys() | after.keys() if before.get(target) != after.get(target)}

    def payments_of(self, target: Key) -> dict[Key, Decimal]:
        """Return the payments that settle a document, with their amounts."""
        return dict(self._by_target.get(target, {}))

    def settled(self, target: Key, *, without: Key | None = None) -> Decimal:
        """Return how much of a document is settled, leaving one payment out if asked."""
        return sum((amount for payment, amount in self.payments_of(target).items() if payment != without), ZERO)

    @staticmethod
    def _totals(parts: tuple[Application, ...]) -> dict[Key, Decimal]:
        totals: dict[Key, Decimal] = {}
        for part in parts:
            totals[part.target] = totals.get(part.target, ZERO) + part.amount
        return totals

"""What a voided transaction looks like."""

from typing import Any

from sandbox.facts import Entity
from sandbox.faults import fault
from sandbox.links import PAYS
from sandbox.money import ZERO
from sandbox.wire import Document

NOTE = "Voided"
ZEROED = ("Amount", "Qty", "Quantity", "TotalTax", "NetAmountTaxable", "TaxInclusiveAmt")


def voided(entity: Entity, before: Document) -> Document | None:
    """Return a transaction with amounts and quantities at zero and its links gone; None if it is void already.

    A payment keeps its record without lines, a bill payment likewise; an invoice keeps its lines at zero.

    Raises:
        QuickBooksFault: 500, QuickBooks cannot void this kind of transaction.
    """
    if "void" not in entity.operations:
        raise fault("500", what=f"void on {entity.name}")
    note = str(before.get("PrivateNote", ""))
    if note.startswith(NOTE):
        return None
    zeroed: Document = _zeroed(before)
    note = f"{NOTE} - {note}" if note else NOTE
    members: Document = {"TotalAmt": ZERO, "PrivateNote": note[:4000]}
    if entity.name in PAYS:
        members["Line"] = []
    if "LinkedTxn" in before:
        members["LinkedTxn"] = []
    for name in ("Balance", "Deposit", "UnappliedAmt", "HomeTotalAmt", "HomeBalance"):
        if name in before:
            members[name] = ZERO
    return {**zeroed, **members}


def _zeroed(value: Any) -> Any:
    if isinstance(value, list):
        return [_zeroed(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: ZERO if name in ZEROED else _zeroed(each) for name, each in value.items()}

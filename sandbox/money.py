"""Amounts, exact to the cent."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """Round half up to the cent, as QuickBooks rounds Qty times UnitPrice."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def amount_of(document: dict[str, Any], member: str) -> Decimal:
    """Read an amount; an absent one is zero."""
    value = document.get(member)
    return ZERO if value is None else Decimal(value)


def printed(amount: Decimal) -> Decimal:
    """Return the amount as QuickBooks prints it: two decimals, but a bare 0."""
    return cents(amount) if amount else ZERO

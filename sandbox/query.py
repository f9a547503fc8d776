"""The shape of a query, as the parser leaves it."""

from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "<", ">", "<=", ">=", "IN", "LIKE"]

DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
"""Rows an answer has by default and at most (QuickBooks query reference)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One comparison; IN brings several values, every other operator one."""

    field: str
    operator: Operator
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One sort key."""

    field: str
    descending: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A parsed SELECT; names are as written, nothing has been looked up yet."""

    entity: str
    fields: tuple[str, ...] = ()
    """Empty for `*`."""
    counts: bool = False
    where: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    start: int = 1
    limit: int = DEFAULT_PAGE

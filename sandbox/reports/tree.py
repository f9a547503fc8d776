"""Rows that nest as their names do: sub-accounts under accounts, jobs under customers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.money import ZERO
from sandbox.reports.layout import Row, amounts, cell, data_row, section, sparse_amounts

Values = Sequence[Decimal]
UNNAMED = "Not Specified"
"""The row of what carries no name, known by an empty id; it stands last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """One name that a row can stand for."""

    id: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """What a tree comes to: its rows with the sum of all of them."""

    rows: list[Row]
    total: tuple[Decimal, ...]


def added(many: Iterable[Values], width: int) -> tuple[Decimal, ...]:
    """Add rows of amounts column by column."""
    sums = [ZERO] * width
    for values in many:
        for column, value in enumerate(values):
            sums[column] += value
    return tuple(sums)


class Tree:
    """Lays out amounts by name; a name below another one stands in its section.

    A parent's own amounts are in its section's header and its summary is the sum with everything below, as recorded.
    """

    def __init__(self, names: Mapping[str, Name], *, width: int, has_type: bool = True, descends: bool = False) -> None:
        self._names = names
        self._width = width
        self._has_type = has_type
        self._descends = descends

    def branch(self, found: Mapping[str, Values]) -> Branch:
        """Return the rows of the names that have amounts, with their total."""
        below: defaultdict[str | None, set[str]] = defaultdict(set)
        for identifier in found:
            self._place(identifier, below)
        return self._below(None, found, below)

    def _place(self, identifier: str, below: dict[str | None, set[str]]) -> None:
        known = self._names.get(identifier)
        parent = known.parent if known is not None and known.parent in self._names else None
        if identifier in below[parent]:
            return
        below[parent].add(identifier)
        if parent is not None:
            self._place(parent, below)

    def _below(self, parent: str | None, found: Mapping[str, Values], below: dict[str | None, set[str]]) -> Branch:
        rows: list[Row] = []
        totals: list[Values] = []
        for identifier in sorted(below[parent], key=self._order, reverse=self._descends):
            row, total = self._row(identifier, found, below)
            rows.append(row)
            totals.append(total)
        return Branch(rows=rows, total=added(totals, self._width))

    def _row(
        self, identifier: str, found: Mapping[str, Values], below: dict[str | None, set[str]]
    ) -> tuple[Row, Values]:
        own = found.get(identifier, (ZERO,) * self._width)
        label = cell(self._label(identifier), identifier or None)
        if not below.get(identifier):
            return data_row([label, *sparse_amounts(own)], has_type=self._has_type), own
        inner = self._below(identifier, found, below)
        total = added([own, inner.total], self._width)
        header = [label, *([cell("")] if self._width == 1 and not own[0] else sparse_amounts(own))]
        summary = [cell(f"Total {self._label(identifier)}"), *amounts(total)]
        return section(header=header, rows=inner.rows, summary=summary), total

    def _label(self, identifier: str) -> str:
        known = self._names.get(identifier)
        return known.name if known is not None else identifier or UNNAMED

    def _order(self, identifier: str) -> tuple[bool, str, str]:
        return (not identifier) is not self._descends, self._label(identifier).casefold(), identifier

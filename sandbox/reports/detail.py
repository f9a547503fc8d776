"""The rows of detail reports: postings, shown column by column."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from sandbox.reports.cell_limit import MOST_CELLS
from sandbox.reports.detail_columns import AMOUNT, BALANCE, CREDIT, DEBIT, OPEN, Desk, Line, fill_of
from sandbox.reports.layout import Column, cell, money
from sandbox.reports.parameters import Asked
from sandbox.reports.report_facts import ColumnFacts, report_table
from sandbox.reports.sources import Account
from sandbox.wire import Document

__all__ = ["AMOUNT", "BALANCE", "CREDIT", "DEBIT", "OPEN", "Detail", "Line"]


Shown = TypeVar("Shown")


class Detail:
    """Writes lines as cells, in the columns asked for or the report's own."""

    def __init__(self, asked: Asked, accounts: dict[str, Account]) -> None:
        self.asked = asked
        self.accounts = accounts
        self._desk = Desk(books=asked.books, accounts=accounts, is_modern=asked.is_modern)
        known = report_table().columns
        wanted = [key.strip() for key in asked.given.get("columns", "").split(",")]
        # Recorded clients get their columns in the order they name them; unknown keys are left out.
        self.keys = [key for key in wanted if key in known] or list(asked.report.default_columns)
        self._room = MOST_CELLS // len(self.keys)
        self._columns = [known[key] for key in self.keys]
        self._fills = [fill_of(column.fill) for column in self._columns]

    def columns(self) -> tuple[Column, ...]:
        """Return the columns; their type is their key, or a plain type from the service of 2026.

        Vendor samples show the key as the type, recent answers a plain type with the key in the metadata: the key is
        in the metadata of both.
        """
        return tuple(
            Column(title=column.title, type=_plain(column) if self.asked.is_modern else key, key=key)
            for key, column in zip(self.keys, self._columns, strict=True)
        )

    def fitting(self, lines: Sequence[Shown]) -> Sequence[Shown]:
        """Return the rows that the report still has room for and one more, so that `cell_limit` sees it is too large.

        Rows that will be cut off are never written: a decade of a large company would take seconds.
        """
        shown = lines[: self._room + 1]
        self._room -= len(shown)
        return shown if self._room >= -1 else ()

    def cells(self, line: Line) -> list[Document]:
        """Return the cells of one line."""
        return [fill(self._desk, line) for fill in self._fills]

    def summary(self, label: str, sums: dict[str, Decimal], identifier: str | None = None) -> list[Document]:
        """Return a total's cells: the label first, sums under the columns they belong to (by the column's content)."""
        cells = [cell(money(sums[each.fill]) if each.fill in sums else "") for each in self._columns]
        cells[0] = cell(label, identifier)
        return cells

    def has(self, *contents: str) -> bool:
        """Whether a column with one of these contents is shown."""
        return any(column.fill in contents for column in self._columns)

    def key_of(self, line: Line, sort_by: str) -> str:
        """Return what a line is ordered by; amounts sort as text of equal width."""
        column = report_table().columns.get(sort_by)
        if column is None:
            return ""
        if column.fill == AMOUNT:
            return f"{line.amount + 10**15:030.2f}"
        return str(fill_of(column.fill)(self._desk, line)["value"]).casefold()


def _plain(column: ColumnFacts) -> str:
    return column.type if column.type in ("Date", "Money", "Boolean") else "String"

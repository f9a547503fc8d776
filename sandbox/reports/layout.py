"""The pieces every report is laid out with: columns, cells, rows, sections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.money import cents
from sandbox.wire import Document

Row = Document
"""A row as JSON: a Section with Header, Rows and Summary, or cells under ColData."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a report; a key goes into its metadata."""

    title: str
    type: str
    key: str = ""
    start: date | None = None
    end: date | None = None
    id: str = ""
    columns: tuple["Column", ...] = ()

    def document(self) -> Document:
        """Return the column as JSON."""
        members: Document = {"ColTitle": self.title, "ColType": self.type}
        pairs = {
            "StartDate": self.start.isoformat() if self.start else "",
            "EndDate": self.end.isoformat() if self.end else "",
            "ID": self.id,
            "ColKey": self.key,
        }
        metadata = [{"Name": name, "Value": value} for name, value in pairs.items() if value]
        if metadata:
            members["MetaData"] = metadata
        if self.columns:
            members["Columns"] = {"Column": [column.document() for column in self.columns]}
        return members


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A report's body, before its header is written."""

    columns: tuple[Column, ...]
    rows: list[Row]
    is_empty: bool = False
    """Whether the header's option NoReportData is true."""


def cell(value: str, identifier: str | None = None) -> Document:
    """Return one cell; an id links it to an object."""
    return {"value": value} if identifier is None else {"value": value, "id": identifier}


def data_row(cells: list[Document], *, group: str | None = None, has_type: bool = True) -> Row:
    """Return a row of cells; summary and aging reports leave the type out, as recorded."""
    row: Row = {"ColData": cells}
    if has_type:
        row["type"] = "Data"
    if group is not None:
        row["group"] = group
    return row


def section(
    *,
    header: list[Document] | None = None,
    rows: list[Row] | None = None,
    summary: list[Document] | None = None,
    group: str | None = None,
) -> Row:
    """Return a section; computed ones carry only a summary."""
    row: Row = {}
    if header is not None:
        row["Header"] = {"ColData": header}
    if rows is not None:
        row["Rows"] = {"Row": rows} if rows else {}
    if summary is not None:
        row["Summary"] = {"ColData": summary}
    row["type"] = "Section"
    if group is not None:
        row["group"] = group
    return row


def money(amount: Decimal) -> str:
    """Write an amount as reports do: a string with two decimals and no thousands mark."""
    text = f"{cents(amount):.2f}"
    return text if text != "-0.00" else "0.00"


def amounts(values: Iterable[Decimal]) -> list[Document]:
    """Return the cells of a total, where zero is written out."""
    return [cell(money(value)) for value in values]


def sparse_amounts(values: Sequence[Decimal]) -> list[Document]:
    """Return the cells of one name's amounts: among several columns, zero is left blank."""
    if len(values) == 1:
        return amounts(values)
    return [cell(money(value) if value else "") for value in values]


def blanks(count: int) -> list[Document]:
    """Return empty cells."""
    return [cell("") for _ in range(count)]


def grand_total(values: Iterable[Decimal], label: str = "TOTAL") -> Row:
    """Return the section that closes a list."""
    return section(summary=[cell(label), *amounts(values)], group="GrandTotal")

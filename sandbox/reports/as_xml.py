"""A report as XML, which QuickBooks sends unless JSON is asked for.

Cells are attributes of ColData, rows carry type and group as attributes. Source: the Report types of the vendor's
schema files; no XML answer was recorded.
"""

from xml.sax.saxutils import escape, quoteattr

from sandbox.wire import Document
from sandbox.wire_xml import NAMESPACE

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def report_xml(report: Document) -> bytes:
    """Write a whole report."""
    columns = "".join(_column(column) for column in report["Columns"]["Column"])
    inner = f"<Header>{_members(report['Header'])}</Header><Columns>{columns}</Columns>{_rows(report['Rows'])}"
    return f'{_HEAD}<Report xmlns="{NAMESPACE}">{inner}</Report>'.encode()


def _members(document: Document) -> str:
    pairs = [
        (name, each) for name, value in document.items() for each in (value if isinstance(value, list) else [value])
    ]
    return "".join(
        f"<{name}>{_members(each) if isinstance(each, dict) else escape(str(each))}</{name}>" for name, each in pairs
    )


def _column(column: Document) -> str:
    inner = _members({name: value for name, value in column.items() if name != "Columns"})
    nested = "".join(_column(each) for each in column.get("Columns", {}).get("Column", ()))
    return f"<Column>{inner}{f'<Columns>{nested}</Columns>' if nested else ''}</Column>"


def _rows(rows: Document) -> str:
    return f"<Rows>{''.join(_row(row) for row in rows.get('Row', ()))}</Rows>"


def _row(row: Document) -> str:
    attributes = "".join(f" {name}={quoteattr(row[name])}" for name in ("type", "group") if name in row)
    parts = [_cells(row.get("ColData", ()))]
    if "Header" in row:
        parts.append(f"<Header>{_cells(row['Header']['ColData'])}</Header>")
    if "Rows" in row:
        parts.append(_rows(row["Rows"]))
    if "Summary" in row:
        parts.append(f"<Summary>{_cells(row['Summary']['ColData'])}</Summary>")
    return f"<Row{attributes}>{''.join(parts)}</Row>"


def _cells(cells: list[Document]) -> str:
    return "".join(
        "<ColData" + "".join(f" {name}={quoteattr(str(value))}" for name, value in each.items()) + "/>"
        for each in cells
    )

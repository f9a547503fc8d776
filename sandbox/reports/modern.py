"""The differences of the reporting service of 2026, asked for with `testing_migration`.

Announced for 29 reports: amounts without a value are empty instead of zero, titles are in title case, both ends of the
period are always given. The builders see to the rest: a blank split account, repeated columns in the journal, a cap on
day columns. Rows keep their order here, although the service promises none.
"""

from sandbox.reports.layout import Row
from sandbox.wire import Document

HEADER = "v3modernResponse"
NOTHING = ("0.00",)
TITLES = {
    "ASSETS": "Assets",
    "TOTAL ASSETS": "Total Assets",
    "LIABILITIES AND EQUITY": "Liabilities and Equity",
    "TOTAL LIABILITIES AND EQUITY": "Total Liabilities and Equity",
    "Other current assets": "Other Current Assets",
    "Total Other current assets": "Total Other Current Assets",
    "OPERATING ACTIVITIES": "Operating Activities",
    "INVESTING ACTIVITIES": "Investing Activities",
    "FINANCING ACTIVITIES": "Financing Activities",
    "TOTAL": "Total",
}


def modernized(rows: list[Row]) -> list[Row]:
    """Return rows as the newer service writes them."""
    return [_row(row) for row in rows]


def _row(row: Row) -> Row:
    changed = dict(row)
    for member in ("Header", "Summary"):
        if member in row:
            changed[member] = {"ColData": _cells(row[member]["ColData"])}
    if "ColData" in row:
        changed["ColData"] = _cells(row["ColData"])
    if row.get("Rows"):
        changed["Rows"] = {"Row": modernized(row["Rows"]["Row"])}
    return changed


def _cells(cells: list[Document]) -> list[Document]:
    label, *rest = cells
    titled = label if "id" in label else {**label, "value": TITLES.get(label["value"], label["value"])}
    return [titled, *({**each, "value": ""} if each["value"] in NOTHING else each for each in rest)]

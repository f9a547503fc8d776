"""The limit on the size of a report: after 400,000 cells it ends with a sentence instead of an error.

Source: several public clients look for the sentence; that the number is 400,000 is often quoted and not documented.
"""

from sandbox.reports.layout import Row, cell, data_row

MOST_CELLS = 400_000
NOTICE = "Unable to display more data. Please reduce the date range."


def limited(rows: list[Row], most: int = MOST_CELLS) -> list[Row]:
    """Return the rows that fit, with the sentence in place of the rest."""
    kept, left = _taken(rows, most)
    return kept if left >= 0 else [*kept, data_row([cell(NOTICE)], has_type=False)]


def _taken(rows: list[Row], left: int) -> tuple[list[Row], int]:
    """Return the rows that fit and the cells left over; a section that does not fit is cut and has no summary."""
    kept: list[Row] = []
    for row in rows:
        left -= sum(len(row[member]["ColData"]) for member in ("Header", "Summary") if member in row)
        left -= len(row.get("ColData", ()))
        if left < 0:
            return kept, left
        if row.get("Rows"):
            inner, left = _taken(row["Rows"]["Row"], left)
            if left < 0:
                cut = {name: value for name, value in row.items() if name != "Summary"}
                return [*kept, {**cut, "Rows": {"Row": inner} if inner else {}}], left
        kept.append(row)
    return kept, left

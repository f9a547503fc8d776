"""What is known of QuickBooks' reports, read once from `facts/reports.json`."""

from functools import cache

import msgspec

from sandbox.facts import FACTS


class ColumnFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One column a list or detail report can show, by its key."""

    title: str
    type: str
    """Date, String, Money, Quantity, Rate or Boolean."""
    fill: str
    """The key of the column with the same content: several keys name the same amount."""


class ReportFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One report: what it takes, which days it covers, what it shows."""

    title: str
    dates: str
    """period, period_end, as_of or none."""
    shape: str
    default_macro: str
    default_macro_recorded: bool
    """Whether a real answer without dates showed this range."""
    parameters: dict[str, str]
    default_columns: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    is_modernized: bool = False
    """Whether the reporting service of 2026 answers this report."""
    names_standard: bool = False
    """Whether the header names the accounting standard."""
    countries: tuple[str, ...] = ()
    """Where the report exists; empty is everywhere."""
    excluded_countries: tuple[str, ...] = ()
    evidence: str = ""
    name: str = ""


class ReportTable(msgspec.Struct, frozen=True, kw_only=True):
    """The whole table. Source: the `source` member of the file itself."""

    source: str
    enums: dict[str, tuple[str, ...]]
    columns: dict[str, ColumnFacts]
    reports: dict[str, ReportFacts]


@cache
def report_table() -> ReportTable:
    """Return the facts; the file is read once a process."""
    table = msgspec.json.decode((FACTS / "reports.json").read_bytes(), type=ReportTable)
    named = {name: msgspec.structs.replace(report, name=name) for name, report in table.reports.items()}
    return msgspec.structs.replace(table, reports=named)

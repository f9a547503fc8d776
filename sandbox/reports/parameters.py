"""Reading what a client asks of a report.

Parameters that a report does not know are ignored, as are columns: QuickBooks was measured to answer a range sent to a
point-in-time report as of today, without an error. A value of the wrong form is refused; the codes are the listed ones,
since no recorded answer shows which one QuickBooks gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sandbox.books import Books
from sandbox.faults import QuickBooksFault, fault
from sandbox.reports import sources
from sandbox.reports.periods import Period, period_of
from sandbox.reports.report_facts import ReportFacts, report_table

OPT_IN = ("testing_migration", "_testing_migration")
"""Only presence counts; two spellings are in use."""
NO_ACCESS = "Permission Denied Error : You do not have the access rights to use this feature."
"""What QuickBooks answers for a report it does not have, with the element ReportName (captured 2020)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One question to one company, checked and with every default filled in."""

    books: Books
    report: ReportFacts
    given: dict[str, str]
    """The parameters this report knows, by lower-case name."""
    period: Period
    basis: str
    today: date
    is_modern: bool = False
    """Whether the reporting service of 2026 is to answer."""

    @property
    def is_cash(self) -> bool:
        """Whether income and expenses count when they are paid."""
        return self.basis == "Cash"

    @property
    def end(self) -> date:
        """The last day, where a range without an end reaches as far as the books do."""
        return self.period.end or sources.last_day(self.books, self.today)

    @property
    def descends(self) -> bool:
        """Whether rows are asked for in falling order."""
        return self.given.get("sort_order", "").lower() == "descend"

    def ids(self, name: str) -> frozenset[str] | None:
        """Return a filter's ids, or None if it was not sent."""
        values = [value.strip() for value in self.given.get(name, "").split(",")]
        return frozenset(value for value in values if value) or None

    def number(self, name: str, default: int) -> int:
        """Return a whole number."""
        return int(self.given.get(name) or default)

    def day(self, name: str) -> date | None:
        """Return a day, or None if it was not sent."""
        text = self.given.get(name)
        return date.fromisoformat(text) if text else None

    def other_range(self, name: str) -> Period | None:
        """Return a range besides the report's own, such as "moddate"; None if it was not sent."""
        start, end, macro = self.day(f"start_{name}"), self.day(f"end_{name}"), self.given.get(f"{name}_macro")
        if start is None and end is None:
            return period_of(macro, self.today, sources.fiscal_month(self.books)) if macro else None
        return Period(start=start, end=end)


def find_report(books: Books, name: str) -> ReportFacts:
    """Return the facts of a report by its exact name.

    Raises:
        QuickBooksFault: 5020, there is no such report, or not in the company's country.
    """
    report = report_table().reports.get(name)
    country = sources.country_of(books)
    if report is None or country in report.excluded_countries or country not in (report.countries or (country,)):
        raise fault("5020", NO_ACCESS, element="ReportName")
    return report


def parse(books: Books, report: ReportFacts, query: Mapping[str, str], today: date) -> Asked:
    """Check a query string against what the report takes.

    Raises:
        QuickBooksFault: 2060 for a day that is none, 2190 for a range that ends before it begins, 2170 for a value
            outside its list, 2090 for a number that is none.
    """
    known = {name.lower(): kind for name, kind in report.parameters.items()}
    given = {name.lower(): value for name, value in query.items() if name.lower() in known and value != ""}
    for name, value in given.items():
        _check(name, known[name], value)
    basis = given.get("accounting_method", "").capitalize() or sources.preferred_basis(books)
    return Asked(
        books=books,
        report=report,
        given=given,
        period=_period(books, report, given, today),
        basis=basis if "accounting_method" in known else "Accrual",
        today=today,
        is_modern=report.is_modernized and any(name in query for name in OPT_IN),
    )


def _period(books: Books, report: ReportFacts, given: Mapping[str, str], today: date) -> Period:
    """Choose the days: explicit ones, else the macro, else the report's own default.

    A range needs both ends: a balance sheet asked with one of them was measured to fall back to its default macro.
    """
    month = sources.fiscal_month(books)
    if report.dates == "as_of" and "report_date" in given:
        return Period(start=None, end=date.fromisoformat(given["report_date"]))
    if report.dates != "as_of" and "start_date" in given and "end_date" in given:
        return _range(given["start_date"], given["end_date"])
    return period_of(given.get("date_macro", report.default_macro), today, month)


def _range(start: str, end: str) -> Period:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if first > last:
        raise fault("2190", f"Invalid Date Range : start_date {first} is after end_date {last}", element="start_date")
    return Period(start=first, end=last)


def _check(name: str, kind: str, value: str) -> None:
    if kind == "date" and not _is_day(value):
        raise _refused("2060", "Invalid Date Format", name, value, "a day as YYYY-MM-DD")
    if kind == "integer" and not (value.isascii() and value.isdigit() and 0 < int(value) < 10_000):
        raise _refused("2090", "Invalid Number", name, value, "a whole number above 0")
    if kind == "id list" and not all(part.strip().isalnum() for part in value.split(",") if part.strip()):
        raise _refused("2030", "Invalid ID", name, value, "ids, separated by commas")
    if kind.startswith("enum:"):
        choices = report_table().enums[kind.removeprefix("enum:")]
        for part in value.split(",") if name in _LISTS else [value]:
            if part.strip().lower() not in {choice.lower() for choice in choices}:
                raise _refused("2170", "Invalid Enumeration", name, part, f"one of {', '.join(choices)}")


def _is_day(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _refused(code: str, title: str, name: str, value: str, expected: str) -> QuickBooksFault:
    return fault(code, f"{title} : {name} must be {expected}. Supplied value: {value[:100]}", element=name)


_LISTS = ("transaction_type", "account_type", "source_account_type", "payment_method")

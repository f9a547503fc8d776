"""The named date ranges of reports."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
TO_DATE = "-to-date"
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """The days a report covers, both ends in it; None is an open end."""

    start: date | None
    end: date | None
    macro: str | None = None
    """The named range that was applied, in lower case as the header shows it."""

    def holds(self, text: str) -> bool:
        """Whether a day or instant, as JSON writes it, is in the period; no day at all is not."""
        if not text:
            return False
        day = date.fromisoformat(text[:10])
        return (self.start is None or day >= self.start) and (self.end is None or day <= self.end)


def period_of(macro: str, today: date, fiscal_month: int) -> Period:
    """Return the days a named range covers.

    "Last ...-to-date" is the part of the last period that has passed of this one: on 2016-03-09 the last calendar
    year-to-date is 2015-01-01 to 2015-03-09, as recorded. Weeks begin on Sunday.

    Args:
        macro: a name of the `date_macro` list, in any case.
        fiscal_month: the month the fiscal year begins with, 1 to 12.
    """
    name = macro.lower()
    if name == "all":
        return Period(start=None, end=None, macro=name)
    if name in ("today", "yesterday"):
        day = today if name == "today" else today - DAY
        return Period(start=day, end=day, macro=name)
    first, last = _bounds(name.removesuffix(TO_DATE), today, fiscal_month, elapsed=name.endswith(TO_DATE))
    return Period(start=first, end=last, macro=name)


def months_after(day: date, months: int) -> date:
    """Return the same day some months on, or the last day of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def week_start(day: date) -> date:
    """Return the Sunday on or before a day."""
    return day - DAY * ((day.weekday() + 1) % 7)


def unit_start(unit: str, day: date, fiscal_month: int = 1) -> date:
    """Return the first day of the month, quarter or year around a day; the fiscal month moves quarters and years."""
    months = MONTHS[unit]
    since = (day.month - (fiscal_month if unit != "month" else day.month)) % 12 % months
    return months_after(day.replace(day=1), -since)


def fiscal_year_start(day: date, fiscal_month: int) -> date:
    """Return the first day of the fiscal year around a day."""
    return unit_start("year", day, fiscal_month)


def _bounds(name: str, today: date, fiscal_month: int, *, elapsed: bool) -> tuple[date, date]:
    which, _, unit = name.partition(" ")
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit in ("week", "4 weeks"):
        first = week_start(today) + timedelta(weeks=step)
        return first, _end(
            first + timedelta(weeks=4 if unit == "4 weeks" else 1), today + timedelta(weeks=step), elapsed
        )
    kind, _, plain = unit.rpartition(" ")
    months = MONTHS[plain]
    began = unit_start(plain, today, fiscal_month if kind == "fiscal" else 1)
    first = months_after(began, step * months)
    return first, _end(months_after(first, months), months_after(today, step * months), elapsed)


def _end(after: date, same_day: date, elapsed: bool) -> date:
    return same_day if elapsed else after - DAY

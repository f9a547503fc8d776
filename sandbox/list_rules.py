"""The special rules of the name lists: classes, departments, terms, employees, currencies, agencies."""

from collections.abc import Callable
from datetime import datetime

from sandbox import names
from sandbox.attachments import check_attachable
from sandbox.books import Books
from sandbox.budgets import check_budget
from sandbox.currencies import name_currency
from sandbox.faults import fault, missing
from sandbox.timesheets import check_time
from sandbox.wire import Document

Rule = Callable[[Books, Document, Document | None, datetime], Document]
SHOWN_DIGITS = 4
"""Digits of a tax number that stay readable."""


def masked(number: str) -> str:
    """Hide a tax or social security number but for its last four characters, as QuickBooks answers it."""
    hidden = "".join("X" if character.isalnum() else character for character in number[:-SHOWN_DIGITS])
    return hidden + number[-SHOWN_DIGITS:]


def _nested(entity: str, flag: str) -> Rule:
    """Return the rule of a list whose members may have parents."""

    def rule(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
        if draft.get(flag) and "ParentRef" not in draft:
            raise fault("6150", f"ParentRef Required Validation Error : {flag} is true, so ParentRef is needed")
        return names.place(books, entity, {**draft, flag: "ParentRef" in draft})

    return rule


def _term(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    """Name a term's kind: DATE_DRIVEN when it has a day of the month, else STANDARD."""
    if "DueDays" not in draft and "DayOfMonthDue" not in draft:
        raise missing("DueDays")
    return {**draft, "Type": "DATE_DRIVEN" if "DayOfMonthDue" in draft else "STANDARD"}


def _employee(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    if "GivenName" not in draft and "FamilyName" not in draft:
        raise fault("6080", "No Name Provided : an employee needs GivenName or FamilyName")
    draft = names.displayed("Employee", draft)
    return {**draft, "SSN": masked(draft["SSN"])} if "SSN" in draft else draft


def _company_currency(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    preferences = books.find("Preferences", "1") or {}
    if before is None and not preferences.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"):
        raise fault("5030", reason="multicurrency is off. Turn on CurrencyPrefs.MultiCurrencyEnabled first.")
    named = name_currency(draft)
    if before is None and any(kept["Code"] == named["Code"] for kept in books.documents("CompanyCurrency")):
        raise fault("6240", extra="null")
    return named


def _budget(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    return check_budget(books, draft)


def _attachable(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    return check_attachable(books, draft)


def _time_activity(books: Books, draft: Document, before: Document | None, now: datetime) -> Document:
    return check_time(draft, before, now)


LIST_RULES: dict[str, Rule] = {
    "Attachable": _attachable,
    "Budget": _budget,
    "Class": _nested("Class", "SubClass"),
    "CompanyCurrency": _company_currency,
    "Department": _nested("Department", "SubDepartment"),
    "Employee": _employee,
    "Term": _term,
    "TimeActivity": _time_activity,
}
"""The rules `rules` adds to its own."""

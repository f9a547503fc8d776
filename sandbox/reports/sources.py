"""What reports read from a company: its accounts, its names, its calendar."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.books import Books, Row
from sandbox.facts import facts
from sandbox.ledger import Key
from sandbox.reports.tree import Name
from sandbox.wire import Document

DEBIT_SIDE = ("Asset", "Expense")
MONTH_NAMES = [name.lower() for name in calendar.month_name]
RECEIVABLE = "Accounts Receivable"
PAYABLE = "Accounts Payable"
INCOME = ("Income", "Other Income")
COSTS = ("Cost of Goods Sold", "Expense", "Other Expense")
PROFIT = (*INCOME, *COSTS)
"""Account types that the profit and loss report shows and a fiscal year's end brings to zero."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One account as reports see it."""

    id: str
    name: str
    full_name: str
    type: str
    subtype: str
    number: str
    parent: str | None
    is_debit: bool
    """Whether debits raise it."""

    def natural(self, amount: Decimal) -> Decimal:
        """Turn debits less credits into the account's own movement: up is positive."""
        return amount if self.is_debit else -amount


def chart(books: Books) -> dict[str, Account]:
    """Return the accounts of a company by id, inactive ones too."""
    return {document["Id"]: _account(document) for document in books.documents("Account")}


def account_names(accounts: Mapping[str, Account], types: tuple[str, ...]) -> dict[str, Name]:
    """Return the names that the accounts of some types nest under."""
    found = (account for account in accounts.values() if account.type in types)
    return {account.id: Name(id=account.id, name=account.name, parent=account.parent) for account in found}


def list_names(books: Books, entity: str) -> dict[str, Name]:
    """Return the names of one name list with what they nest under."""
    rows: Mapping[str, Row] = books.rows.get(entity, {})
    member = facts().entities[entity].name_member if entity in facts().entities else None
    return {
        identifier: Name(id=identifier, name=_label(row.document, member), parent=_parent(row.document))
        for identifier, row in rows.items()
    }


def name_of(books: Books, party: Key | None) -> str:
    """Return the name of a customer, vendor or employee."""
    document = document_of(books, party)
    return str(document.get("DisplayName") or document.get("FullyQualifiedName") or document.get("Name") or "")


def document_of(books: Books, key: Key | None) -> Document:
    """Return a stored document, or an empty one where there is none."""
    if key is None or key[0] not in books.rows:
        return {}
    return books.find(*key) or {}


def country_of(books: Books) -> str:
    """Return the company's country as two letters."""
    country = str(document_of(books, ("CompanyInfo", "1")).get("Country", "US"))
    return {"USA": "US", "FRA": "FR", "AUS": "AU", "GBR": "GB", "CAN": "CA"}.get(country, country)


def fiscal_month(books: Books) -> int:
    """Return the month the fiscal year begins with, 1 to 12."""
    given = str(document_of(books, ("CompanyInfo", "1")).get("FiscalYearStartMonth", "January")).lower()
    return int(given) if given.isdigit() else MONTH_NAMES.index(given)


def preferred_basis(books: Books) -> str:
    """Return the company's own basis: ReportPrefs.ReportBasis, or Accrual."""
    preferences = document_of(books, ("Preferences", "1"))
    return str(preferences.get("ReportPrefs", {}).get("ReportBasis", "Accrual")).capitalize()


def first_day(books: Books, today: date) -> date:
    """Return the day of the oldest entry, or today in empty books."""
    return next((entry.txn_date for entry in books.ledger.between()), today)


def last_day(books: Books, today: date) -> date:
    """Return today, or the day of the latest entry if that is in the future."""
    return max([today, *(entry.txn_date for entry in books.ledger.between(today, None))])


def _account(document: Document) -> Account:
    parent = document.get("ParentRef")
    return Account(
        id=document["Id"],
        name=document["Name"],
        full_name=str(document.get("FullyQualifiedName") or document["Name"]),
        type=document.get("AccountType", ""),
        subtype=document.get("AccountSubType", ""),
        number=document.get("AcctNum", ""),
        parent=parent["value"] if parent else None,
        is_debit=document.get("Classification") in DEBIT_SIDE,
    )


def _label(document: Document, member: str | None) -> str:
    named = document.get("DisplayName") or document.get("Name") or (document.get(member) if member else None)
    return str(named or document["Id"])


def _parent(document: Document) -> str | None:
    parent = document.get("ParentRef")
    return str(parent["value"]) if parent else None

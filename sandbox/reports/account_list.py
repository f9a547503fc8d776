"""AccountList: the chart of accounts as a table."""

from collections.abc import Callable

from sandbox.reports.layout import Column, Table, cell, data_row, money
from sandbox.reports.parameters import Asked
from sandbox.reports.report_facts import report_table
from sandbox.reports.selection import account_types
from sandbox.reports.sources import DEBIT_SIDE, PROFIT
from sandbox.reports.trial_balance import ORDER
from sandbox.wire import Document


def account_list(asked: Asked) -> Table:
    """List the accounts in the order of the statements; inactive ones only when account_status asks for them."""
    known = report_table().columns
    wanted = [key.strip() for key in asked.given.get("columns", "").split(",")]
    keys = [key for key in wanted if key in _READ] or list(asked.report.default_columns)
    columns = tuple(
        Column(title=known[key].title, type=known[key].type if asked.is_modern else key, key=key) for key in keys
    )
    found = [document for document in asked.books.documents("Account") if _is_asked(asked, document)]
    found.sort(key=_order, reverse=asked.descends)
    rows = [data_row([_cell(asked, key, document) for key in keys]) for document in found]
    return Table(columns=columns, rows=rows, is_empty=not rows)


def _cell(asked: Asked, key: str, document: Document) -> Document:
    if key == "account_name":
        return cell(str(document.get("FullyQualifiedName", document["Name"])), document["Id"])
    return cell(str(_READ[key](asked, document)))


def _balance(asked: Asked, document: Document) -> str:
    """Return a balance as its own side grows; income and cost accounts show none."""
    if document.get("AccountType") in PROFIT:
        return ""
    balance = asked.books.ledger.account_balance(document["Id"])
    return money(balance if document.get("Classification") in DEBIT_SIDE else -balance)


def _is_asked(asked: Asked, document: Document) -> bool:
    types = account_types(asked, "account_type")
    is_deleted = asked.given.get("account_status", "").lower() == "deleted"
    if document.get("Active", True) is is_deleted or (types and document.get("AccountType") not in types):
        return False
    changed, created = asked.other_range("moddate"), asked.other_range("createdate")
    metadata = document.get("MetaData", {})
    return (changed is None or changed.holds(metadata.get("LastUpdatedTime", ""))) and (
        created is None or created.holds(metadata.get("CreateTime", ""))
    )


def _order(document: Document) -> tuple[int, str, str]:
    kind = document.get("AccountType", "")
    name = str(document.get("FullyQualifiedName", document["Name"])).casefold()
    return ORDER.index(kind) if kind in ORDER else len(ORDER), name, document["Id"]


_READ: dict[str, Callable[[Asked, Document], object]] = {
    "account_name": lambda _asked, document: document["Name"],
    "account_type": lambda _asked, document: document.get("AccountType", ""),
    "detail_acc_type": lambda _asked, document: document.get("AccountSubType", ""),
    "account_desc": lambda _asked, document: document.get("Description", ""),
    "account_bal": _balance,
    "create_date": lambda _asked, document: document.get("MetaData", {}).get("CreateTime", ""),
    "last_mod_date": lambda _asked, document: document.get("MetaData", {}).get("LastUpdatedTime", ""),
    "create_by": lambda asked, _document: asked.books.profile.user_name,
    "last_mod_by": lambda asked, _document: asked.books.profile.user_name,
}

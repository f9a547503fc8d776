"""What each column of a detail report shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.books import Books
from sandbox.ledger import JournalEntry, Posting
from sandbox.reports import kinds
from sandbox.reports.layout import cell, money
from sandbox.reports.sources import Account, document_of, name_of
from sandbox.wire import Document

SPLIT = "-Split-"
"""What stands in the split column when several accounts are on the other side."""


AMOUNT = "subt_nat_amount"
BALANCE = "rbal_nat_amount"
OPEN = "subt_open_bal"
DEBIT = "debt_amt"
CREDIT = "credit_amt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One row before its columns are chosen."""

    entry: JournalEntry
    posting: Posting
    amount: Decimal
    balance: Decimal | None = None
    open_balance: Decimal | None = None
    due: date | None = None
    past_due: int | None = None
    is_posting: bool = True
    is_repeated: bool = False
    """Whether the row above already shows date, type, number and name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What a column looks things up in."""

    books: Books
    accounts: dict[str, Account]
    is_modern: bool


Fill = Callable[[Desk, Line], Document]


def fill_of(content: str) -> Fill:
    """Return what fills a column; one that the sandbox keeps nothing for stays empty."""
    return _FILLS.get(content, _nothing)


def _date(desk: Desk, line: Line) -> Document:
    if line.is_repeated and not desk.is_modern:
        return cell("0-00-00")
    return cell(line.entry.txn_date.isoformat())


def _type(desk: Desk, line: Line) -> Document:
    hidden = line.is_repeated and not desk.is_modern
    return cell("" if hidden else kinds.title_of(desk.books, line.entry.key), line.entry.key[1])


def _number(desk: Desk, line: Line) -> Document:
    if line.is_repeated and not desk.is_modern:
        return cell("")
    document = document_of(desk.books, line.entry.key)
    opening = "START" if line.entry.key[0] in ("Item", "Account") else ""
    return cell(str(line.entry.doc_number or document.get("PaymentRefNum") or opening))


def _name(desk: Desk, line: Line) -> Document:
    party = line.posting.party or line.entry.party
    if party is None or (line.is_repeated and not desk.is_modern):
        return cell("", "")
    return cell(name_of(desk.books, party), party[1])


def _party(entity: str) -> Fill:
    def fill(desk: Desk, line: Line) -> Document:
        customer = line.posting.customer_id if entity == "Customer" else None
        for party in ((entity, customer) if customer else None, line.posting.party, line.entry.party):
            if party is not None and party[0] == entity:
                return cell(name_of(desk.books, party), party[1])
        return cell("", "")

    return fill


def _listed(entity: str, member: str) -> Fill:
    def fill(desk: Desk, line: Line) -> Document:
        identifier = getattr(line.posting, member)
        if identifier is None:
            return cell("")
        document = document_of(desk.books, (entity, identifier))
        return cell(str(document.get("FullyQualifiedName") or document.get("Name") or ""), identifier)

    return fill


def _memo(desk: Desk, line: Line) -> Document:
    return cell(line.posting.memo or line.entry.memo or "")


def _account(desk: Desk, line: Line) -> Document:
    account = desk.accounts.get(line.posting.account_id)
    return cell(account.full_name, account.id) if account else cell("")


def _account_number(desk: Desk, line: Line) -> Document:
    account = desk.accounts.get(line.posting.account_id)
    return cell(account.number if account else "")


def _split(desk: Desk, line: Line) -> Document:
    others = {p.account_id for p in line.entry.postings if p is not line.posting} - {line.posting.account_id}
    if len(others) == 1:
        (other,) = others
        return cell(desk.accounts[other].full_name, other)
    return cell("" if desk.is_modern or not others else SPLIT, "")


def _quantity(desk: Desk, line: Line) -> Document:
    quantity = line.posting.quantity
    return cell("" if quantity is None else f"{quantity:.2f}")


def _rate(desk: Desk, line: Line) -> Document:
    quantity = line.posting.quantity
    return cell(money(abs(line.posting.amount / quantity)) if quantity else "")


def _side(sign: int) -> Fill:
    return lambda _desk, line: cell(money(sign * line.posting.amount) if sign * line.posting.amount > 0 else "")


def _optional(value: Decimal | None) -> Document:
    return cell("" if value is None else money(value))


def _due(desk: Desk, line: Line) -> Document:
    due = line.due.isoformat() if line.due else document_of(desk.books, line.entry.key).get("DueDate", "")
    return cell(str(due))


def _metadata(member: str) -> Fill:
    def fill(desk: Desk, line: Line) -> Document:
        return cell(str(document_of(desk.books, line.entry.key).get("MetaData", {}).get(member, "")))

    return fill


def _user(desk: Desk, line: Line) -> Document:
    return cell(desk.books.profile.user_name)


def _paid(entity: str) -> Fill:
    def fill(desk: Desk, line: Line) -> Document:
        document = document_of(desk.books, line.entry.key)
        if line.entry.key[0] != entity:
            return cell("")
        return cell("Unpaid" if document.get("Balance") else "Paid")

    return fill


def _reference(member: str, entity: str) -> Fill:
    def fill(desk: Desk, line: Line) -> Document:
        reference = document_of(desk.books, line.entry.key).get(member) or {}
        stored = document_of(desk.books, (entity, reference.get("value", "")))
        return cell(str(reference.get("name") or stored.get("Name") or ""))

    return fill


def _member(name: str) -> Fill:
    def fill(desk: Desk, line: Line) -> Document:
        value = document_of(desk.books, line.entry.key).get(name, "")
        return cell(str(value.get("value", "") if isinstance(value, dict) else value))

    return fill


def _nothing(desk: Desk, line: Line) -> Document:
    """Leave a column empty that the sandbox keeps nothing for: bank status, custom fields, tracking."""
    return cell("")


_FILLS: dict[str, Fill] = {
    "tx_date": _date,
    "txn_type": _type,
    "doc_num": _number,
    "is_no_post": lambda _desk, line: cell("Yes" if line.is_posting else "No"),
    "name": _name,
    "cust_name": _party("Customer"),
    "vend_name": _party("Vendor"),
    "emp_name": _party("Employee"),
    "dept_name": _listed("Department", "department_id"),
    "klass_name": _listed("Class", "class_id"),
    "item_name": _listed("Item", "item_id"),
    "memo": _memo,
    "account_name": _account,
    "account_num": _account_number,
    "other_account": _split,
    "quantity": _quantity,
    "rate": _rate,
    AMOUNT: lambda _desk, line: cell(money(line.amount)),
    BALANCE: lambda _desk, line: _optional(line.balance),
    OPEN: lambda _desk, line: _optional(line.open_balance),
    DEBIT: _side(1),
    CREDIT: _side(-1),
    "due_date": _due,
    "past_due": lambda _desk, line: cell("" if line.past_due is None else str(line.past_due)),
    "create_date": _metadata("CreateTime"),
    "last_mod_date": _metadata("LastUpdatedTime"),
    "create_by": _user,
    "last_mod_by": _user,
    "is_ar_paid": _paid("Invoice"),
    "is_ap_paid": _paid("Bill"),
    "pmt_mthd": _reference("PaymentMethodRef", "PaymentMethod"),
    "term_name": _reference("SalesTermRef", "Term"),
    "ship_via": _reference("ShipMethodRef", "ShipMethod"),
    "cust_msg": _member("CustomerMemo"),
    "tracking_num": _member("TrackingNum"),
    "printed": _member("PrintStatus"),
    "chk_print_state": _member("PrintStatus"),
    "po_status": _member("POStatus"),
    "is_adj": lambda desk, line: cell("Yes" if _flag(desk, line, "Adjustment") else "No"),
    "is_billable": lambda _desk, line: cell("Yes" if line.posting.customer_id and line.posting.party else "No"),
    "txn_num": lambda _desk, line: cell(line.entry.key[1]),
    "txn_id": lambda _desk, line: cell(line.entry.key[1]),
    "journal_code_name": _reference("JournalCodeRef", "JournalCode"),
}


def _flag(desk: Desk, line: Line, name: str) -> bool:
    return bool(document_of(desk.books, line.entry.key).get(name))

"""The transaction lists: by date, by customer, by vendor, with splits.

Estimates and purchase orders post nothing and are listed all the same, with No in the Posting column.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO, amount_of
from sandbox.reports import kinds
from sandbox.reports.detail import AMOUNT, Detail, Line
from sandbox.reports.layout import Row, Table, blanks, cell, data_row, section
from sandbox.reports.listing_filters import Listed, listed_filters
from sandbox.reports.parameters import Asked
from sandbox.reports.periods import unit_start, week_start
from sandbox.reports.selection import entries, main_posting
from sandbox.reports.sources import chart, document_of, fiscal_month, name_of

NON_POSTING = {"Estimate": "CustomerRef", "PurchaseOrder": "VendorRef"}
GroupKey = tuple[str, str]
"""What a group is ordered by and shown as, then its id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouping:
    """How a list is cut into sections."""

    read: Callable[[Asked, Line], GroupKey]
    party: str = ""
    """Only transactions with a name of this kind are listed."""


def transaction_list(asked: Asked) -> Table:
    """List each transaction once, with its own account and the other side."""
    return _listed(asked, _chosen(asked))


def transaction_list_by_customer(asked: Asked) -> Table:
    """List the transactions of each customer."""
    return _listed(asked, _chosen(asked) or Grouping(read=_party, party="Customer"), party="Customer")


def transaction_list_by_vendor(asked: Asked) -> Table:
    """List the transactions of each vendor."""
    return _listed(asked, _chosen(asked) or Grouping(read=_party, party="Vendor"), party="Vendor")


def transaction_list_with_splits(asked: Asked) -> Table:
    """List each transaction as a section of all its postings, signed as their accounts move."""
    detail = Detail(asked, chart(asked.books))
    rows: list[Row] = []
    for line in detail.fitting(_ordered(detail, _lines(detail))):
        first = [cell(kinds.title_of(asked.books, line.entry.key), line.entry.key[1]), *blanks(len(detail.keys) - 1)]
        inner = [data_row(detail.cells(each)) for each in _splits(detail, line)]
        rows.append(section(header=first, rows=inner, summary=detail.summary("", {AMOUNT: line.amount})))
    return Table(columns=detail.columns(), rows=rows, is_empty=not rows)


def _listed(asked: Asked, grouping: Grouping | None, party: str = "") -> Table:
    detail = Detail(asked, chart(asked.books))
    lines = [line for line in _ordered(detail, _lines(detail)) if not party or _has_party(line, party)]
    if grouping is None:
        rows = [data_row(detail.cells(line)) for line in detail.fitting(lines)]
        return Table(columns=detail.columns(), rows=rows, is_empty=not rows)
    groups: defaultdict[GroupKey, list[Line]] = defaultdict(list)
    for line in lines:
        groups[grouping.read(asked, line)].append(line)
    sections = [_group(detail, key, groups[key]) for key in sorted(groups, key=lambda key: (key[0].casefold(), key[1]))]
    return Table(columns=detail.columns(), rows=sections, is_empty=not sections)


def _group(detail: Detail, key: GroupKey, lines: list[Line]) -> Row:
    label, identifier = key
    header = [cell(label or "Not Specified", identifier or None), *blanks(len(detail.keys) - 1)]
    total = sum((line.amount for line in lines), ZERO)
    rows = [data_row(detail.cells(line)) for line in detail.fitting(lines)]
    return section(header=header, rows=rows, summary=detail.summary(f"Total for {label}", {AMOUNT: total}))


def _lines(detail: Detail) -> Iterator[Line]:
    asked = detail.asked
    tests = listed_filters(asked, detail.accounts)
    for found in _all(asked):
        if all(test(found) for test in tests):
            yield _line(detail, found)


def _all(asked: Asked) -> Iterator[Listed]:
    start, end = asked.period.start, asked.end
    for entry in entries(asked, start, end):
        yield Listed(entry=entry, document=document_of(asked.books, entry.key), is_posting=True)
    for entity, member in NON_POSTING.items():
        for row in asked.books.rows.get(entity, {}).values():
            day = date.fromisoformat(row.document["TxnDate"])
            if (start is None or day >= start) and day <= end:
                yield Listed(
                    entry=_unposted(entity, member, row.document, day), document=row.document, is_posting=False
                )


def _unposted(entity: str, member: str, document: dict[str, object], day: date) -> JournalEntry:
    """Return an entry that stands for a document without one; it has no postings."""
    reference = document.get(member)
    party = (member.removesuffix("Ref"), str(reference["value"])) if isinstance(reference, dict) else None
    key = (entity, str(document["Id"]))
    return JournalEntry(key=key, txn_date=day, postings=(), party=party, doc_number=_text(document, "DocNumber"))


def _text(document: dict[str, object], name: str) -> str | None:
    value = document.get(name)
    return str(value) if value is not None else None


def _line(detail: Detail, found: Listed) -> Line:
    if not found.is_posting:
        total = amount_of(found.document, "TotalAmt")
        nothing = Posting(account_id="", amount=ZERO, party=found.entry.party)
        return Line(entry=found.entry, posting=nothing, amount=total, is_posting=False)
    posting = main_posting(detail.asked, found.entry)
    return Line(entry=found.entry, posting=posting, amount=_natural(detail, posting))


def _splits(detail: Detail, line: Line) -> list[Line]:
    if not line.is_posting:
        return [line]
    rest = [posting for posting in line.entry.postings if posting is not line.posting]
    return [Line(entry=line.entry, posting=p, amount=_natural(detail, p)) for p in (line.posting, *rest)]


def _natural(detail: Detail, posting: Posting) -> Decimal:
    return detail.accounts[posting.account_id].natural(posting.amount)


def _ordered(detail: Detail, lines: Iterator[Line]) -> list[Line]:
    sort_by = detail.asked.given.get("sort_by", "") or "tx_date"
    return sorted(lines, key=lambda line: detail.key_of(line, sort_by), reverse=detail.asked.descends)


def _has_party(line: Line, entity: str) -> bool:
    parties = (line.posting.party, line.entry.party)
    return any(party is not None and party[0] == entity for party in parties)


def _chosen(asked: Asked) -> Grouping | None:
    wanted = asked.given.get("group_by", "none").lower()
    read = _GROUPS.get(wanted)
    return Grouping(read=read) if read else None


def _party(asked: Asked, line: Line) -> GroupKey:
    party = line.posting.party or line.entry.party
    return name_of(asked.books, party), party[1] if party else ""


def _day(asked: Asked, line: Line) -> GroupKey:
    return line.entry.txn_date.isoformat(), ""


def _week(asked: Asked, line: Line) -> GroupKey:
    return week_start(line.entry.txn_date).isoformat(), ""


def _unit(unit: str, *, is_fiscal: bool = False) -> Callable[[Asked, Line], GroupKey]:
    def read(asked: Asked, line: Line) -> GroupKey:
        month = fiscal_month(asked.books) if is_fiscal else 1
        return unit_start(unit, line.entry.txn_date, month).isoformat(), ""

    return read


def _account(asked: Asked, line: Line) -> GroupKey:
    document = document_of(asked.books, ("Account", line.posting.account_id))
    return str(document.get("FullyQualifiedName", "")), line.posting.account_id


def _kind(asked: Asked, line: Line) -> GroupKey:
    return kinds.title_of(asked.books, line.entry.key), ""


def _place(asked: Asked, line: Line) -> GroupKey:
    identifier = line.posting.department_id or ""
    return str(document_of(asked.books, ("Department", identifier)).get("Name", "")), identifier


def _method(asked: Asked, line: Line) -> GroupKey:
    reference = document_of(asked.books, line.entry.key).get("PaymentMethodRef", {})
    return str(reference.get("name", "")), str(reference.get("value", ""))


_GROUPS: dict[str, Callable[[Asked, Line], GroupKey]] = {
    "name": _party,
    "customer": _party,
    "vendor": _party,
    "employee": _party,
    "account": _account,
    "transaction type": _kind,
    "location": _place,
    "payment method": _method,
    "day": _day,
    "week": _week,
    "month": _unit("month"),
    "quarter": _unit("quarter"),
    "year": _unit("year"),
    "fiscal quarter": _unit("quarter", is_fiscal=True),
    "fiscal year": _unit("year", is_fiscal=True),
}

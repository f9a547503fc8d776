"""The journal reports: every transaction with its debits and credits."""

from sandbox.ledger import JournalEntry
from sandbox.money import ZERO
from sandbox.reports.detail import CREDIT, DEBIT, Detail, Line
from sandbox.reports.layout import Row, Table, blanks, data_row, section
from sandbox.reports.parameters import Asked
from sandbox.reports.selection import entries, main_posting
from sandbox.reports.sources import chart


def journal_report(asked: Asked) -> Table:
    """Lay out each transaction: its postings, their sums, an empty row, as recorded.

    Only the first row of a transaction shows its date, type, number and name; later ones have the date 0-00-00. The
    service of 2026 repeats them and drops the empty row.
    """
    accounts = chart(asked.books)
    detail = Detail(asked, accounts)
    found = list(entries(asked, asked.period.start, asked.end))
    if asked.descends:
        found.reverse()
    code = asked.given.get("journal_code", "")
    rows: list[Row] = []
    for entry in detail.fitting(found):
        if not code or _code(asked, entry) == code:
            rows.extend(_rows(detail, entry))
    return Table(columns=detail.columns(), rows=rows, is_empty=not rows)


def _rows(detail: Detail, entry: JournalEntry) -> list[Row]:
    main = main_posting(detail.asked, entry)
    rows = [
        data_row(detail.cells(Line(entry=entry, posting=posting, amount=posting.amount, is_repeated=index > 0)))
        for index, posting in enumerate([main, *(each for each in entry.postings if each is not main)])
    ]
    debit = sum((posting.amount for posting in entry.postings if posting.amount > 0), ZERO)
    rows.append(section(summary=detail.summary("", {DEBIT: debit, CREDIT: debit})))
    return rows if detail.asked.is_modern else [*rows, data_row(blanks(len(detail.keys)))]


def _code(asked: Asked, entry: JournalEntry) -> str:
    document = asked.books.find(*entry.key) or {}
    reference = document.get("JournalCodeRef") or {}
    return str(reference.get("value", ""))

"""FECReport: the file of accounting entries that French law asks for, as rows of its eighteen columns.

QuickBooks answers with links to a file; this sandbox keeps no files of reports, so `attachmentType` TEMPORARY_LINKS is
refused and the rows come with the answer. Amounts use a comma, days no separators, as the law's format has it (article
A47 A-1 of the Livre des procédures fiscales).
"""

from sandbox.faults import fault
from sandbox.ledger import JournalEntry, Posting
from sandbox.money import ZERO
from sandbox.reports import kinds
from sandbox.reports.layout import Column, Row, Table, cell, data_row, money
from sandbox.reports.open_items import due_date
from sandbox.reports.parameters import Asked
from sandbox.reports.selection import entries
from sandbox.reports.sources import Account, chart, name_of

TITLES = [
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
]
DUE = "DateEcheance"


def entries_export(asked: Asked) -> Table:
    """List every posting of the period.

    Raises:
        QuickBooksFault: 5030, a temporary link was asked for.
    """
    if asked.given.get("attachmenttype", "").upper() == "TEMPORARY_LINKS":
        raise fault("5030", reason="attachmentType TEMPORARY_LINKS; ask for NONE to get the rows")
    has_due = asked.given.get("add_due_date", "").lower() == "true"
    accounts = chart(asked.books)
    rows = [
        _row(asked, accounts, entry, posting, has_due=has_due)
        for entry in entries(asked, asked.period.start, asked.end)
        for posting in entry.postings
    ]
    titles = [*TITLES, *([DUE] if has_due else [])]
    columns = tuple(Column(title=title, type="String", key=title) for title in titles)
    return Table(columns=columns, rows=rows, is_empty=not rows)


def _row(asked: Asked, accounts: dict[str, Account], entry: JournalEntry, posting: Posting, *, has_due: bool) -> Row:
    account = accounts[posting.account_id]
    title = kinds.title_of(asked.books, entry.key)
    day = f"{entry.txn_date:%Y%m%d}"
    party = posting.party
    values = [
        entry.key[0][:3].upper(),
        title,
        entry.key[1],
        day,
        account.number or account.id,
        account.full_name,
        party[1] if party else "",
        name_of(asked.books, party),
        entry.doc_number or entry.key[1],
        day,
        posting.memo or entry.memo or title,
        _comma(money(max(posting.amount, ZERO))),
        _comma(money(max(-posting.amount, ZERO))),
        "",
        "",
        day,
        "",
        "",
    ]
    due = [f"{due_date(asked, entry):%Y%m%d}"] if has_due else []
    return data_row([cell(value) for value in (*values, *due)])


def _comma(text: str) -> str:
    return text.replace(".", ",")

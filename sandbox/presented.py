"""Stored objects as answers show them, where that is not how they are kept."""

from datetime import datetime

from sandbox.books import Books, Row
from sandbox.downloads import temporary_address
from sandbox.recurring import inner_of
from sandbox.wire import Document

LOWER_CASED = ("Id", "Code", "Name", "Description", "Level", "ParentRef", "ApplicableTo")
"""Members of a TaxClassification, whose samples alone are in lower camel case."""


def presented(books: Books, entity: str, row: Row, origin: str, now: datetime) -> Row:
    """Return a row as the wire shows it; most are shown as they are stored."""
    if entity == "RecurringTransaction":
        return Row(inner_of(row.document)) if "Type" in row.document else row
    if entity == "ExchangeRate":
        # A rate is known by its currency and its day; the samples show no id.
        return Row({name: value for name, value in row.document.items() if name != "Id"})
    if entity == "Attachable" and row.document["Id"] in books.files:
        return Row({**row.document, **_addresses(books, row.document, origin, now)})
    if entity == "TaxClassification":
        return Row({_lowered(name): value for name, value in row.document.items()})
    return row


def _addresses(books: Books, document: Document, origin: str, now: datetime) -> Document:
    return {
        "FileAccessUri": f"/v3/company/{books.realm_id}/download/{document['Id']}",
        "TempDownloadUri": temporary_address(origin, books.realm_id, document["Id"], now),
    }


def _lowered(name: str) -> str:
    return name[0].lower() + name[1:] if name in LOWER_CASED else name

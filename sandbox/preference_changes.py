"""Changing a company's preferences."""

from datetime import datetime

from sandbox.books import Books
from sandbox.derived import next_version
from sandbox.facts import facts
from sandbox.preferences import ONE
from sandbox.shape import accept
from sandbox.wire import Document
from sandbox.writes import current

UNWRITABLE = {"AccountingInfoPrefs": ("BookCloseDate",)}
"""Members a client cannot set: the closing date is set in QuickBooks, here by the control API."""


def update_preferences(books: Books, body: Document, now: datetime) -> Document:
    """Change preferences and return them all.

    Each group keeps what is not given, in a full update too: a preference always has a value, and the vendor's
    documentation says only that part of the members is writable.
    """
    entity = facts().entities["Preferences"]
    given = accept(entity, body)
    before = current(books, entity, body)
    groups = {name: _merged(name, before.get(name, {}), group) for name, group in given.items() if group is not None}
    books.begin_change()
    books.amend(("Preferences", ONE), {**groups, **next_version(before, now)})
    books.announce("Preferences", ONE, "Update")
    return books.rows["Preferences"][ONE].document


def _merged(name: str, before: Document, given: Document) -> Document:
    if not isinstance(before, dict):
        return given
    return {**before, **{each: value for each, value in given.items() if each not in UNWRITABLE.get(name, ())}}

"""Pages of a query: which one a call asks for, and the cursor to the next."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import msgspec

from services.executor.errors import CursorInvalid
from services.executor.model import Page
from services.executor.query import MAX_RESULTS, everything, read_query

DEFAULT_SIZE = 100
"""QuickBooks' own default."""


class _Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: int
    query: str


def plan_page(entity: str, query_text: str | None, limit: Any, cursor: str | None) -> Page:
    """Choose the page a call asks for.

    The page's size is the smaller of the query's own MAXRESULTS and `limit`. A cursor wins over STARTPOSITION.

    Args:
        query_text: None asks for every record of the entity.
        limit: a whole number from 1 to 1,000, or None.
        cursor: as given by the page before, or None.

    Raises:
        QueryInvalid: the query is not one about this entity.
        CursorInvalid: the cursor was not given for this query.
    """
    query = read_query(everything(entity) if query_text is None else query_text, entity)
    fingerprint = _fingerprint(entity, query.words)
    start = (query.start or 1) if cursor is None else _read_cursor(cursor, fingerprint)
    sizes = [int(each) for each in (query.size, limit) if each is not None]
    size = min(sizes, default=DEFAULT_SIZE)
    return Page(
        query=query.paged(start, size), fingerprint=fingerprint, start=start, size=size, is_count=query.is_count
    )


def next_cursor(page: Page, returned: int, total: int | None) -> str | None:
    """The cursor to the page after this one; None when this was the last.

    Args:
        returned: records on this page.
        total: records of the whole query, where QuickBooks said so.
    """
    following = page.start + returned
    if page.is_count or returned < page.size or (total is not None and following > total):
        return None
    content = msgspec.json.encode(_Cursor(start=following, query=page.fingerprint))
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read_cursor(cursor: str, fingerprint: str) -> int:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=_Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise CursorInvalid() from error
    if content.query != fingerprint or not 1 <= content.start <= MAX_RESULTS * 10**6:
        raise CursorInvalid()
    return content.start


def _fingerprint(entity: str, words: str) -> str:
    return hashlib.sha256(f"{entity}\n{words}".encode()).hexdigest()[:16]

"""Pages and the cursors between them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.errors import CursorInvalid
from services.executor.model import Page
from services.executor.paging import next_cursor, plan_page

UNPAID = "select * from Invoice where Balance > '0'"


def test_without_a_query_every_record_is_asked_for_in_pages_of_a_hundred() -> None:
    """The commonest call has no arguments at all."""
    page = plan_page("Invoice", None, None, None)
    assert page == Page(
        query="select * from Invoice startposition 1 maxresults 100",
        fingerprint=page.fingerprint,
        start=1,
        size=100,
        is_count=False,
    )


@pytest.mark.parametrize(
    ("written", "limit", "size"),
    [(None, 7, 7), (10, None, 10), (10, 7, 7), (5, 7, 5), (None, 1000, 1000)],
)
def test_the_smaller_of_maxresults_and_limit_is_the_page(written: int | None, limit: int | None, size: int) -> None:
    """Models write `maxresults 10` in the query as often as they pass a limit; more than was asked for floods them."""
    query = UNPAID if written is None else f"{UNPAID} maxresults {written}"
    assert plan_page("Invoice", query, limit, None).size == size


def test_a_cursor_continues_where_the_page_before_ended() -> None:
    """Walking the cursors must meet every record once."""
    starts, cursor = [], None
    for returned in (10, 10, 3):
        page = plan_page("Invoice", UNPAID, 10, cursor)
        starts.append(page.start)
        cursor = next_cursor(page, returned, None)
    assert starts == [1, 11, 21]
    assert cursor is None


def test_a_cursor_does_not_mind_spacing_or_another_limit() -> None:
    """A model may lay the same query out in another way, or ask for a smaller page next time."""
    cursor = next_cursor(plan_page("Invoice", UNPAID, 10, None), 10, None)
    assert plan_page("Invoice", "select *  from Invoice\nwhere Balance>'0' maxresults 5", 3, cursor).start == 11


@pytest.mark.parametrize("other", ["select * from Invoice", "select * from Invoice where Balance > ' 0'", None])
def test_a_cursor_of_another_query_is_refused(other: str | None) -> None:
    """Positions in one query mean nothing in another: records would be skipped in silence."""
    cursor = next_cursor(plan_page("Invoice", UNPAID, 10, None), 10, None)
    with pytest.raises(CursorInvalid) as caught:
        plan_page("Invoice", other, None, cursor)
    assert [violation.field for violation in caught.value.violations] == ["cursor"]


@pytest.mark.parametrize("start", [0, -5, 10**12, 1.5, "1", None])
def test_a_forged_position_is_refused(start: object) -> None:
    """The cursor is readable; what it says must still make sense."""
    fingerprint = plan_page("Invoice", UNPAID, None, None).fingerprint
    content = json.dumps({"start": start, "query": fingerprint}).encode()
    with pytest.raises(CursorInvalid):
        plan_page("Invoice", UNPAID, None, base64.urlsafe_b64encode(content).decode())


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_other_text_is_a_cursor(text: str) -> None:
    """Anything may arrive; none of it may become a fault of ours."""
    with pytest.raises(CursorInvalid):
        plan_page("Invoice", None, None, text)


@pytest.mark.parametrize(
    ("returned", "total", "has_more"),
    [(10, None, True), (10, 25, True), (10, 10, False), (9, None, False), (0, None, False), (11, None, True)],
)
def test_only_a_full_page_has_a_next_one(returned: int, total: int | None, has_more: bool) -> None:
    """QuickBooks does not always say how many records there are; a full page may be followed by another."""
    page = plan_page("Invoice", None, 10, None)
    assert (next_cursor(page, returned, total) is not None) is has_more

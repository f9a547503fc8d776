"""Reading the QuickBooks query language just enough to keep it to one entity."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.errors import QueryInvalid
from services.executor.query import Query, read_query

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


def quoted(text: str) -> str:
    """Text as a query writes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@pytest.mark.parametrize(
    ("text", "kept", "start", "size"),
    [
        ("select * from Invoice", "select * from Invoice", None, None),
        ("SELECT * FROM invoice", "SELECT * FROM invoice", None, None),
        ("select * from Invoice;", "select * from Invoice", None, None),
        ("select * from Invoice maxresults 10", "select * from Invoice", None, 10),
        ("select * from Invoice STARTPOSITION 21 MAXRESULTS 10", "select * from Invoice", 21, 10),
        ("select * from Invoice maxresults 10 startposition 21", "select * from Invoice", 21, 10),
        (
            "select Id, DocNumber from Invoice where Balance > '0' and DueDate < '2026-11-01' order by DueDate desc",
            "select Id, DocNumber from Invoice where Balance > '0' and DueDate < '2026-11-01' order by DueDate desc",
            None,
            None,
        ),
        (
            "select * from Invoice where Id in ('1','2')maxresults 5",
            "select * from Invoice where Id in ('1','2')",
            None,
            5,
        ),
        (
            r"select * from Invoice where DocNumber = 'O\'Neil or join \"x\" from Bill; maxresults 3'",
            r"select * from Invoice where DocNumber = 'O\'Neil or join \"x\" from Bill; maxresults 3'",
            None,
            None,
        ),
        (
            "\n select *\n from Invoice\n\twhere Balance > '0' \n",
            "select *\n from Invoice\n\twhere Balance > '0'",
            None,
            None,
        ),
    ],
)
def test_a_query_about_the_entity_is_kept_but_for_its_paging(
    text: str, kept: str, start: int | None, size: int | None
) -> None:
    """What the caller asks for must reach QuickBooks unchanged; only the page is ours to set."""
    query = read_query(text, "Invoice")
    assert query == Query(text=kept, words=query.words, start=start, size=size, is_count=False)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "it is empty"),
        ("   ;", "it is empty"),
        ("delete from Invoice", "must begin with SELECT"),
        ("select *", "write `from Invoice`"),
        ("select * from", "write `from Invoice`"),
        ("select * from Employee", "reads Invoice only"),
        ("select * from 'Invoice'", "reads Invoice only"),
        ("select * from Invoice, Employee", "one query reads one entity"),
        ("select * from Invoice i where i.Id = '1'", "after `from Invoice` comes WHERE"),
        ("select * from Invoice join Customer", "has no JOIN"),
        ("select * from Invoice where Id = '1' join Customer", "has no JOIN"),
        ("select * from Invoice where Id = '1' OR Id = '2'", "has no OR"),
        ("select CustomerRef from Invoice group by CustomerRef", "has no GROUP BY"),
        ("select * from Invoice where Id = '1' union select * from Employee", "more than one FROM"),
        ("select * from Invoice where Id in (select Id from Employee)", "more than one FROM"),
        ("select * from Invoice; select * from Employee", "send one query a call"),
        ("select * from Invoice where Id = '1'; delete", "send one query a call"),
        ('select * from Invoice where DocNumber = "A"', "not in double quotes"),
        ("select * from Invoice where DocNumber = 'O'Neil'", "is not closed"),
        ("select * from Invoice where DocNumber = 'O''Neil'", "not doubled"),
        ("select * from Invoice where DocNumber = 'abc\\'", "is not closed"),
        ("select * from Invoice maxresults", "whole number from 1"),
        ("select * from Invoice maxresults ten", "whole number from 1"),
        ("select * from Invoice startposition 0", "whole number from 1"),
        ("select * from Invoice maxresults 1001", "at most 1000"),
        ("select * from Invoice maxresults 5 maxresults 6", "given twice"),
    ],
)
def test_what_cannot_run_is_refused_with_what_to_write_instead(text: str, advice: str) -> None:
    """A model corrects itself from the words it is given; and nothing but the tool's own entity may be read."""
    with pytest.raises(QueryInvalid, match=advice) as caught:
        read_query(text, "Invoice")
    assert [violation.field for violation in caught.value.violations] == ["query"]


@pytest.mark.parametrize("text", ["select count(*) from Invoice", "SELECT COUNT(*) FROM Invoice WHERE Balance > '0'"])
def test_a_count_has_no_pages(text: str) -> None:
    """QuickBooks answers a count with a number alone."""
    query = read_query(text, "Invoice")
    assert query.is_count
    assert query.paged(1, 100) == text


@settings(deadline=None)
@given(TEXT)
def test_whatever_a_literal_says_it_stays_a_literal(text: str) -> None:
    """Customers' names hold apostrophes and words like OR; none of it may read as query."""
    written = f"select * from Customer where DisplayName = {quoted(text)}"
    query = read_query(f"{written} maxresults 7", "Customer")
    assert (query.text, query.size) == (written, 7)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_no_text_at_all_reads_another_entity(text: str) -> None:
    """Either a query is refused with advice, or it is about the tool's entity and nothing else."""
    try:
        query = read_query(f"select * from {text}", "Invoice")
    except QueryInvalid:
        return
    assert query.text.split()[3].casefold().startswith("invoice")

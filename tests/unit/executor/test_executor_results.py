"""From an answer to the tool's result."""

from __future__ import annotations

import json

import pytest

from chassis.errors import MeshError
from services.executor.model import Operation
from services.executor.plan import plan_request
from services.executor.results import shape_result
from tests.unit.executor.executor_fakes import CREATE, DELETE, GET, LIST, REALM, answer


def shaped(operation: Operation, body: bytes, **arguments: object) -> bytes:
    """The result of a call that was answered with this body."""
    given = arguments or ({} if operation is LIST else {"id": "1"})
    if operation is CREATE:
        given = {"DocNumber": "1"}
    return shape_result(operation, plan_request(operation, given, REALM), answer(body))


def test_a_record_is_passed_on_byte_for_byte() -> None:
    """Amounts, ids longer than 2^53 and the order of members are QuickBooks' own; re-encoding could change them."""
    record = b'{"Id":"1", "TotalAmt":100.00,"Big":12345678901234567890123,"Name":"\\u00e9\xc3\xa9","E":1.0e2}'
    assert shaped(GET, b'{"Invoice":' + record + b',"time":"2026-11-22T04:00:00.000-08:00"}') == record


def test_a_record_under_another_name_is_found() -> None:
    """CreditCardPayment answers under CreditCardPaymentTxn; TaxService has no wrapper at all."""
    assert shaped(GET, b'{"CreditCardPaymentTxn":{"Id":"1"},"time":"t"}') == b'{"Id":"1"}'
    bare = b'{"TaxCode":"x","TaxRateDetails":[],"TaxCodeId":"5"}'
    assert shaped(GET, bare) == bare


def test_a_page_carries_its_records_its_query_and_the_way_on() -> None:
    """The seed's envelope, with the query that ran so that a model sees what it asked."""
    body = b'{"QueryResponse":{"Invoice":[{"Id":"1","TotalAmt":5.50},{"Id":"2"}],"startPosition":1,"maxResults":2},"time":"t"}'
    result = shaped(LIST, body, limit=2)
    assert b'"result":[{"Id":"1","TotalAmt":5.50},{"Id":"2"}]' in result
    members = json.loads(result)
    assert list(members) == ["result", "next_cursor", "result_count", "query"]
    assert members["result_count"] == 2
    assert members["query"] == "select * from Invoice startposition 1 maxresults 2"
    assert plan_request(LIST, {"cursor": members["next_cursor"]}, REALM).page.start == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"QueryResponse":{},"time":"t"}', {"result": [], "next_cursor": None, "result_count": 0}),
        (
            b'{"QueryResponse":{"Invoice":[{"Id":"1"}],"startPosition":1,"maxResults":1,"totalCount":1},"time":"t"}',
            {"result": [{"Id": "1"}], "next_cursor": None, "result_count": 1, "total_count": 1},
        ),
        (
            b'{"QueryResponse":{"invoice":[{"Id":"1"}]}}',
            {"result": [{"Id": "1"}], "next_cursor": None, "result_count": 1},
        ),
    ],
)
def test_short_pages_end_the_list(body: bytes, expected: dict[str, object]) -> None:
    """A list must end without a page of nothing wherever that can be known."""
    assert json.loads(shaped(LIST, body)) == expected | {
        "query": "select * from Invoice startposition 1 maxresults 100"
    }


def test_a_count_answers_with_the_number() -> None:
    """`select count(*)` is the cheapest way to know how many there are."""
    result = shaped(LIST, b'{"QueryResponse":{"totalCount":41},"time":"t"}', query="select count(*) from Invoice")
    assert json.loads(result) == {
        "result": [],
        "next_cursor": None,
        "result_count": 0,
        "query": "select count(*) from Invoice",
        "total_count": 41,
    }


def test_a_deletion_answers_with_what_is_left() -> None:
    """There is no record any more; its id and its end are the result."""
    body = b'{"Invoice":{"domain":"QBO","status":"Deleted","Id":"266"},"time":"t"}'
    assert json.loads(shape_result(DELETE, plan_request(DELETE, {"id": "266"}, REALM), answer(body))) == {
        "id": "266",
        "status": "Deleted",
    }


@pytest.mark.parametrize(
    "body", [b"", b"<html/>", b"[]", b'{"Invoice":', b'{"Invoice":{"Name":"\xff"}}', b"\xef\xbb\xbf{}"]
)
def test_an_unreadable_success_is_an_unknown_outcome_for_a_write_only(body: bytes) -> None:
    """QuickBooks said yes to a write, so it may stand in the books; a read can simply be asked again."""
    with pytest.raises(MeshError) as caught:
        shaped(CREATE, body)
    assert caught.value.reason == "QUICKBOOKS_OUTCOME_UNKNOWN"
    with pytest.raises(MeshError) as caught:
        shaped(GET, body)
    assert caught.value.reason == "QUICKBOOKS_UNAVAILABLE"


def test_a_page_without_a_page_is_unreadable() -> None:
    """A record where a page was promised is not passed on as if it were one."""
    with pytest.raises(MeshError) as caught:
        shaped(LIST, b'{"Invoice":{"Id":"1"}}')
    assert caught.value.reason == "QUICKBOOKS_UNAVAILABLE"

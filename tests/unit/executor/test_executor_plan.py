"""From checked arguments to the one request QuickBooks will see."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.errors import ArgumentsInvalid, ArgumentUnplaced
from services.executor.model import Location, Operation, PlannedRequest
from services.executor.plan import plan_request
from tests.unit.executor.executor_fakes import CREATE, DELETE, GET, LIST, REALM, UPDATE, placed

COMPANY = replace(GET, path_template="companyinfo/{realm_id}", placements=())
SEND = replace(
    UPDATE,
    path_template="invoice/{id}/send",
    fixed_body_json=b"",
    placements=placed(Location.PATH, "id") + placed(Location.QUERY, "sendTo", "flag"),
)


@pytest.mark.parametrize(
    ("operation", "arguments", "target", "body"),
    [
        (GET, {"id": "102"}, f"/v3/company/{REALM}/invoice/102?minorversion=75", b""),
        (COMPANY, {}, f"/v3/company/{REALM}/companyinfo/{REALM}?minorversion=75", b""),
        (
            CREATE,
            {"Line": [{"Amount": Decimal("100.00")}], "CustomerRef": {"value": "55"}},
            f"/v3/company/{REALM}/invoice?minorversion=75&requestid=r1",
            b'{"Line":[{"Amount":100.00}],"CustomerRef":{"value":"55"}}',
        ),
        (
            UPDATE,
            {"id": "102", "SyncToken": "3"},
            f"/v3/company/{REALM}/invoice?minorversion=75&requestid=r1",
            b'{"Id":"102","SyncToken":"3","sparse":true}',
        ),
        (
            DELETE,
            {"id": "102", "SyncToken": "3"},
            f"/v3/company/{REALM}/invoice?operation=delete&minorversion=75&requestid=r1",
            b'{"Id":"102","SyncToken":"3"}',
        ),
        (
            SEND,
            {"id": "102", "sendTo": "a&b@hollow-pine.example", "flag": True},
            f"/v3/company/{REALM}/invoice/102/send?sendTo=a%26b%40hollow-pine.example&flag=true&minorversion=75&requestid=r1",
            b"",
        ),
    ],
)
def test_each_argument_lands_where_the_catalog_says(
    operation: Operation, arguments: dict[str, Any], target: str, body: bytes
) -> None:
    """The catalog is the whole meaning of a tool; the plan adds the version and the request id, nothing else."""
    planned = plan_request(operation, arguments, REALM, "r1")
    kind = "" if operation.http_method == "GET" else "application/json" if body else "application/octet-stream"
    assert planned == PlannedRequest(http_method=operation.http_method, target=target, body=body, content_type=kind)


def test_a_list_sends_the_query_with_its_page() -> None:
    """Limit and cursor steer the query; they are no parameters of QuickBooks."""
    planned = plan_request(LIST, {"query": r"select * from Invoice where DocNumber = 'O\'Neil & 1'", "limit": 5}, REALM)
    parameters = dict(parse_qsl(urlsplit(planned.target).query))
    assert parameters == {
        "query": r"select * from Invoice where DocNumber = 'O\'Neil & 1' startposition 1 maxresults 5",
        "minorversion": "75",
    }


def test_a_sparse_update_can_not_be_turned_into_a_full_one() -> None:
    """A full update erases every member that is left out: the one thing that must never happen by accident."""
    cunning = replace(UPDATE, placements=(*UPDATE.placements, *placed(Location.BODY, "sparse")))
    planned = plan_request(cunning, {"id": "1", "SyncToken": "0", "sparse": False}, REALM)
    assert planned.body == b'{"Id":"1","SyncToken":"0","sparse":true}'


def test_an_argument_without_a_place_is_the_catalogs_fault() -> None:
    """Dropping it in silence would run another call than the one that was asked for."""
    with pytest.raises(ArgumentUnplaced):
        plan_request(GET, {"id": "1", "other": "2"}, REALM)
    with pytest.raises(ArgumentUnplaced):
        plan_request(GET, {}, REALM)


@pytest.mark.parametrize("hostile", ["", ".", "..", "...", "\x00"])
def test_a_segment_that_climbs_is_refused(hostile: str) -> None:
    """Dots climb even when percent-encoded, so encoding is not enough for these."""
    with pytest.raises(ArgumentsInvalid) as caught:
        plan_request(GET, {"id": hostile}, REALM)
    assert [violation.field for violation in caught.value.violations] == ["id"]


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_no_id_leaves_its_company(hostile: str) -> None:
    """Slashes, question marks and dots in an id must not reach another company or another operation."""
    try:
        planned = plan_request(GET, {"id": hostile}, REALM)
    except ArgumentsInvalid:
        return
    split = urlsplit(planned.target)
    segments = split.path.split("/")
    assert segments[:5] == ["", "v3", "company", REALM, "invoice"]
    assert [unquote(segment) for segment in segments[5:]] == [hostile]
    assert (split.query, split.fragment) == ("minorversion=75", "")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["sendTo", "flag"]), st.text(st.characters(exclude_categories=["Cs"]))))
def test_no_query_value_becomes_a_parameter(values: dict[str, str]) -> None:
    """An `&operation=delete` inside a value must stay a value."""
    planned = plan_request(SEND, {"id": "1"} | values, REALM)
    pairs = parse_qsl(urlsplit(planned.target).query, keep_blank_values=True)
    assert dict(pairs) == values | {"minorversion": "75"}
    assert len(pairs) == len(values) + 1

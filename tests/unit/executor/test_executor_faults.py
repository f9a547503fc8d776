"""From QuickBooks' faults to conditions of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import FieldViolation, MeshError, QuotaViolation
from services.executor.faults import condition_of
from services.executor.model import Operation, UpstreamResponse
from tests.unit.executor.executor_fakes import CONNECTION, CREATE, DELETE, GET, LIST, UPDATE, answer, fault

GATEWAY = {
    "warnings": None,
    "fault": {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired: eyJhbGciOi-the-token",
                "code": "3200",
                "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    },
    "time": 1795348800000,
}
XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse xmlns="http://schema.intuit.com/finance/v3" time="2026-11-22T04:00:00.000-08:00">
<Fault type="ValidationFault"><Error code="2020" element="Line"><Message>Required &amp; missing</Message>
<Detail>Required parameter Line is missing in the request</Detail></Error></Fault></IntuitResponse>"""


def condition(operation: Operation, response: UpstreamResponse) -> MeshError:
    """The condition, where there must be one."""
    found = condition_of(operation, response, CONNECTION)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("operation", "response", "reason"),
    [
        (CREATE, fault("2020"), "QUICKBOOKS_VALIDATION"),
        (CREATE, fault("6000"), "QUICKBOOKS_VALIDATION"),
        (CREATE, fault("2500"), "QUICKBOOKS_VALIDATION"),
        (CREATE, fault("2010"), "QUICKBOOKS_VALIDATION"),
        (CREATE, fault("99999"), "QUICKBOOKS_VALIDATION"),
        (LIST, fault("4000"), "QUICKBOOKS_VALIDATION"),
        (LIST, fault("4001"), "QUICKBOOKS_VALIDATION"),
        (UPDATE, fault("5010"), "QUICKBOOKS_STALE_OBJECT"),
        (CREATE, fault("6240"), "QUICKBOOKS_DUPLICATE"),
        (CREATE, fault("6140"), "QUICKBOOKS_DUPLICATE"),
        (GET, fault("610"), "QUICKBOOKS_NOT_FOUND"),
        (DELETE, fault("610"), "QUICKBOOKS_NOT_FOUND"),
        (GET, fault("2010"), "QUICKBOOKS_NOT_FOUND"),
        (GET, fault("2500"), "QUICKBOOKS_NOT_FOUND"),
        (GET, fault("3001", status=429), "QUICKBOOKS_THROTTLED"),
        (GET, fault("003001", status=403), "QUICKBOOKS_THROTTLED"),
        (GET, answer("slow down", 429), "QUICKBOOKS_THROTTLED"),
        (GET, fault("3100", status=403), "QUICKBOOKS_FORBIDDEN"),
        (GET, answer(json.dumps(GATEWAY), 401), "QUICKBOOKS_FORBIDDEN"),
        (GET, answer("", 401), "QUICKBOOKS_FORBIDDEN"),
        (CREATE, fault("6190"), "QUICKBOOKS_FORBIDDEN"),
        (CREATE, fault("5020"), "QUICKBOOKS_FORBIDDEN"),
        (CREATE, fault("10000", status=500), "QUICKBOOKS_UNAVAILABLE"),
        (CREATE, answer("busy", 503), "QUICKBOOKS_UNAVAILABLE"),
        (CREATE, fault("150"), "QUICKBOOKS_UNAVAILABLE"),
        (GET, answer("<html>Bad gateway</html>", 502), "QUICKBOOKS_UNAVAILABLE"),
        (CREATE, answer("<html>Bad gateway</html>", 502), "QUICKBOOKS_OUTCOME_UNKNOWN"),
        (CREATE, answer("", 504), "QUICKBOOKS_OUTCOME_UNKNOWN"),
        (CREATE, answer("", 302, location="https://elsewhere.example"), "QUICKBOOKS_OUTCOME_UNKNOWN"),
        (GET, answer("", 302, location="https://elsewhere.example"), "QUICKBOOKS_UNAVAILABLE"),
        (CREATE, answer("", 413), "QUICKBOOKS_VALIDATION"),
        (CREATE, fault("2020", status=200), "QUICKBOOKS_VALIDATION"),
        (CREATE, answer(XML, 400, content_type="application/xml"), "QUICKBOOKS_VALIDATION"),
    ],
)
def test_every_fault_becomes_the_condition_that_says_what_to_do(
    operation: Operation, response: UpstreamResponse, reason: str
) -> None:
    """Programs branch on the reason; a wrong one makes them retry what can't work, or give up what could."""
    assert condition(operation, response).reason == reason


@pytest.mark.parametrize(
    "body",
    ['{"Invoice":{"Id":"1"},"time":"t"}', '{"Invoice":{"Fault":{"x":1}}}', '{"Invoice":{"Memo":"\\"Fault\\": none"}}'],
)
def test_a_success_is_no_fault_even_when_it_speaks_of_one(body: str) -> None:
    """A memo may hold any words; only the answer's own envelope says that it failed."""
    assert condition_of(GET, answer(body), CONNECTION) is None


def test_quickbooks_own_words_stay_beside_ours() -> None:
    """Support asks for the code and the tid, and a model may read more from the detail than we foresaw."""
    found = condition(CREATE, fault("2020", "Required parameter Line is missing", element="Line"))
    assert found.metadata == {
        "quickbooks_code": "2020",
        "quickbooks_message": "short words",
        "quickbooks_detail": "Required parameter Line is missing",
        "quickbooks_element": "Line",
        "intuit_tid": "1-abc",
        "is_remote_error": "true",
    }
    assert found.violations == (FieldViolation(field="Line", description="Required parameter Line is missing"),)


def test_a_fault_names_the_argument_rather_than_the_member() -> None:
    """The model passed `id`; `Id` is how QuickBooks calls it."""
    assert [v.field for v in condition(UPDATE, fault("2030", element="Id")).violations] == ["id"]
    assert [v.field for v in condition(UPDATE, fault("2030", element="Line.Id")).violations] == ["Line.Id"]


def test_xml_is_read_where_json_was_asked_for() -> None:
    """Faults from before QuickBooks reads the Accept header come in its default form."""
    found = condition(CREATE, answer(XML, 400))
    assert found.metadata["quickbooks_code"] == "2020"
    assert found.metadata["quickbooks_message"] == "Required & missing"
    assert found.metadata["quickbooks_element"] == "Line"


def test_a_token_in_a_fault_goes_no_further() -> None:
    """The gateway quotes the expired token in its detail."""
    found = condition(GET, answer(json.dumps(GATEWAY), 401))
    assert "the-token" not in f"{found.message} {found.metadata} {found.violations}"
    assert found.metadata["quickbooks_code"] == "3200"


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 60), ("7", 7), ("0", 1), ("999999", 3600), ("soon", 60), ("-1", 60)]
)
def test_throttling_says_how_long_to_wait(header: str | None, seconds: int) -> None:
    """The seed's promise: 429 is passed on with the limit, what is left of it and when it starts anew."""
    headers = {} if header is None else {"retry_after": header}
    found = condition(CREATE, answer("", 429, **headers))
    assert found.retry_after == timedelta(seconds=seconds)
    assert found.quota == (QuotaViolation(subject=CONNECTION, description="500 requests a minute for each company"),)
    assert found.metadata == {
        "intuit_tid": "1-abc",
        "is_remote_error": "true",
        "ratelimit-limit": "500",
        "ratelimit-remaining": "0",
        "ratelimit-reset": str(seconds),
    }


def test_a_write_without_a_request_id_is_not_called_safe_to_repeat() -> None:
    """Only `requestid` makes a repeat harmless; without it the books must be looked at first."""
    unsafe = replace(CREATE, takes_request_id=False)
    assert "will not be written twice" in condition(CREATE, answer("", 502)).message
    assert "will not be written twice" not in condition(unsafe, answer("", 502)).message


def test_endless_words_are_cut() -> None:
    """Trailers of gRPC hold no more than 8 KiB; beyond them the whole error would be lost."""
    found = condition(CREATE, fault("2010", "x" * 100_000, element="y" * 100_000))
    assert sum(map(len, found.metadata.values())) < 4_000


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(100, 599))
def test_no_answer_at_all_breaks_the_table(body: bytes, status: int) -> None:
    """Gateways say anything; the caller must always get a condition or a success."""
    found = condition_of(CREATE, answer(body, status), CONNECTION)
    assert found is None or found.message

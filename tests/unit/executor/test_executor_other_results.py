"""Results that are no single record: reports, changes, batches, files, addresses, XML."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis.errors import MeshError
from services.executor.faults import condition_of
from services.executor.file_results import MAX_FILE_BYTES
from services.executor.model import PlannedRequest, ResultShape, UpstreamResponse
from services.executor.results import shape_result
from tests.unit.executor.executor_fakes import CREATE, GET

PDF = PlannedRequest(http_method="GET", target="/v3/company/1/invoice/102/pdf?minorversion=75", body=b"")


def shaped(shape: ResultShape, body: bytes, content_type: str = "application/json") -> Any:
    """The result of an answer."""
    response = UpstreamResponse(
        status=200, headers={"content-type": content_type}, body=body, duration=timedelta(seconds=1)
    )
    return json.loads(shape_result(replace(GET, result_shape=shape), PDF, response))


def test_a_report_is_passed_through() -> None:
    """Its amounts are texts, and its form is what users' scripts know."""
    report = {"Header": {"ReportName": "ProfitAndLoss"}, "Columns": {}, "Rows": {"Row": [{"group": "NetIncome"}]}}
    assert shaped(ResultShape.REPORT, json.dumps(report).encode()) == report


def test_changes_come_by_entity_with_the_moment_to_ask_from_next() -> None:
    """A deleted record is among them, with what is left of it."""
    body = b"""{"CDCResponse":[{"QueryResponse":[{"Invoice":[{"Id":"1","TotalAmt":100.00},{"Id":"2","status":"Deleted"}],
    "startPosition":1,"maxResults":2},{}]}],"time":"2026-11-22T10:00:00.000-08:00"}"""
    assert shaped(ResultShape.CHANGES, body) == {
        "result": {"Invoice": [{"Id": "1", "TotalAmt": 100.00}, {"Id": "2", "status": "Deleted"}]},
        "result_count": 2,
        "is_complete": True,
        "time": "2026-11-22T10:00:00.000-08:00",
    }


def test_a_batch_says_how_many_items_failed_and_keeps_their_order() -> None:
    """Items stand alone, and QuickBooks promises no order for them."""
    body = b"""{"BatchItemResponse":[{"Fault":{"type":"ValidationFault"},"bId":"10"},{"Bill":{"Id":"7"},"bId":"2"}],
    "time":"t"}"""
    assert shaped(ResultShape.BATCH, body) == {
        "result": [{"Bill": {"Id": "7"}, "bId": "2"}, {"Fault": {"type": "ValidationFault"}, "bId": "10"}],
        "result_count": 2,
        "failed_count": 1,
    }


def test_a_file_comes_with_name_type_and_size() -> None:
    """A client stores it without knowing what it asked for."""
    assert shaped(ResultShape.FILE, b"%PDF-1.7", "application/pdf;charset=utf-8") == {
        "file_name": "invoice-102.pdf",
        "content_type": "application/pdf",
        "size": 8,
        "content_base64": base64.b64encode(b"%PDF-1.7").decode(),
    }


def test_a_file_that_is_too_large_says_so() -> None:
    """A client would cut it in the middle, and a model read the half of it."""
    with pytest.raises(MeshError) as caught:
        shaped(ResultShape.FILE, b"x" * (MAX_FILE_BYTES + 1), "application/pdf")
    assert caught.value.reason == "RESULT_TOO_LARGE"
    assert "4,194,305 bytes" in str(caught.value)


def test_an_address_is_an_address() -> None:
    """It is handed to a person to open."""
    assert shaped(ResultShape.ADDRESS, b"https://files.example/a?b=c\n", "text/plain") == {
        "url": "https://files.example/a?b=c"
    }


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (ResultShape.ADDRESS, b"javascript:alert(1)"),
        (ResultShape.FILE, b""),
        (ResultShape.XML, b"<a"),
        (ResultShape.XML, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        (ResultShape.BATCH, b'{"BatchItemResponse":[{}]}'),
        (ResultShape.CHANGES, b'{"time":"t"}'),
        (ResultShape.UPLOADED, b'{"AttachableResponse":[]}'),
    ],
)
def test_an_answer_that_is_none_is_no_result(shape: ResultShape, body: bytes) -> None:
    """Whatever stands between us and QuickBooks may answer 200 with a page of its own."""
    with pytest.raises(MeshError) as caught:
        shaped(shape, body)
    assert caught.value.reason == "QUICKBOOKS_UNAVAILABLE"


def test_xml_becomes_an_object() -> None:
    """Entitlements are answered as XML only."""
    body = b"""<?xml version="1.0"?><Entitlements xmlns="http://example/e"><PlanName>Plus</PlanName>
    <Entitlement id="1"><name>Classes</name></Entitlement><Entitlement id="2"><name>Locations</name></Entitlement>
    </Entitlements>"""
    assert shaped(ResultShape.XML, body, "application/xml") == {
        "PlanName": "Plus",
        "Entitlement": [{"id": "1", "name": "Classes"}, {"id": "2", "name": "Locations"}],
    }


def test_an_uploaded_file_answers_with_its_record() -> None:
    """The envelope of a list of one is QuickBooks' own affair."""
    assert shaped(ResultShape.UPLOADED, b'{"AttachableResponse":[{"Attachable":{"Id":"5"}}]}') == {"Id": "5"}


def test_a_refused_upload_is_a_refusal() -> None:
    """It comes with HTTP 200, and would look like a stored file."""
    body = b"""{"AttachableResponse":[{"Fault":{"Error":[{"Message":"Unsupported","code":"6041"}],
    "type":"ValidationFault"}}]}"""
    response = UpstreamResponse(status=200, headers={}, body=body, duration=timedelta(seconds=1))
    condition = condition_of(CREATE, response, "connections/1")
    assert condition is not None
    assert condition.reason == "QUICKBOOKS_VALIDATION"


def test_a_deleted_template_is_found_inside_its_wrapper() -> None:
    """A recurring transaction is deleted under the kind of transaction that it repeats."""
    body = b'{"RecurringTransaction":{"Bill":{"domain":"QBO","status":"Deleted","Id":"9"}},"time":"t"}'
    operation = replace(GET, entity="RecurringTransaction")
    response = UpstreamResponse(status=200, headers={}, body=body, duration=timedelta(seconds=1))
    result = shape_result(replace(operation, result_shape=ResultShape.DELETED), PDF, response)
    assert json.loads(result) == {"id": "9", "status": "Deleted"}

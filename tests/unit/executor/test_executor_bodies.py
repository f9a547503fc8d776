"""Bodies that are more than members: files, batches, records in a wrapper."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest

from services.executor.errors import ArgumentsInvalid
from services.executor.model import Location, Operation
from services.executor.plan import plan_request
from tests.unit.executor.executor_fakes import CREATE, REALM, placed

UPLOAD = replace(
    CREATE,
    path_template="upload",
    placements=(*placed(Location.BODY, "FileName", "ContentType", "Note"), *placed(Location.FILE, "content_base64")),
)
BATCH = replace(
    CREATE,
    path_template="batch",
    placements=placed(Location.BATCH, "records"),
    fixed_body_json=b'{"item":{"operation":"update"},"record":{"sparse":true}}',
)
RECURRING = replace(
    CREATE,
    placements=(
        *placed(Location.WRAPPER, "Type"),
        *placed(Location.MEMBERS, "Transaction"),
        *placed(Location.BODY, "RecurringInfo"),
    ),
)
MORE = replace(CREATE, placements=(*placed(Location.BODY, "Line"), *placed(Location.MEMBERS, "more")))
REPORT = replace(
    CREATE,
    http_method="GET",
    path_template="reports/ProfitAndLoss",
    fixed_body_json=b"",
    placements=(*placed(Location.QUERY, "start_date"), *placed(Location.PARAMETERS, "more")),
)


def body_of(operation: Operation, arguments: dict[str, Any]) -> Any:
    """The JSON body of a plan."""
    return json.loads(plan_request(operation, arguments, REALM).body)


def test_a_file_goes_out_as_a_form_of_two_parts() -> None:
    """QuickBooks reads the first part as the record and the second as the bytes, by their names."""
    content = b"Thank you\r\n--not a boundary\x00"
    arguments = {
        "FileName": 'a"b\r\nc.txt',
        "ContentType": "text/plain",
        "Note": "Lunch",
        "content_base64": base64.b64encode(content).decode(),
    }
    planned = plan_request(UPLOAD, arguments, REALM)
    form = message_from_bytes(b"Content-Type: " + planned.content_type.encode() + b"\r\n\r\n" + planned.body)
    metadata, file = list(form.walk())[1:]
    assert json.loads(bytes(metadata.get_payload(decode=True))) == {
        "FileName": 'a"b\r\nc.txt',
        "ContentType": "text/plain",
        "Note": "Lunch",
    }
    assert file.get_payload(decode=True) == content
    assert file.get_filename() == "a_b__c.txt"
    assert plan_request(UPLOAD, arguments, REALM) == planned


@pytest.mark.parametrize("text", ["", "not base64!", "====", "é"])
def test_what_is_no_file_is_refused_by_name(text: str) -> None:
    """QuickBooks would store whatever bytes came out."""
    with pytest.raises(ArgumentsInvalid) as caught:
        plan_request(UPLOAD, {"FileName": "a", "ContentType": "text/plain", "content_base64": text}, REALM)
    assert [violation.field for violation in caught.value.violations] == ["content_base64"]


def test_a_batch_does_to_each_item_what_its_tool_is_for() -> None:
    """An item that names another operation, or a full update, must not get its way."""
    records = [
        {"entity": "Customer", "record": {"Id": "42", "SyncToken": "0", "Notes": "x", "sparse": False}},
        {"entity": "Vendor", "record": {"Id": "88", "operation": "delete"}, "operation": "delete"},
    ]
    assert body_of(BATCH, {"records": records}) == {
        "BatchItemRequest": [
            {
                "bId": "1",
                "operation": "update",
                "Customer": {"Id": "42", "SyncToken": "0", "Notes": "x", "sparse": True},
            },
            {"bId": "2", "operation": "update", "Vendor": {"Id": "88", "operation": "delete", "sparse": True}},
        ]
    }


def test_a_template_stands_under_the_kind_of_its_transaction() -> None:
    """QuickBooks knows a recurring transaction by that key alone."""
    arguments = {"Type": "Bill", "Transaction": {"Line": [], "RecurringInfo": {}}, "RecurringInfo": {"Name": "Rent"}}
    assert body_of(RECURRING, arguments) == {"Bill": {"Line": [], "RecurringInfo": {"Name": "Rent"}}}


def test_rarer_members_stand_beside_the_others() -> None:
    """Where an argument was written is our business; QuickBooks sees one record."""
    arguments = {"Line": [], "more": {"GlobalTaxCalculation": "TaxExcluded"}}
    assert body_of(MORE, arguments) == {"Line": [], "GlobalTaxCalculation": "TaxExcluded"}


def test_rarer_parameters_stand_beside_the_others() -> None:
    """The same, for reports."""
    planned = plan_request(REPORT, {"start_date": "2026-01-01", "more": {"customer": "1,2", "qzurl": True}}, REALM)
    query = "customer=1%2C2&qzurl=true&start_date=2026-01-01&minorversion=75"
    assert planned.target == f"/v3/company/{REALM}/reports/ProfitAndLoss?{query}"


def test_a_path_from_the_root_leaves_the_company_prefix() -> None:
    """Entitlements live beside the accounting API; the company is still the grant's."""
    beside = replace(REPORT, path_template="/manage/entitlements/v3/{realm_id}", placements=())
    assert plan_request(beside, {}, REALM).target == f"/manage/entitlements/v3/{REALM}?minorversion=75"

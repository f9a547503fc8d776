"""Reports over HTTP: the address, the forms, the headers, and that they say what the books say."""

from xml.etree import ElementTree as ET

import pytest

from tests.unit.sandbox.sandbox_served import XMLNS, Realm, http, origin, realm

__all__ = ["http", "origin", "realm"]
pytestmark = pytest.mark.anyio


async def test_a_report_comes_without_envelope_and_follows_each_write(realm: Realm) -> None:
    """What a client posts is in the next report, to the cent."""
    before = (await realm.get("reports/ProfitAndLoss")).json()
    line = {"Amount": 12.34, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "2"}}}
    await realm.post("invoice", {"CustomerRef": {"value": "55"}, "Line": [line]})
    answer = await realm.get("reports/ProfitAndLoss")
    after = answer.json()
    assert set(after) == {"Header", "Columns", "Rows"}
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert "v3modernresponse" not in answer.headers
    assert net_income(after) - net_income(before) == 1234


async def test_the_newer_service_answers_with_its_header(realm: Realm) -> None:
    """Only the presence of the parameter counts."""
    answer = await realm.get("reports/AgedReceivables?testing_migration")
    assert answer.headers["v3modernresponse"] == "true"


async def test_xml_is_the_form_unless_json_is_asked_for(realm: Realm) -> None:
    """As everywhere in the API."""
    answer = await realm.get("reports/TrialBalance", Accept="*/*")
    assert answer.headers["content-type"] == "application/xml"
    assert ET.fromstring(answer.content).findtext(f"{XMLNS}Header/{XMLNS}ReportName") == "TrialBalance"


async def test_a_report_there_is_not_answers_the_captured_fault(realm: Realm) -> None:
    """A wrong case in the name is enough."""
    answer = await realm.get("reports/Cashflow")
    assert answer.status_code == 400
    assert answer.json()["Fault"] == {
        "Error": [
            {
                "Message": "Permission Denied Error",
                "Detail": "Permission Denied Error : You do not have the access rights to use this feature.",
                "code": "5020",
                "element": "ReportName",
            }
        ],
        "type": "ValidationFault",
    }


def net_income(report: dict[str, dict[str, list[dict[str, dict[str, list[dict[str, str]]]]]]]) -> int:
    """Return the net income in cents."""
    row = report["Rows"]["Row"][-1]
    return int(row["Summary"]["ColData"][1]["value"].replace(".", ""))

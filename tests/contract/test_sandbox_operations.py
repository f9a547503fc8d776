"""The operations beside create, read, update and delete, over real HTTP."""

import base64
import re
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx2
import pytest

from tests.unit.sandbox.sandbox_served import INVOICE, XMLNS, Realm, http, origin, realm

__all__ = ["http", "origin", "realm"]
"""Fixtures that pytest finds by name."""

pytestmark = pytest.mark.anyio


async def created(realm: Realm, path: str, body: Any) -> dict[str, Any]:
    answer = await realm.post(path, body)
    assert answer.status_code == 200, answer.text
    return next(dict(value) for value in answer.json().values() if isinstance(value, dict))


def code_of(answer: httpx2.Response) -> str:
    return str(answer.json()["Fault"]["Error"][0]["code"])


async def test_a_batch_answers_each_item_for_itself_and_in_its_order(realm: Realm) -> None:
    """One refused item must not take the others with it."""
    items = [
        {"bId": "a", "operation": "create", "Invoice": INVOICE},
        {"bId": "b", "operation": "create", "Invoice": {"Line": INVOICE["Line"]}},
        {"bId": "c", "Query": "select count(*) from Customer"},
        {"bId": "d", "operation": "create", "Unicorn": {}},
        {"bId": "e", "operation": "void", "Bill": {"Id": "142", "SyncToken": "0"}},
        {"operation": "create", "Customer": {"DisplayName": "Larkmoor Bindery"}},
    ]
    answer = await realm.post("batch", {"BatchItemRequest": items})
    assert answer.status_code == 200
    found = answer.json()["BatchItemResponse"]
    assert [each.get("bId") for each in found] == ["a", "b", "c", "d", "e", None]
    assert found[0]["Invoice"]["TotalAmt"] == 1500
    assert found[2]["QueryResponse"] == {"totalCount": 8}
    codes = [each["Fault"]["Error"][0]["code"] for each in (found[1], *found[3:])]
    assert codes == ["2020", "2000", "500", "2020"]


async def test_a_repeated_batch_writes_nothing_again(realm: Realm) -> None:
    """Each item is remembered under the batch's request id and its own."""
    body = {"BatchItemRequest": [{"bId": "a", "operation": "create", "Invoice": INVOICE}]}
    first = (await realm.post("batch?requestid=r-1", body)).json()
    again = (await realm.post("batch?requestid=r-1", body)).json()
    assert first["BatchItemResponse"] == again["BatchItemResponse"]
    too_long = {"BatchItemRequest": [{"bId": "b" * 11, "operation": "create", "Invoice": INVOICE}]}
    refused = (await realm.post("batch?requestid=r-2", too_long)).json()["BatchItemResponse"][0]
    assert refused["Fault"]["Error"][0]["code"] == "2130"


async def test_a_batch_can_be_answered_in_xml(realm: Realm) -> None:
    """XML is what comes when JSON is not asked for."""
    body = {"BatchItemRequest": [{"bId": "a", "operation": "create", "Invoice": {}}, {"bId": "b", "Query": "select"}]}
    answer = await realm.post("batch", body, Accept="application/xml")
    items = ET.fromstring(answer.content).findall(f"{XMLNS}BatchItemResponse")
    assert [item.get("bId") for item in items] == ["a", "b"]
    errors = [item.find(f"{XMLNS}Fault/{XMLNS}Error") for item in items]
    assert [error.get("code") for error in errors if error is not None] == ["2020", "4000"]


async def test_changes_name_the_living_and_then_the_deleted(realm: Realm) -> None:
    """A client that keeps a copy follows both."""
    since = (await realm.get("bill/142")).json()["time"]
    kept = await created(realm, "invoice", INVOICE)
    gone = await created(realm, "invoice", INVOICE)
    await realm.post("invoice?operation=delete", {"Id": gone["Id"], "SyncToken": "0"})
    path = f"cdc?entities=Invoice,Term&changedSince={since[:19]}-08:00"
    (invoices, terms) = (await realm.get(path)).json()["CDCResponse"][0]["QueryResponse"]
    assert [each["Id"] for each in invoices["Invoice"]] == [kept["Id"], gone["Id"]]
    assert set(invoices["Invoice"][1]) == {"domain", "status", "Id", "MetaData"}
    assert (invoices["startPosition"], invoices["maxResults"], terms) == (1, 2, {})
    assert (await realm.get(path, Accept="application/xml")).content.count(b"<QueryResponse") == 2


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("entities=TaxCode&changedSince=2026-11-20", "2000"),
        ("entities=Unicorn&changedSince=2026-11-20", "2000"),
        ("changedSince=2026-11-20", "2020"),
        ("entities=Invoice", "2020"),
        ("entities=Invoice&changedSince=lately", "2060"),
        ("entities=Invoice&changedSince=2020-01-01", "2190"),
    ],
)
async def test_changes_that_cannot_be_told_are_refused(realm: Realm, query: str, code: str) -> None:
    """QuickBooks' own answers were never captured; these name what is wrong."""
    assert code_of(await realm.get(f"cdc?{query}")) == code


async def test_sending_marks_the_document_and_replaces_its_address(realm: Realm) -> None:
    """No mail leaves, yet a client sees what it would see."""
    invoice = await created(realm, "invoice", INVOICE)
    answer = await realm.post(f"invoice/{invoice['Id']}/send?sendTo=ap%40bluethorn.example", None)
    sent = answer.json()["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]) == ("EmailSent", {"Address": "ap@bluethorn.example"})
    assert sent["DeliveryInfo"]["DeliveryType"] == "Email"
    assert sent["SyncToken"] == "1"
    assert code_of(await realm.post(f"invoice/{invoice['Id']}/send?sendTo=nobody", None)) == "2210"
    assert code_of(await realm.post("bill/142/send", None)) == "500"
    codes = [(await realm.post(f"invoice/{invoice['Id']}/send", None)).status_code for _ in range(40)]
    assert codes == [200] * 39 + [400]


PRINTED = {
    "invoice": INVOICE,
    "estimate": INVOICE,
    "salesreceipt": INVOICE,
    "creditmemo": INVOICE,
    "refundreceipt": {**INVOICE, "DepositToAccountRef": {"value": "35"}},
    "payment": {"CustomerRef": {"value": "55"}, "TotalAmt": 1500},
    "purchaseorder": {
        "VendorRef": {"value": "88"},
        "APAccountRef": {"value": "33"},
        "Line": [
            {
                "Amount": 1500,
                "DetailType": "AccountBasedExpenseLineDetail",
                "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "61"}},
            }
        ],
    },
}


@pytest.mark.parametrize("path", PRINTED)
async def test_a_document_prints_as_a_whole_pdf_file(realm: Realm, path: str) -> None:
    """A file whose table of objects is wrong opens in no reader."""
    document = await created(realm, path, PRINTED[path])
    answer = await realm.get(f"{path}/{document['Id']}/pdf", Accept="application/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    content = answer.content
    assert content.startswith(b"%PDF-1.4")
    assert content.endswith(b"%%EOF\n")
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    entries = re.findall(rb"(\d{10}) 00000 n ", content[start:])
    assert len(entries) == int(re.findall(rb"/Size (\d+)", content)[-1]) - 1
    for number, entry in enumerate(entries, start=1):
        assert content[int(entry) :].startswith(b"%d 0 obj" % number)
    for length, stream in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", content, re.DOTALL):
        assert int(length) == len(stream)
    assert b"(1,500.00)" in content


async def test_a_long_document_prints_on_several_pages(realm: Realm) -> None:
    """Two hundred lines do not fit on one."""
    body: dict[str, Any] = {**INVOICE}
    document = await created(realm, "invoice", {**body, "Line": body["Line"] * 200})
    content = (await realm.get(f"invoice/{document['Id']}/pdf")).content
    assert content.count(b"/Type /Page ") >= 4
    assert code_of(await realm.get("bill/142/pdf")) == "500"


async def test_a_file_is_uploaded_linked_and_fetched_at_a_temporary_address(realm: Realm) -> None:
    """The address is good for a quarter of an hour and for nobody who changed it."""
    reference = [{"EntityRef": {"type": "Bill", "value": "142"}}]
    files: dict[str, Any] = {
        "file_metadata_01": (
            None,
            '{"AttachableRef": [{"EntityRef": {"type": "Bill", "value": "142"}}]}',
            "application/json",
        ),
        "file_content_01": ("receipt.pdf", b"%PDF-\r\n--\x00\xff", "application/pdf"),
        "file_content_02": ("virus.exe", b"MZ", "application/octet-stream"),
    }
    answer = await realm.http.post(f"/v3/company/{realm.id}/upload", files=files, headers=realm.headers())
    stored, refused = answer.json()["AttachableResponse"]
    attachable = stored["Attachable"]
    assert (attachable["FileName"], attachable["Size"]) == ("receipt.pdf", 11)
    assert attachable["AttachableRef"] == reference
    assert refused["Fault"]["Error"][0]["code"] == "6041"
    asked = (
        "select * from Attachable where AttachableRef.EntityRef.Type = 'bill' and AttachableRef.EntityRef.value = '142'"
    )
    assert [each["Id"] for each in (await realm.query(asked))["Attachable"]] == [attachable["Id"]]
    address = (await realm.get(f"download/{attachable['Id']}")).text
    for each in (address, attachable["TempDownloadUri"]):
        path = each.removeprefix(f"{urlsplit(each).scheme}://{urlsplit(each).netloc}")
        assert (await realm.http.get(path)).content == b"%PDF-\r\n--\x00\xff"
        assert (await realm.http.get(path[:-1] + "x")).status_code == 403
    await realm.post("attachable?operation=delete", {"Id": attachable["Id"]})
    assert code_of(await realm.get(f"download/{attachable['Id']}")) == "610"


async def test_a_file_may_come_with_bare_line_ends_and_in_base64(realm: Realm) -> None:
    """A public client writes its form by hand and sends it so."""
    text = base64.b64encode(b"hello").decode()
    form = (
        '\n--b\nContent-Disposition: form-data; name="file_metadata_01"\nContent-Type: application/json\n\n'
        '{"FileName": "note.txt", "ContentType": "text/plain"}\n\n'
        '--b\nContent-Disposition: form-data; name="file_content_01"\nContent-Type: text/plain\n'
        f"Content-Transfer-Encoding: base64\n\n{text}\n\n--b--\n"
    )
    headers = realm.headers(**{"Content-Type": "multipart/form-data; boundary=b"})
    answer = await realm.http.post(f"/v3/company/{realm.id}/upload", content=form, headers=headers)
    (stored,) = answer.json()["AttachableResponse"]
    assert (stored["Attachable"]["FileName"], stored["Attachable"]["Size"]) == ("note.txt", 5)


RECURRING = {"Invoice": {**INVOICE, "RecurringInfo": {"Name": "Monthly", "ScheduleInfo": {"IntervalType": "Monthly"}}}}


async def test_a_template_is_kept_in_its_wrapper_and_posts_nothing(realm: Realm) -> None:
    """It says what to write, it is not written."""
    before = (await realm.books())["balances"]
    made = (await realm.post("recurringtransaction", RECURRING)).json()["RecurringTransaction"]["Invoice"]
    assert (made["RecurringInfo"]["RecurType"], made["TotalAmt"], made["SyncToken"]) == ("Automated", 1500, "0")
    assert "DocNumber" not in made
    read = (await realm.get(f"recurringtransaction/{made['Id']}")).json()
    assert read["RecurringTransaction"] == {"Invoice": made}
    assert (await realm.query("select * from RecurringTransaction"))["RecurringTransaction"] == [{"Invoice": made}]
    gone = {"Invoice": {"Id": made["Id"], "SyncToken": "0"}}
    answer = await realm.post("recurringtransaction?operation=delete", gone)
    assert answer.json()["RecurringTransaction"]["Invoice"]["status"] == "Deleted"
    assert await realm.query("select * from RecurringTransaction") == {}
    assert (await realm.books())["balances"] == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "2010"),
        ({"Unicorn": {}}, "2010"),
        ({"Invoice": INVOICE}, "2020"),
        ({"Invoice": {**INVOICE, "RecurringInfo": {"Name": "Monthly"}}}, "2020"),
        ({"Invoice": {"RecurringInfo": {"Name": "x", "RecurType": "Unscheduled"}}}, "2020"),
    ],
)
async def test_a_template_that_is_none_is_refused(realm: Realm, body: Any, code: str) -> None:
    """It needs one transaction, its name and its rhythm."""
    assert code_of(await realm.post("recurringtransaction", body)) == code


async def test_a_tax_code_is_made_with_its_rates_and_answered_without_wrapper(realm: Realm) -> None:
    """Codes and rates have no other way in."""
    agency = await created(realm, "taxagency", {"DisplayName": "Port Merrin Revenue"})
    new = {"TaxRateName": "City", "RateValue": "2.5", "TaxAgencyId": agency["Id"], "TaxApplicableOn": "Sales"}
    answer = (await realm.post("taxservice/taxcode", {"TaxCode": "City sales", "TaxRateDetails": [new]})).json()
    assert answer["TaxCode"] == "City sales"
    code = (await realm.get(f"taxcode/{answer['TaxCodeId']}")).json()["TaxCode"]
    rate = (await realm.get(f"taxrate/{answer['TaxRateDetails'][0]['TaxRateId']}")).json()["TaxRate"]
    assert code["SalesTaxRateList"]["TaxRateDetail"][0]["TaxRateRef"] == {"value": rate["Id"], "name": "City"}
    assert (rate["RateValue"], rate["AgencyRef"]["name"]) == (2.5, "Port Merrin Revenue")
    # A public client sends an Id of 0 with every new code.
    known = {"Id": 0, "TaxCode": "County sales", "TaxRateDetails": [{"TaxRateId": rate["Id"]}]}
    assert (await realm.post("taxservice/taxcode", known)).status_code == 200
    again = await realm.post("taxservice/taxcode", {"TaxCode": "City sales", "TaxRateDetails": [new]})
    assert again.json()["Fault"]["Error"][0]["Detail"].startswith(
        "The name supplied already exists. : Another tax rate"
    )
    assert code_of(await realm.post("taxcode", {"Name": "x"})) == "500"


async def test_preferences_keep_what_an_update_does_not_name(realm: Realm) -> None:
    """A company always has all of them; the closing date is not the API's to set."""
    before = (await realm.get("preferences")).json()["Preferences"]
    groups = {"SalesFormsPrefs": {"CustomTxnNumbers": True}, "AccountingInfoPrefs": {"BookCloseDate": "2026-01-31"}}
    after = await created(realm, "preferences", {"Id": "1", "SyncToken": "0", "sparse": True, **groups})
    assert after["SalesFormsPrefs"] == {**before["SalesFormsPrefs"], "CustomTxnNumbers": True}
    assert after["AccountingInfoPrefs"] == before["AccountingInfoPrefs"]
    assert "DocNumber" not in await created(realm, "invoice", INVOICE)


async def test_a_rate_is_kept_by_currency_and_day(realm: Realm) -> None:
    """It is read as of a day and has no id."""
    path = "exchangerate?sourcecurrencycode=EUR&asofdate=2026-11-20"
    assert code_of(await realm.get(path)) == "610"
    rate = {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-11-01", "Rate": 1.08, "SyncToken": "0"}
    await realm.post("exchangerate", rate)
    found = (await realm.get(path)).json()["ExchangeRate"]
    assert (found["Rate"], found["AsOfDate"], found["TargetCurrencyCode"], "Id" in found) == (
        1.08,
        "2026-11-01",
        "USD",
        False,
    )
    assert code_of(await realm.get("exchangerate")) == "2020"
    asked = await realm.query("select * from ExchangeRate where SourceCurrencyCode = 'EUR'")
    assert len(asked["ExchangeRate"]) == 1


async def test_tax_classes_are_listed_by_level_and_parent_in_lower_camel_case(realm: Realm) -> None:
    """Their samples alone are written so."""
    (first, *_) = (await realm.get("taxclassification?level=2")).json()["QueryResponse"]["TaxClassification"]
    assert (first["level"], first["parentRef"]["value"]) == ("2", "1")
    below = (await realm.get("taxclassification?parentId=1")).json()["QueryResponse"]["TaxClassification"]
    assert [each["id"] for each in below] == [first["id"]]
    assert (await realm.get("taxclassification/1")).json()["TaxClassification"]["name"] == "Services"


async def test_entitlements_come_in_xml_under_an_address_of_their_own(realm: Realm) -> None:
    """They are about the subscription, not the books."""
    answer = await realm.http.get(f"/manage/entitlements/v3/{realm.id}", headers=realm.headers())
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.content)
    assert root.findtext(f"{XMLNS}PlanName") == "QuickBooks Online Plus"
    refused = await realm.http.get(f"/manage/entitlements/v3/{realm.id}")
    assert refused.status_code == 401


async def test_a_body_in_xml_is_read_like_its_json(realm: Realm) -> None:
    """XML is the API's first language."""
    body = (
        '<Invoice xmlns="http://schema.intuit.com/finance/v3"><Line><Amount>12.50</Amount>'
        "<DetailType>SalesItemLineDetail</DetailType><SalesItemLineDetail><ItemRef>2</ItemRef></SalesItemLineDetail>"
        '</Line><CustomerRef name="x">55</CustomerRef></Invoice>'
    )
    headers = realm.headers(**{"Content-Type": "application/xml"})
    made = (await realm.http.post(f"/v3/company/{realm.id}/invoice", content=body, headers=headers)).json()["Invoice"]
    assert (made["TotalAmt"], made["CustomerRef"]["name"]) == (12.5, "Bluethorn Analytics")
    update = (
        f'<Invoice sparse="true"><Id>{made["Id"]}</Id><SyncToken>0</SyncToken><PrivateNote>n</PrivateNote></Invoice>'
    )
    after = await realm.http.post(f"/v3/company/{realm.id}/invoice", content=update, headers=headers)
    assert after.json()["Invoice"]["TotalAmt"] == 12.5
    bomb = '<!DOCTYPE x [<!ENTITY a "a">]><Invoice>&a;</Invoice>'
    assert code_of(await realm.http.post(f"/v3/company/{realm.id}/invoice", content=bomb, headers=headers)) == "2010"


@pytest.mark.parametrize("is_wrapped", [False, True])
async def test_a_card_payment_goes_by_another_name_in_its_wrapper(realm: Realm, is_wrapped: bool) -> None:
    """Path and query say creditcardpayment, the wrapper CreditCardPaymentTxn."""
    body = {"CreditCardAccountRef": {"value": "41"}, "BankAccountRef": {"value": "35"}, "Amount": 40}
    answer = await realm.post("creditcardpayment", {"CreditCardPaymentTxn": body} if is_wrapped else body)
    made = answer.json()["CreditCardPaymentTxn"]
    assert (await realm.query("select * from creditcardpayment"))["CreditCardPaymentTxn"] == [made]


async def test_an_old_minor_version_is_served_as_the_newest(realm: Realm) -> None:
    """Since August 2025 values below 75 are ignored, and new members no longer raise it."""
    answers = [await realm.get(f"bill/142?minorversion={value}&include=enhancedAllCustomFields") for value in (1, 75)]
    assert answers[0].json()["Bill"] == answers[1].json()["Bill"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "invoice"),
        ("get", "taxservice/taxcode"),
        ("get", "entitlements/1"),
        ("post", "invoice/1/2/3"),
        ("get", "query/1?query=select * from Bill"),
        ("post", "taxservice/unicorn"),
        ("post", "reimbursecharge"),
        ("get", "batch"),
    ],
)
async def test_an_address_that_is_none_is_refused(realm: Realm, method: str, path: str) -> None:
    """QuickBooks answers 400 and never 404."""
    answer = await (realm.get(path) if method == "get" else realm.post(path, {"Name": "x"}))
    assert (answer.status_code, code_of(answer)) == (400, "500")

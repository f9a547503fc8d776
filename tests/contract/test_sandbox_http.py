"""The sandbox's accounting API over real HTTP, with what a test may order and look at."""

import base64
import stat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest

from sandbox.settings import SandboxSettings, SettingRefused, load_settings
from tests.unit.sandbox.sandbox_served import INVOICE, XMLNS, Realm, Served, exchanged, http, origin, realm, token_call

__all__ = ["http", "origin", "realm"]
"""Fixtures that pytest finds by name."""

pytestmark = pytest.mark.anyio


async def test_an_entity_comes_in_its_envelope_with_a_tid(realm: Realm) -> None:
    """Money keeps its cents, and support cases need the tid."""
    answer = await realm.get("bill/142")
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.headers["intuit_tid"].startswith("1-")
    assert '"TotalAmt":2400.00' in answer.text
    body = answer.json()
    assert set(body) == {"Bill", "time"}
    assert (body["Bill"]["domain"], body["Bill"]["sparse"], body["Bill"]["SyncToken"]) == ("QBO", False, "0")


async def test_without_accept_json_the_answer_is_xml(realm: Realm) -> None:
    """QuickBooks' default: a client that forgets the header must find out here."""
    answer = await realm.get("invoice/102", Accept="*/*")
    root = ET.fromstring(answer.content)
    assert root.find(f"{XMLNS}Invoice/{XMLNS}CustomerRef").text == "42"  # type: ignore[union-attr]
    missing = await realm.get("invoice/99999", Accept="application/xml")
    error = ET.fromstring(missing.content).find(f"{XMLNS}Fault/{XMLNS}Error")
    assert (missing.status_code, error.get("code")) == (400, "610")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("invoice/99999", "610"),
        ("customer/99999", "2010"),
        ("invoice/abc", "2030"),
        ("nothing/1", "500"),
        ("invoice", "500"),
    ],
)
async def test_what_is_not_there_is_a_400_and_never_a_404(realm: Realm, path: str, code: str) -> None:
    """Each entity has its own way of not finding something, as measured."""
    answer = await realm.get(path)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, code)


async def test_a_query_answers_alike_by_get_and_by_post(realm: Realm) -> None:
    """Long queries go in the body; nothing found is an empty object."""
    text = "select * from Invoice where CustomerRef = '42' maxresults 2 startposition 2"
    got = await realm.query(text)
    assert ([row["Id"] for row in got["Invoice"]], got["startPosition"], got["maxResults"]) == (["102", "103"], 2, 2)
    headers = realm.headers(**{"Content-Type": "application/text"})
    posted = await realm.http.post(f"/v3/company/{realm.id}/query", content=text, headers=headers)
    assert posted.json()["QueryResponse"] == got
    assert await realm.query("select * from Invoice where Id = '1'") == {}
    assert await realm.query("select count(*) from Bill where Balance > '0'") == {"totalCount": 7}


async def test_the_two_conversations_of_the_article_work(realm: Realm) -> None:
    """Who owes most and where to write; then the cloud bill paid by card."""
    unpaid = (await realm.query("select * from Invoice where Balance > '0'"))["Invoice"]
    owed: dict[str, float] = {}
    for invoice in unpaid:
        owed[invoice["CustomerRef"]["value"]] = owed.get(invoice["CustomerRef"]["value"], 0) + invoice["Balance"]
    assert max(owed, key=lambda customer: owed[customer]) == "42"
    customer = (await realm.get("customer/42")).json()["Customer"]
    assert (customer["Balance"], "@" in customer["PrimaryEmailAddr"]["Address"]) == (15000, True)
    [bill] = (await realm.query("select * from Bill where Balance > '0' and VendorRef = '105'"))["Bill"]
    card = (await realm.query("select * from Account where AccountType = 'Credit Card'"))["Account"][0]
    payment = {
        "VendorRef": {"value": "105"},
        "TotalAmt": 2400,
        "PayType": "CreditCard",
        "CreditCardPayment": {"CCAccountRef": {"value": card["Id"]}},
        "Line": [{"Amount": 2400, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
    }
    paid = (await realm.post("billpayment", payment)).json()["BillPayment"]
    assert paid["VendorRef"] == {"value": "105", "name": "Stratus Harbor Cloud"}
    assert (await realm.get("bill/142")).json()["Bill"]["Balance"] == 0
    voided = await realm.post(
        "billpayment?operation=update&include=void", {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    )
    assert voided.json()["BillPayment"]["PrivateNote"] == "Voided"
    assert (await realm.get("bill/142")).json()["Bill"]["Balance"] == 2400


async def test_a_write_repeated_under_its_request_id_happens_once(realm: Realm) -> None:
    """The first answer comes again; the books do not move; another operation under the id is refused."""
    first = await realm.post("invoice?requestid=r-1", INVOICE)
    books = await realm.books()
    again = await realm.post("invoice?requestid=r-1", INVOICE)
    assert again.json()["Invoice"] == first.json()["Invoice"]
    assert await realm.books() == books
    other = await realm.post("customer?requestid=r-1", {"DisplayName": "Someone New"})
    assert other.json()["Fault"]["Error"][0]["code"] == "600"
    long = await realm.post(f"invoice?requestid={'x' * 51}", INVOICE)
    assert long.json()["Fault"]["Error"][0]["code"] == "2130"


async def test_create_then_delete_leaves_every_other_document_and_balance_as_it_was(realm: Realm) -> None:
    """The books dump is in a stable order, so before and after can be compared whole."""
    before = await realm.books()
    made = (await realm.post("invoice", INVOICE)).json()["Invoice"]
    gone = await realm.post("invoice?operation=delete", {"Id": made["Id"], "SyncToken": "0"})
    assert gone.json()["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert await realm.books() == before


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"{", "application/json", "2010"),
        (b"[]", "application/json", "2010"),
        (b"\xff{}", "application/json", "500"),
        (b"<Invoice/>", "text/plain", "1050"),
    ],
)
async def test_a_body_that_is_no_object_is_refused(realm: Realm, content: bytes, content_type: str, code: str) -> None:
    """Broken JSON, another shape, another encoding, another format: each has its code."""
    headers = realm.headers(**{"Content-Type": content_type})
    answer = await realm.http.post(f"/v3/company/{realm.id}/invoice", content=content, headers=headers)
    assert answer.json()["Fault"]["Error"][0]["code"] == code


@pytest.mark.parametrize(("status", "code"), [(401, "3200"), (403, "3100"), (429, "3001")])
async def test_an_ordered_status_answers_in_the_gateway_s_shape_and_does_nothing(
    realm: Realm, status: int, code: str
) -> None:
    """What a client does about it can be tested without a real limit or a dead token."""
    order = {"realm_id": realm.id, "method": "POST", "status": status, "retry_after_seconds": 7}
    assert (await realm.http.post("/_sandbox/faults", json=order)).status_code == 201
    before = await realm.books()
    assert (await realm.get("invoice/102")).status_code == 200
    answer = await realm.post("invoice", INVOICE)
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
    assert answer.json()["fault"]["error"][0]["code"] == code
    assert await realm.books() == before
    assert (await realm.post("invoice", INVOICE)).status_code == 200


@pytest.mark.parametrize(("cut", "written"), [("before_commit", 0), ("after_commit", 1)])
async def test_a_cut_connection_says_nothing_about_what_was_written(realm: Realm, cut: str, written: int) -> None:
    """The client cannot tell the two apart; the books can, and so can a repeat under the same request id."""
    before = (await realm.query("select count(*) from Invoice"))["totalCount"]
    await realm.http.post("/_sandbox/faults", json={"realm_id": realm.id, "path_suffix": "/invoice", "cut": cut})
    with pytest.raises(httpx2.TransportError):
        await realm.post("invoice?requestid=cut-1", INVOICE)
    assert (await realm.query("select count(*) from Invoice"))["totalCount"] == before + written
    assert (await realm.post("invoice?requestid=cut-1", INVOICE)).status_code == 200
    assert (await realm.query("select count(*) from Invoice"))["totalCount"] == before + 1


async def test_the_log_says_what_was_sent_but_no_secret(realm: Realm) -> None:
    """Tests read trace headers and request ids from it; a token there would be a leak."""
    await realm.get("invoice/102", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    await realm.post("invoice?requestid=r-9", INVOICE)
    await exchanged(realm.http, sandbox_realm=realm.id)
    logged = await realm.http.get("/_sandbox/requests", params={"realm": realm.id})
    entries = logged.json()["requests"]
    assert [(e["method"], e["path"].rsplit("/", 1)[-1], e["status"]) for e in entries] == [
        ("GET", "102", 200),
        ("POST", "invoice", 200),
        ("POST", "bearer", 200),
    ]
    assert entries[0]["traceparent"].startswith("00-a")
    assert entries[1]["requestid"] == "r-9"
    everything = (await realm.http.get("/_sandbox/requests")).text
    assert not any(secret in everything for secret in (realm.access, realm.refresh, "sbx_ac_", "sandbox-secret"))
    assert base64.b64encode(b"sandbox-client:sandbox-secret").decode() not in everything


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/_sandbox/companies", {"seed": "bakery"}, "choose one of: "),
        ("/_sandbox/companies", {"realm_id": "x"}, "4 to 20 digits"),
        ("/_sandbox/faults", {}, "so that something goes wrong"),
        ("/_sandbox/faults", {"status": 418}, "status"),
        ("/_sandbox/clock", {"advance_seconds": -5}, "must not be negative"),
        ("/_sandbox/companies/1234/expire_tokens", {}, "say which tokens"),
    ],
)
async def test_a_control_call_that_cannot_be_done_says_what_to_change(
    http: httpx2.AsyncClient, path: str, body: dict[str, Any], words: str
) -> None:
    """Whoever writes a test against the sandbox reads only this sentence."""
    answer = await http.post(path, json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_a_restart_keeps_tokens_books_and_request_ids(tmp_path: Path) -> None:
    """A second start must find the company as the first one left it, in a file nobody else can read."""
    path = tmp_path / "state" / "sandbox.json"
    settings = SandboxSettings(snapshot_path=path)
    with Served(settings) as origin:
        async with httpx2.AsyncClient(base_url=origin) as http:
            made = (await http.post("/_sandbox/companies", json={})).json()
            realm = Realm(http, made["realm_id"], made["access_token"], made["refresh_token"])
            first = (await realm.post("invoice?requestid=r-1", INVOICE)).json()["Invoice"]
            before = await realm.books()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Served(settings) as origin:
        async with httpx2.AsyncClient(base_url=origin) as http:
            realm.http = http
            assert await realm.books() == before
            assert (await realm.post("invoice?requestid=r-1", INVOICE)).json()["Invoice"] == first
            refreshed = await token_call(http, grant_type="refresh_token", refresh_token=realm.refresh)
            assert refreshed.status_code == 200


def test_a_setting_that_cannot_be_used_is_named() -> None:
    """A wrong variable must stop the start with its name, not work half."""
    assert load_settings({"SANDBOX_PORT": "9000", "SANDBOX_AUTO_APPROVE": "true", "PATH": "/bin"}).port == 9000
    with pytest.raises(SettingRefused, match="SANDBOX_REFRESH_ROTATION must be every_refresh or daily"):
        load_settings({"SANDBOX_REFRESH_ROTATION": "hourly"})

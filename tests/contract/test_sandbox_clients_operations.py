"""python-quickbooks: what it does beside saving and reading one object."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from quickbooks import objects as of  # type: ignore[import-untyped]
from quickbooks.batch import batch_create, batch_delete, batch_update  # type: ignore[import-untyped]
from quickbooks.cdc import change_data_capture  # type: ignore[import-untyped]
from quickbooks.exceptions import (  # type: ignore[import-untyped]
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.mixins import (  # type: ignore[import-untyped]
    DeleteMixin,
    QuickbooksPdfDownloadable,
    SendMixin,
    VoidMixin,
)

from sandbox.reports.report_facts import report_table
from tests.support.sandbox_client_objects import CUSTOMER, SAMPLES, made, ref, sale
from tests.support.sandbox_clients import Connected, company, moved, object_classes
from tests.unit.sandbox.sandbox_served import origin

__all__ = ["company", "moved", "origin"]
"""Fixtures that pytest finds by name."""

CLASSES = object_classes()
HOME = "US"
"""Where the company of the seed is."""
CARD_PAYMENT = "creditcardpayment_entity.CreditCardPayment"
"""The client looks for CreditCardPayment where QuickBooks answers CreditCardPaymentTxn, in a batch and in CDC."""
CAPTURED = [name for name in SAMPLES if name not in (CARD_PAYMENT, "taxagency.TaxAgency")]
"""QuickBooks does not tell of changed agencies."""
REPORTS = report_table().reports
ABROAD = [name for name, report in REPORTS.items() if HOME not in (report.countries or (HOME,))]
ABROAD += [name for name, report in REPORTS.items() if HOME in report.excluded_countries]
AT_HOME = [name for name in REPORTS if name not in ABROAD]
BATCHED = [name for name in SAMPLES if name != CARD_PAYMENT]


def with_mixin(mixin: type[Any]) -> list[str]:
    return [name for name in SAMPLES if issubclass(CLASSES[name], mixin)]


def saved(company: Connected, name: str) -> Any:
    return SAMPLES[name].make(company.quickbooks).save(qb=company.quickbooks)


@pytest.mark.parametrize("name", with_mixin(VoidMixin))
def test_what_is_voided_stays_without_an_amount(company: Connected, name: str) -> None:
    """The number is kept, the books are as if it had never been; sources and client differ in how to ask."""
    kind, client = CLASSES[name], company.quickbooks
    draft = SAMPLES[name].make(client)
    ledger = company.ledger()
    new = draft.save(qb=client)
    assert company.ledger() != ledger
    new.void(qb=client)
    left = kind.get(new.Id, qb=client)
    assert (left.TotalAmt, left.SyncToken, left.PrivateNote[:6]) == (0, "1", "Voided")
    assert company.ledger() == ledger


@pytest.mark.parametrize("name", with_mixin(SendMixin))
def test_what_is_sent_goes_to_the_address_given(company: Connected, name: str) -> None:
    """The client puts the address into the URL by itself."""
    new = saved(company, name)
    answer = new.send(qb=company.quickbooks, send_to="ap+office@bluethorn.example")
    told = answer[CLASSES[name].qbo_object_name]
    assert told["EmailStatus"] == "EmailSent"
    address = told.get("BillEmail") or told.get("POEmail")
    assert address["Address"] == "ap+office@bluethorn.example"
    assert CLASSES[name].get(new.Id, qb=company.quickbooks).EmailStatus == "EmailSent"


@pytest.mark.parametrize("name", with_mixin(QuickbooksPdfDownloadable))
def test_a_form_is_downloaded_as_pdf(company: Connected, name: str) -> None:
    """The client asks for PDF or, for the refusal, JSON."""
    new = saved(company, name)
    content = new.download_pdf(qb=company.quickbooks)
    assert content.startswith(b"%PDF-")
    assert content.endswith(b"%%EOF\n")
    new.Id = "999999"
    with pytest.raises(ObjectNotFoundException):
        new.download_pdf(qb=company.quickbooks)


@pytest.mark.parametrize("name", ["creditmemo.CreditMemo", "payment.Payment", "purchaseorder.PurchaseOrder"])
def test_a_form_the_client_has_no_button_for_is_downloaded_by_name(company: Connected, name: str) -> None:
    """QuickBooks prints more than the client's classes offer, and the client's plain call reaches them."""
    new = saved(company, name)
    content = company.quickbooks.download_pdf(CLASSES[name].qbo_object_name, new.Id)
    assert content.startswith(b"%PDF-")


@pytest.mark.parametrize("way", ["bytes", "path"])
def test_a_file_is_uploaded_linked_and_downloaded(company: Connected, tmp_path: Path, way: str) -> None:
    """The client writes its multipart form by hand, in base64 and with bare line ends."""
    client, content = company.quickbooks, b"%PDF-1.4\r\n\x00\xff" * 4_000
    bill = of.Bill.get(142, qb=client)
    target = made(of.AttachableRef, EntityRef=made(of.Ref, value=bill.Id, type="Bill"))
    new = made(of.Attachable, FileName="receipt.pdf", ContentType="application/pdf", AttachableRef=[target])
    if way == "bytes":
        new._FileBytes = content
    else:
        new._FilePath = str(tmp_path / "receipt.pdf")
        (tmp_path / "receipt.pdf").write_bytes(content)
    kept = new.save(qb=client)
    assert (kept.FileName, kept.Size, kept.AttachableRef[0].EntityRef.value) == ("receipt.pdf", len(content), "142")
    found = of.Attachable.where("AttachableRef.EntityRef.Type = 'bill'", qb=client)
    assert [each.Id for each in found] == [kept.Id]
    read = of.Attachable.get(kept.Id, qb=client)
    fetched = company.http.get(read.TempDownloadUri.removeprefix(company.origin)).content
    assert hashlib.sha256(fetched).digest() == hashlib.sha256(content).digest()
    read.Note = "Checked"
    assert read.save(qb=client).Note == "Checked"


@pytest.mark.parametrize("name", BATCHED)
def test_a_batch_creates_updates_and_deletes(company: Connected, name: str) -> None:
    """The client reads the answers back by their number and makes objects of them."""
    client, sample = company.quickbooks, SAMPLES[name]
    draft, twin = sample.make(client), sample.make(client)
    for member in ("Name", "DisplayName", "GivenName"):
        if getattr(twin, member, ""):
            setattr(twin, member, "Another name")
    created = batch_create([draft, twin], qb=client)
    refused = 1 if name in ONCE else 0
    assert (len(created.successes), len(created.faults)) == (2 - refused, refused)
    if sample.changes:
        for each in created.successes:
            setattr(each, sample.member, sample.value if each is created.successes[0] else TWIN.get(name, sample.value))
        created = batch_update(created.successes, qb=client)
        assert [each.SyncToken for each in created.successes] == ["1"] * (2 - refused)
    if issubclass(CLASSES[name], DeleteMixin):
        deleted = batch_delete(created.successes, qb=client)
        assert [each.status for each in deleted.successes] == ["Deleted"] * (2 - refused)
        assert deleted.faults == []


ONCE = ("companycurrency.CompanyCurrency",)
"""A company has each currency once."""
TWIN = {name: "Third name" for name in SAMPLES if SAMPLES[name].member == "Name"}
"""What the update gives the second of two objects whose names must differ."""


def test_a_refused_item_of_a_batch_names_its_object(company: Connected) -> None:
    """Forty at once: the client sends thirty and then ten, and one of them is wrong."""
    drafts = [made(of.Customer, DisplayName=f"Customer {number}") for number in range(40)]
    drafts[35].DisplayName = "Tinderbox Studios"
    answer = batch_create(drafts, qb=company.quickbooks)
    assert len(answer.successes) == 39
    (refused,) = answer.faults
    assert (refused.Error[0].code, refused.original_object.DisplayName) == ("6240", "Tinderbox Studios")


def test_changes_of_every_class_are_told_at_once(company: Connected) -> None:
    """One call catches up with everything; what was deleted is told by its id alone."""
    client = company.quickbooks
    since = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    made_here = {name: saved(company, name).Id for name in CAPTURED}
    gone = saved(company, "invoice.Invoice")
    gone.delete(qb=client)
    answer = change_data_capture([CLASSES[name] for name in CAPTURED], since, qb=client)
    for name, identifier in made_here.items():
        told = getattr(answer, CLASSES[name].qbo_object_name)
        assert identifier in [each.Id for each in told], name
    assert [(each.Id, each.status) for each in answer.Invoice if hasattr(each, "status")] == [(gone.Id, "Deleted")]


def test_changes_are_told_since_a_moment_without_offset(company: Connected) -> None:
    """Given a datetime, the client writes it without one; the company's own time is meant."""
    new = saved(company, "invoice.Invoice")
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=2)
    answer = change_data_capture([of.Invoice, of.Bill], since, qb=company.quickbooks)
    assert [each.Id for each in answer.Invoice if each.Id == new.Id] == [new.Id]
    assert len(answer.Invoice) < of.Invoice.count(qb=company.quickbooks)
    with pytest.raises(ValidationException) as refused:
        change_data_capture([of.TaxAgency], since, qb=company.quickbooks)
    assert refused.value.error_code == 2000


@pytest.mark.parametrize("name", AT_HOME)
def test_every_report_is_answered_with_its_name(company: Connected, name: str) -> None:
    """The client hands the body on as it is; columns and rows are what its users read."""
    report = company.quickbooks.get_report(name, {"start_date": "2026-01-01", "end_date": "2026-12-31"})
    assert report["Header"]["ReportName"]
    assert report["Columns"]["Column"]
    assert "Row" in report["Rows"] or report["Rows"] == {}


@pytest.mark.parametrize("name", ABROAD)
def test_a_report_of_another_country_is_refused(company: Connected, name: str) -> None:
    """QuickBooks has some reports in one country only."""
    with pytest.raises(QuickbooksException) as refused:
        company.quickbooks.get_report(name)
    assert refused.value.error_code == 5020


def test_a_report_follows_what_the_client_writes(company: Connected) -> None:
    """An invoice raises the income that the report tells."""
    client = company.quickbooks
    asked = {"start_date": "2026-11-01", "end_date": "2026-11-30"}
    before = income(client.get_report("ProfitAndLoss", asked))
    sale(of.Invoice, TxnDate="2026-11-22").save(qb=client)
    assert income(client.get_report("ProfitAndLoss", asked)) == before + 100
    with pytest.raises(ValidationException) as refused:
        client.get_report("ProfitAndLoss", {"start_date": "soon"})
    assert 2000 <= refused.value.error_code < 5000


def income(report: dict[str, Any]) -> float:
    (section,) = (row for row in report["Rows"]["Row"] if row.get("group") == "Income")
    return float(section["Summary"]["ColData"][-1]["value"])


def test_a_page_and_an_order_are_kept(company: Connected) -> None:
    """The client writes ORDERBY, or ORDER BY, and the page in the order QuickBooks reads."""
    client = company.quickbooks
    everything = [each.Id for each in of.Invoice.all(order_by="Balance DESC", qb=client)]
    pages = [
        of.Invoice.all(order_by="Balance DESC", start_position=start, max_results=5, qb=client) for start in (1, 6)
    ]
    assert [each.Id for page in pages for each in page] == everything[:10]
    (dell,) = of.Customer.filter(DisplayName="O'Dell Marine Supply", Active=True, qb=client)
    due = of.Invoice.where("Balance > '0'", order_by="DueDate", start_position=1, max_results=3, qb=client)
    assert dell.Id == "56"
    assert [each.DueDate for each in due] == sorted(each.DueDate for each in due)
    assert len(of.Invoice.filter(CustomerRef=CUSTOMER, qb=client)) == of.Invoice.count(
        f"CustomerRef = '{CUSTOMER}'", client
    )
    assert [each.Id for each in of.Customer.choose(["42", "55"], qb=client)] == ["42", "55"]
    assert of.Invoice.get(104, qb=client, params={"include": "invoiceLink"}).CustomerRef.value == "42"
    assert made(of.Bill, VendorRef=ref("105"), Id="142").to_ref().value == "142"

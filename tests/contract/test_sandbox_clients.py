"""python-quickbooks: every class it has, through the life QuickBooks gives it."""

from copy import deepcopy
from typing import Any

import pytest
from quickbooks.exceptions import (  # type: ignore[import-untyped]
    ObjectNotFoundException,
    QuickbooksException,
    UnsupportedException,
)
from quickbooks.mixins import DeleteMixin  # type: ignore[import-untyped]

from tests.support.sandbox_client_objects import SAMPLES
from tests.support.sandbox_clients import Connected, company, moved, object_classes, part_classes
from tests.unit.sandbox.sandbox_served import origin

__all__ = ["company", "moved", "origin"]
"""Fixtures that pytest finds by name."""

CLASSES = object_classes()
CHANGED = [name for name, sample in SAMPLES.items() if sample.changes]
DELETED = [name for name in SAMPLES if issubclass(CLASSES[name], DeleteMixin)]
DEACTIVATED = [name for name in SAMPLES if hasattr(CLASSES[name](), "Active")]
SPECIAL = "test_sandbox_clients_special"
ELSEWHERE = {
    "base.QuickbooksManagedObject": "what the others inherit; it names no entity",
    "base.QuickbooksReadOnlyObject": "what the others inherit; it names no entity",
    "budget.Budget": f"the client only reads it: {SPECIAL}",
    "company_info.CompanyInfo": f"there is one: {SPECIAL}",
    "customertype.CustomerType": f"the client only reads it: {SPECIAL}",
    "exchangerate.ExchangeRate": f"it has no id: {SPECIAL}",
    "preferences.Preferences": f"there is one: {SPECIAL}",
    "recurringtransaction.RecurringTransaction": f"it wraps another: {SPECIAL}",
    "taxcode.TaxCode": f"made by TaxService: {SPECIAL}",
    "taxrate.TaxRate": f"made by TaxService: {SPECIAL}",
    "taxservice.TaxService": f"it answers without wrapper: {SPECIAL}",
}
"""Classes without a sample, with the reason and where they are tested."""


def saved(company: Connected, name: str) -> Any:
    return SAMPLES[name].make(company.quickbooks).save(qb=company.quickbooks)


def members(document: Any, *but: str) -> dict[str, Any]:
    """Return an object as the client turns it into a dictionary; temporary addresses differ from read to read."""
    varying = {"TempDownloadUri", "ThumbnailTempDownloadUri", *but}
    return {name: value for name, value in document.to_dict().items() if name not in varying}


def test_no_class_of_the_client_is_left_out() -> None:
    """A class nobody tried is one nobody knows to work."""
    wrapped = {name for name in CLASSES if name.startswith("recurringtransaction.Recurring")}
    wrapped.discard("recurringtransaction.RecurringTransaction")
    assert len(wrapped) == 12
    assert set(SAMPLES) | set(ELSEWHERE) | wrapped == set(CLASSES)
    assert not set(SAMPLES) & set(ELSEWHERE)
    assert {"base.Ref", "detailline.SalesItemLine", "batchrequest.Fault"} <= set(part_classes())


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_saved_is_what_is_read(company: Connected, name: str) -> None:
    """The client sends a default for every member it knows; none may be refused or come back as another."""
    new = saved(company, name)
    assert (new.SyncToken, new.sparse, new.domain) == ("0", False, "QBO")
    read = CLASSES[name].get(new.Id, qb=company.quickbooks)
    assert members(read) == members(new)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_way_to_list_finds_what_was_saved(company: Connected, name: str) -> None:
    """The client words its queries in five ways."""
    kind, client = CLASSES[name], company.quickbooks
    before = kind.count(qb=client)
    identifier = saved(company, name).Id
    assert kind.count(qb=client) == before + 1
    assert identifier in [each.Id for each in kind.all(order_by="Id DESC", max_results=1000, qb=client)]
    found = [
        kind.filter(Id=identifier, qb=client),
        kind.choose([identifier, "999999"], field="Id", qb=client),
        kind.where(f"Id = '{identifier}'", order_by="Id", start_position=1, max_results=5, qb=client),
        kind.query(f"SELECT * FROM {kind.qbo_object_name} WHERE Id IN ('{identifier}')", qb=client),
    ]
    assert [[each.Id for each in way] for way in found] == [[identifier]] * 4
    assert kind.count(f"Id = '{identifier}'", qb=client) == 1


@pytest.mark.parametrize("name", CHANGED)
def test_an_update_changes_one_member_and_keeps_the_rest(company: Connected, name: str) -> None:
    """The client sends everything it read; what is read-only comes along and must not hurt."""
    sample, kind, client = SAMPLES[name], CLASSES[name], company.quickbooks
    identifier = saved(company, name).Id
    before, stale = (kind.get(identifier, qb=client) for _ in range(2))
    changed = deepcopy(before)
    setattr(changed, sample.member, sample.value)
    after = changed.save(qb=client)
    assert (after.Id, after.SyncToken) == (identifier, "1")
    assert getattr(after, sample.member) == sample.value
    varying = (sample.member, "SyncToken", "MetaData", "FullyQualifiedName")
    assert members(after, *varying) == members(before, *varying)
    with pytest.raises(QuickbooksException) as refused:
        stale.save(qb=client)
    assert refused.value.error_code == 5010


@pytest.mark.parametrize("name", DELETED)
def test_what_is_deleted_is_gone_and_the_books_are_as_before(company: Connected, name: str) -> None:
    """Deleting undoes what saving posted."""
    kind, client = CLASSES[name], company.quickbooks
    draft = SAMPLES[name].make(client)
    ledger = company.ledger()
    new = draft.save(qb=client)
    answer = new.delete(qb=client)
    told = answer[kind.qbo_json_object_name or kind.qbo_object_name]
    assert (told["status"], told["Id"]) == ("Deleted", new.Id)
    with pytest.raises(ObjectNotFoundException) as refused:
        kind.get(new.Id, qb=client)
    assert refused.value.error_code == 610
    assert company.ledger() == ledger


@pytest.mark.parametrize("name", DEACTIVATED)
def test_what_is_made_inactive_stays_and_is_no_longer_listed(company: Connected, name: str) -> None:
    """Names are never deleted."""
    kind, client = CLASSES[name], company.quickbooks
    new = saved(company, name)
    new.Active = False
    new.save(qb=client)
    assert kind.get(new.Id, qb=client).Active is False
    assert kind.filter(Id=new.Id, qb=client) == []
    assert [each.Id for each in kind.filter(Id=new.Id, Active=False, qb=client)] == [new.Id]


def test_an_agency_takes_no_update(company: Connected) -> None:
    """The client offers what QuickBooks does not."""
    agency = saved(company, "taxagency.TaxAgency")
    with pytest.raises(UnsupportedException) as refused:
        agency.save(qb=company.quickbooks)
    assert refused.value.error_code == 500


@pytest.mark.parametrize("name", ["invoice.Invoice", "customer.Customer", "payment.Payment"])
def test_a_save_repeated_with_its_request_id_writes_once(company: Connected, name: str) -> None:
    """A client that lost an answer asks again."""
    kind, client = CLASSES[name], company.quickbooks
    draft = SAMPLES[name].make(client)
    again, before = deepcopy(draft), kind.count(qb=client)
    first = draft.save(qb=client, request_id="r-1")
    second = again.save(qb=client, request_id="r-1")
    assert members(second) == members(first)
    assert kind.count(qb=client) == before + 1

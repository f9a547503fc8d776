"""Every entity through its life: created, read, queried, changed, replaced, and taken away as its kind allows."""

from typing import Any

import pytest

from sandbox.facts import facts
from sandbox.wire import Document
from tests.unit.sandbox.sandbox_bodies import MINIMAL, changed, minimal
from tests.unit.sandbox.sandbox_company import Company, entity, refusal

CREATED = sorted({*MINIMAL, "InventoryAdjustment", "TimeActivity"})
UPDATED = [name for name in CREATED if "update_full" in facts().entities[name].operations]
SPARSE = [name for name in CREATED if "update_sparse" in facts().entities[name].operations]
DELETED = [name for name in CREATED if "delete" in facts().entities[name].operations]
LISTS = [name for name in UPDATED if "Active" in facts().entities[name].fields and name not in DELETED]
QUERIED = [name for name in CREATED if "query" in facts().entities[name].operations]
SERVER_OWNED = ("CustomerType", "TaxClassification", "Term", "PaymentMethod", "Preferences", "CompanyInfo")


@pytest.fixture
def company() -> Company:
    return Company()


def made(company: Company, name: str) -> Document:
    return company.create(name, **minimal(company, name))


def test_every_entity_that_can_be_created_is_covered_here() -> None:
    """A new entity in the facts must not stay untried; templates and tax codes have tests of their own."""
    creatable = {name for name, each in facts().entities.items() if "create" in each.operations}
    assert creatable - {"RecurringTransaction", "TaxService"} == set(CREATED)
    assert len(facts().entities) == 44


@pytest.mark.parametrize("name", CREATED)
def test_a_minimal_body_creates_an_object_that_reads_back_the_same(company: Company, name: str) -> None:
    """The required members of the facts are enough, and what is answered is what is kept."""
    created = made(company, name)
    assert (created["SyncToken"], created["domain"], created["sparse"]) == ("0", "QBO", False)
    assert company.read(name, created["Id"]) == created


@pytest.mark.parametrize("name", CREATED)
def test_each_required_member_is_asked_for_by_name(company: Company, name: str) -> None:
    """Whoever wrote the body mends one field and not a guess."""
    body = minimal(company, name)
    for member in entity(name).required.create:
        without = {each: value for each, value in body.items() if each != member}
        fault = refusal(lambda body=without: company.create(name, **body))
        assert (fault.code, fault.element) == ("2020", member)


@pytest.mark.parametrize("name", QUERIED)
def test_a_query_finds_what_was_created(company: Company, name: str) -> None:
    """Id filters on every entity."""
    created = made(company, name)
    assert company.ids(f"select * from {name.lower()} where Id = '{created['Id']}'") == [created["Id"]]


@pytest.mark.parametrize("name", SPARSE)
def test_a_sparse_update_changes_what_it_names_and_raises_the_token_by_one(company: Company, name: str) -> None:
    """The rest stays: that is what sparse means."""
    created = made(company, name)
    members = changed(company, name, created)
    after = company.sparse(name, created, **members)
    assert after["SyncToken"] == "1"
    kept = set(created) - set(members) - {"SyncToken", "MetaData", "FullyQualifiedName", "Line", "Name"}
    assert {member: after.get(member) for member in kept} == {member: created[member] for member in kept}


@pytest.mark.parametrize("name", [each for each in UPDATED if each != "CompanyCurrency"])
def test_a_full_update_erases_what_it_leaves_out(company: Company, name: str) -> None:
    """QuickBooks nulls every writable member that is not sent, except those it gives a default again."""
    body = minimal(company, name)
    note = "PrivateNote" if "PrivateNote" in entity(name).fields else "Description"
    if note not in entity(name).fields:
        note = "Notes" if "Notes" in entity(name).fields else ""
    extra = {note: "first"} if note else {}
    created = company.create(name, **{**body, **extra})
    assert created.get(note) == extra.get(note)
    after = company.update(name, Id=created["Id"], SyncToken="0", **body)
    assert after["SyncToken"] == "1"
    assert note not in after


@pytest.mark.parametrize("name", UPDATED)
def test_a_stale_token_is_refused(company: Company, name: str) -> None:
    """Two people at one object: the second one is told."""
    created = made(company, name)
    body = minimal(company, name) if name in MINIMAL else created
    stale = {**body, "Id": created["Id"], "SyncToken": "7"}
    assert refusal(lambda: company.update(name, **stale)).code == "5010"


@pytest.mark.parametrize("name", DELETED)
def test_a_deleted_object_is_gone_and_says_who_took_it(company: Company, name: str) -> None:
    """A second delete is told that somebody was faster, as captured."""
    created = made(company, name)
    assert company.delete(name, created) == {"domain": "QBO", "status": "Deleted", "Id": created["Id"]}
    fault = refusal(lambda: company.delete(name, created))
    assert fault.detail == "Object Not Found : Another user has deleted this transaction."
    assert refusal(lambda: company.read(name, created["Id"])).code == entity(name).missing_id_fault


@pytest.mark.parametrize("name", LISTS)
def test_a_list_member_is_made_inactive_and_found_only_when_asked_for(company: Company, name: str) -> None:
    """Name lists are never deleted; Active = false hides them and marks the name once."""
    created = made(company, name)
    needed = {"Name": created["Name"]} if name == "JournalCode" else {}
    after = company.sparse(name, created, Active=False, **needed)
    again = company.sparse(name, after, Active=False)
    assert again["SyncToken"] == after["SyncToken"] == "1"
    member = entity(name).name_member
    # A currency is known by its code, which stays as it is.
    assert after[member or "Code"] == created[member or "Code"] + (" (deleted)" if member else "")
    if entity(name).fields["Active"].filterable:
        asked = f"select * from {name} where Active = false and Id = '{created['Id']}'"
        assert company.ids(f"select * from {name} where Id = '{created['Id']}'") == []
        assert company.ids(asked) == [created["Id"]]


@pytest.mark.parametrize("name", [each for each in LISTS if each != "Account"] + ["TaxAgency"])
def test_a_name_is_used_once(company: Company, name: str) -> None:
    """A second object of the name could not be told apart."""
    made(company, name)
    body = MINIMAL[name]
    fault = refusal(lambda: company.create(name, **body))
    assert (fault.code, fault.detail) == ("6240", "The name supplied already exists. : null")


def test_customers_vendors_and_employees_share_their_names(company: Company) -> None:
    """QuickBooks keeps one list of names for all three."""
    company.create("Employee", GivenName="Ines", FamilyName="Vole")
    assert refusal(lambda: company.create("Vendor", DisplayName="ines vole")).code == "6240"
    assert refusal(lambda: company.create("Customer", DisplayName="Ines Vole")).code == "6240"


@pytest.mark.parametrize("name", SERVER_OWNED)
def test_a_new_company_has_its_lists(company: Company, name: str) -> None:
    """A client that offers terms or payment methods finds some on the first day."""
    assert company.ids(f"select * from {name}")


def test_a_number_tells_a_social_security_number_only_to_its_end(company: Company) -> None:
    """QuickBooks answers it masked."""
    employee = company.create("Employee", GivenName="Ansel", FamilyName="Bright", SSN="123-45-6789")
    assert employee["SSN"] == "XXX-XX-6789"


def test_a_term_is_driven_by_days_or_by_a_date(company: Company) -> None:
    """The type is the server's to say."""
    assert company.create("Term", Name="Net 7", DueDays=7)["Type"] == "STANDARD"
    assert company.create("Term", Name="On the fifth", DayOfMonthDue=5)["Type"] == "DATE_DRIVEN"
    assert refusal(lambda: company.create("Term", Name="Never")).element == "DueDays"
    assert refusal(lambda: company.create("Term", Name="Late", DueDays=1000)).code == "2240"


def test_classes_nest_five_deep(company: Company) -> None:
    """A sixth level is refused, and so is a flag without a parent."""
    parent = company.create("Class", Name="1")
    for level in range(2, 6):
        parent = company.create("Class", Name=str(level), ParentRef={"value": parent["Id"]})
    assert (parent["FullyQualifiedName"], parent["SubClass"]) == ("1:2:3:4:5", True)
    assert refusal(lambda: company.create("Class", Name="6", ParentRef={"value": parent["Id"]})).code == "6180"
    assert refusal(lambda: company.create("Class", Name="x", SubClass=True)).code == "6150"


BUDGET_LINE = {"BudgetDate": "2027-01-01", "Amount": 5, "AccountRef": {"value": "63"}}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"EndDate": "2026-12-31"}, "2190"),
        ({"BudgetDetail": [{**BUDGET_LINE, "AccountRef": {"value": "35"}}]}, "6510"),
        ({"BudgetType": "BalanceSheet"}, "6510"),
        ({"BudgetDetail": []}, "2020"),
    ],
)
def test_a_budget_that_does_not_fit_is_refused(company: Company, members: Document, code: str) -> None:
    """Its accounts, its dates and its type belong together."""
    assert refusal(lambda: company.create("Budget", **{**MINIMAL["Budget"], **members})).code == code


def test_a_budget_is_broken_down_by_one_thing(company: Company) -> None:
    """By customer or by class, not by both."""
    group = company.create("Class", Name="North")
    lines = [{**BUDGET_LINE, "CustomerRef": {"value": "55"}}, {**BUDGET_LINE, "ClassRef": {"value": group["Id"]}}]
    assert refusal(lambda: company.create("Budget", **{**MINIMAL["Budget"], "BudgetDetail": lines})).code == "6490"


HOURS = {"Hours": 2}
SPAN = {"StartTime": "2026-11-20T09:00:00-08:00", "EndTime": "2026-11-20T11:00:00-08:00"}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({**HOURS, "VendorRef": {"value": "88"}}, "6290"),
        ({**HOURS, "BillableStatus": "Billable"}, "6310"),
        ({**HOURS, "BillableStatus": "Billable", "CustomerRef": {"value": "55"}}, "6330"),
        ({**HOURS, "BillableStatus": "HasBeenBilled"}, "6320"),
        ({"Hours": 0, "Minutes": 0}, "6340"),
        ({}, "6350"),
        ({**SPAN, "BreakHours": 3}, "6360"),
        ({"StartTime": SPAN["EndTime"], "EndTime": SPAN["StartTime"]}, "6370"),
        ({"Hours": 1, "Minutes": 60}, "6380"),
        ({**SPAN, **HOURS}, "6390"),
    ],
)
def test_time_that_cannot_be_kept_is_refused_by_its_code(company: Company, members: Any, code: str) -> None:
    """Each of QuickBooks' ten time codes means one mistake."""
    employee = company.create("Employee", GivenName="Ansel", FamilyName="Brightwater")
    body = {"NameOf": "Employee", "EmployeeRef": {"value": employee["Id"]}, **members}
    assert refusal(lambda: company.create("TimeActivity", **body)).code == code

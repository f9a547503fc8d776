"""python-quickbooks: the classes that are read only, that there is one of, or that wrap others."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from quickbooks import objects as of  # type: ignore[import-untyped]
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException  # type: ignore[import-untyped]
from quickbooks.objects import recurringtransaction as recurring  # type: ignore[import-untyped]
from quickbooks.objects.customertype import CustomerType  # type: ignore[import-untyped]
from quickbooks.objects.exchangerate import ExchangeRate  # type: ignore[import-untyped]

from tests.support.sandbox_client_objects import SAMPLES, foreign_currency, made, ref
from tests.support.sandbox_clients import Connected, company, moved
from tests.unit.sandbox.sandbox_served import origin

__all__ = ["company", "moved", "origin"]
"""Fixtures that pytest finds by name."""

KINDS = sorted(recurring.RecurringTransaction.class_dict)
WRAPPED = {name.rpartition(".")[2]: sample for name, sample in SAMPLES.items()}


def test_the_company_is_read_listed_and_changed(company: Connected) -> None:
    """There is one, under the id 1 and under its realm id."""
    client = company.quickbooks
    quillfeather = of.CompanyInfo.get(1, qb=client)
    assert quillfeather.CompanyName == "Quillfeather Consulting"
    assert of.CompanyInfo.get(company.realm_id, qb=client).to_dict() == quillfeather.to_dict()
    assert [each.Id for each in of.CompanyInfo.all(qb=client)] == ["1"]
    quillfeather.LegalName = "Quillfeather Holding LLC"
    changed = quillfeather.save(qb=client)
    assert (changed.LegalName, changed.SyncToken) == ("Quillfeather Holding LLC", str(int(quillfeather.SyncToken) + 1))
    assert changed.LegalAddr.Line1 == "480 Tallow Street"


def test_preferences_are_read_and_changed(company: Connected) -> None:
    """The client sends all groups back, with members of its own invention in none."""
    client = company.quickbooks
    before = of.Preferences.get(qb=client)
    assert (before.CurrencyPrefs.HomeCurrency.value, before.SalesFormsPrefs.CustomTxnNumbers) == ("USD", False)
    before.SalesFormsPrefs.CustomTxnNumbers = True
    after = before.save(qb=client)
    assert after.SyncToken == str(int(before.SyncToken) + 1)
    assert of.Preferences.get(qb=client).SalesFormsPrefs.CustomTxnNumbers is True


def test_customer_types_are_only_read(company: Connected) -> None:
    """QuickBooks has no other call for them."""
    client = company.quickbooks
    types = CustomerType.all(qb=client)
    assert [each.Name for each in types] == ["Retail", "Wholesale"]
    assert CustomerType.get(types[0].Id, qb=client).to_dict() == types[0].to_dict()
    assert [each.Id for each in CustomerType.filter(Id=types[1].Id, qb=client)] == [types[1].Id]
    assert CustomerType.count(qb=client) == 2


def test_a_budget_is_read_with_its_months(company: Connected) -> None:
    """The client only reads them, so its plain call makes this one."""
    client = company.quickbooks
    month = {"BudgetDate": "2027-01-01", "Amount": 500, "AccountRef": {"value": "63"}}
    span = {"StartDate": "2027-01-01", "EndDate": "2027-12-31"}
    kind = {"BudgetType": "ProfitAndLoss", "BudgetEntryType": "Monthly"}
    body = made(of.Budget, Name="Plan 2027", BudgetDetail=[month], **span, **kind)
    identifier = client.update_object("Budget", body.to_json())["Budget"]["Id"]
    budget = of.Budget.get(identifier, qb=client)
    assert (budget.Name, budget.BudgetDetail[0].Amount, budget.BudgetDetail[0].AccountRef.name) == (
        "Plan 2027",
        500,
        "Rent",
    )
    assert [each.Id for each in of.Budget.all(qb=client)] == [identifier]
    assert of.Budget.count(qb=client) == 1


def test_a_rate_is_set_and_found_by_currency(company: Connected) -> None:
    """It has no id: the currency and the day say which it is."""
    client = company.quickbooks
    foreign_currency(client).save(qb=client)
    rate = made(ExchangeRate, SourceCurrencyCode="EUR", AsOfDate="2026-11-02", Rate=1.08, SyncToken=0)
    set_at = rate.save(qb=client)
    assert (set_at.Rate, set_at.TargetCurrencyCode, set_at.SyncToken) == (1.08, "USD", "0")
    (found,) = ExchangeRate.filter(SourceCurrencyCode="EUR", qb=client)
    assert found.to_dict() == set_at.to_dict()
    found.Rate = 1.09
    assert found.save(qb=client).SyncToken == "1"
    assert ExchangeRate.count("SourceCurrencyCode = 'EUR'", qb=client) == 1


def test_a_tax_code_and_its_rate_come_from_the_tax_service(company: Connected) -> None:
    """Both are read like any object and written by no other call."""
    client = company.quickbooks
    agency = made(of.TaxAgency, DisplayName="Port Merrin Revenue").save(qb=client)
    city = made(of.TaxRateDetails, TaxRateName="City", RateValue="2.5", TaxAgencyId=agency.Id)
    answer = made(of.TaxService, TaxCode="City sales", TaxRateDetails=[city]).save(qb=client)
    code = of.TaxCode.get(answer.TaxCodeId, qb=client)
    (detail,) = code.SalesTaxRateList.TaxRateDetail
    rate = of.TaxRate.get(detail.TaxRateRef.value, qb=client)
    assert (code.Name, rate.Name, rate.RateValue, rate.AgencyRef.value) == ("City sales", "City", 2.5, agency.Id)
    assert rate.Id == answer.TaxRateDetails[0].TaxRateId
    for kind, found in ((of.TaxCode, code), (of.TaxRate, rate)):
        assert found.to_dict() in [each.to_dict() for each in kind.all(qb=client)]
        assert [each.Id for each in kind.filter(Name=found.Name, qb=client)] == [found.Id]
        assert kind.count(qb=client) == len(kind.all(qb=client))
    again = made(of.TaxService, TaxCode="City sales", TaxRateDetails=[city])
    with pytest.raises(QuickbooksException) as refused:
        again.save(qb=client)
    assert refused.value.error_code == 6240


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_of_each_kind_is_kept_and_posts_nothing(company: Connected, kind: str) -> None:
    """It says what is to be written later; the client sends the transaction's own defaults along."""
    client = company.quickbooks
    template = template_of(client, kind)
    ledger = company.ledger()
    wrapper = made(recurring.RecurringTransaction, **{kind: template})
    kept = getattr(wrapper.save(qb=client), kind)
    assert (kept.RecurringInfo.Name, kept.RecurringInfo.ScheduleInfo.IntervalType) == ("Monthly", "Monthly")
    read = recurring.RecurringTransaction.get(kept.Id, qb=client)
    assert getattr(read, kind).to_dict() == kept.to_dict()
    (listed,) = recurring.RecurringTransaction.all(qb=client)
    assert listed.to_dict() == read.to_dict()
    assert recurring.RecurringTransaction.count(qb=client) == 1
    assert company.ledger() == ledger
    read.delete(qb=client)
    assert recurring.RecurringTransaction.all(qb=client) == []
    with pytest.raises(ObjectNotFoundException):
        recurring.RecurringTransaction.get(kept.Id, qb=client)


def template_of(client: Any, kind: str) -> Any:
    """Turn the sample of a class into its recurring twin."""
    sample = WRAPPED[kind].make(client)
    schedule = made(recurring.ScheduleInfo, IntervalType="Monthly", StartDate="2026-12-01", DayOfMonth=1)
    members = {name: value for name, value in vars(sample).items() if value is not None}
    info = made(recurring.RecurringInfo, Name="Monthly", Active=True, ScheduleInfo=schedule)
    return made(recurring.RecurringTransaction.class_dict[kind], **members, RecurringInfo=info)


def test_amounts_stay_exact_through_a_client_that_counts_in_decimals(company: Connected) -> None:
    """That client writes amounts as text."""
    client = company.another(use_decimal=True)
    draft = WRAPPED["Transfer"].make(client)
    draft.Amount = Decimal("1234567.89")
    saved = draft.save(qb=client)
    assert saved.Amount == Decimal("1234567.89")
    assert isinstance(of.Transfer.get(saved.Id, qb=client).Amount, Decimal)


def test_what_a_client_leaves_out_of_a_full_update_is_erased(company: Connected) -> None:
    """The client leaves out whatever is None; QuickBooks then forgets it."""
    client = company.quickbooks
    bill = made(of.Bill, VendorRef=ref("105"), Line=WRAPPED["Bill"].make(client).Line, PrivateNote="Due soon")
    saved = bill.save(qb=client)
    assert saved.PrivateNote == "Due soon"
    saved.PrivateNote = None
    assert saved.save(qb=client).PrivateNote == ""
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    again = of.Bill.get(saved.Id, qb=client)
    again.DueDate = day
    assert again.save(qb=client).DueDate == day

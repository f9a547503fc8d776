"""Every tool is called once: planned, sent to a sandbox, accepted, and answered as published."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from services.executor.arguments import check_arguments
from services.executor.errors import QuickbooksNotFound
from services.executor.faults import condition_of
from services.executor.model import (
    Effect,
    Location,
    Operation,
    Placement,
    PlannedRequest,
    ResultShape,
    UpstreamResponse,
)
from services.executor.plan import plan_request
from services.executor.results import shape_result
from services.registry.model import Entry
from tests.catalog.listed import arguments_of, result_of, shipped
from tests.unit.sandbox.sandbox_served import Realm, http, origin, realm
from tools.examples import DAY, example_of

__all__ = ["http", "origin", "realm"]
"""Fixtures that pytest finds by name."""

pytestmark = pytest.mark.anyio

ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in shipped().entries]

MAKERS = {
    "download_a_quick_books_attachment_by_id": "upload_a_quick_books_attachment",
    "get_single_quick_books_tax_code_by_id": "create_a_quick_books_tax_code",
    "get_single_quick_books_tax_rate_by_id": "create_a_quick_books_tax_code",
}
"""Tools that need what another tool than their own `create` makes."""

COUNTRIES = {
    "TrialBalanceFR": "FR",
    "GeneralLedgerFR": "FR",
    "JournalReportFR": "FR",
    "FECReport": "FR",
    "TaxSummary": "GB",
    "BAS": "AU",
}
"""Reports that only companies of one country have."""

NOWHERE = ("TaxPayment", "TaxReturn", "ReimburseCharge")
"""Records that QuickBooks makes by itself and the sandbox does not: there is none to be found."""


def operation_of(entry: Entry) -> Operation:
    """What the executor learns of a tool."""
    tool, operation = entry.tool, entry.operation
    return Operation(
        tool_id=tool.tool_id,
        method=tool.method,
        tags=tool.tags,
        effect=Effect(tool.effect.value),
        entity=operation.entity,
        http_method=operation.http_method,
        path_template=operation.path_template,
        fixed_query=operation.fixed_query,
        fixed_body_json=operation.fixed_body_json,
        placements=tuple(
            Placement(argument=p.argument, location=Location(p.location.value), target=p.target)
            for p in operation.placements
        ),
        result_shape=ResultShape(operation.result_shape.value),
        input_schema_json=tool.detail_schema_json,
        takes_request_id=operation.takes_request_id,
        revision="r",
    )


@dataclass(frozen=True, kw_only=True)
class Office:
    """Calls tools for one company as the executor does, without the rooms around it."""

    company: Realm

    async def send(self, entry: Entry, arguments: dict[str, Any]) -> tuple[PlannedRequest, UpstreamResponse]:
        """Check, plan and send one call."""
        operation = operation_of(entry)
        checked = check_arguments(operation, msgspec.json.encode(arguments))
        planned = plan_request(operation, checked, self.company.id, secrets.token_hex(16))
        headers = {"Authorization": f"Bearer {self.company.access}", "Accept": planned.accept}
        headers |= {"Content-Type": planned.content_type} if planned.content_type else {}
        answer = await self.company.http.request(
            planned.http_method, planned.target, content=planned.body or None, headers=headers
        )
        return planned, UpstreamResponse(
            status=answer.status_code, headers=answer.headers, body=answer.content, duration=timedelta()
        )

    async def call(self, entry: Entry, arguments: dict[str, Any]) -> dict[str, Any]:
        """One call that has to go well."""
        operation = operation_of(entry)
        planned, response = await self.send(entry, arguments)
        condition = condition_of(operation, response, "connections/1")
        assert condition is None, f"{condition}: {response.body[:500]!r}"
        result: dict[str, Any] = msgspec.json.decode(shape_result(operation, planned, response))
        return result

    async def named(self, tool_id: str, **arguments: Any) -> dict[str, Any]:
        """One call of another tool, to set the scene."""
        entry = shipped().find(tool_id)
        return await self.call(entry, {**example_of(entry), **arguments})

    async def prepare(self, entry: Entry) -> dict[str, Any]:
        """Set the scene that a tool needs; what its arguments, or those of the tool before it, have to name of it."""
        entity = entry.operation.entity
        if entity in ("CompanyCurrency", "ExchangeRate"):
            await self._turn_on_currencies()
        if entity in ("TaxCode", "TaxRate", "TaxService"):
            agency = await self.named("create_a_quick_books_tax_agency")
            rate = {"TaxRateName": "Harbour rate", "RateValue": 5, "TaxAgencyId": agency["Id"]}
            return {"TaxRateDetails": [rate]}
        if entity == "InventoryAdjustment":
            detail = {"ItemRef": {"value": await self._stocked_item()}, "QtyDiff": -1}
            return {"Line": [{"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}]}
        if entity in COUNTRIES:
            company = (await self.company.get("companyinfo/1")).json()["CompanyInfo"]
            moved = {"Id": "1", "SyncToken": company["SyncToken"], "sparse": True, "Country": COUNTRIES[entity]}
            assert (await self.company.post("companyinfo", moved)).status_code == 200
        return {}

    async def _turn_on_currencies(self) -> None:
        preferences = await self.named("get_single_quick_books_preferences")
        await self.named(
            "update_a_quick_books_preferences_by_id",
            id=preferences["Id"],
            SyncToken=preferences["SyncToken"],
            more={"CurrencyPrefs": {"MultiCurrencyEnabled": True}},
        )
        rate = {"SourceCurrencyCode": "EUR", "AsOfDate": DAY, "Rate": 1.08, "SyncToken": "0"}
        await self.named("update_a_quick_books_exchange_rate", **rate)

    async def _stocked_item(self) -> str:
        account = {"AccountType": "Other Current Asset", "AccountSubType": "Inventory", "Name": "Stock"}
        asset = await self.named("create_a_quick_books_account", **account)
        sold = {"AccountType": "Income", "AccountSubType": "SalesOfProductIncome", "Name": "Goods sold"}
        income = await self.named("create_a_quick_books_account", **sold)
        cost = {"AccountType": "Cost of Goods Sold", "AccountSubType": "SuppliesMaterialsCogs", "Name": "Goods"}
        expense = await self.named("create_a_quick_books_account", **cost)
        item = await self.named(
            "create_a_quick_books_item",
            Type="Inventory",
            TrackQtyOnHand=True,
            QtyOnHand=5,
            InvStartDate="2026-01-01",
            AssetAccountRef={"value": asset["Id"]},
            IncomeAccountRef={"value": income["Id"]},
            ExpenseAccountRef={"value": expense["Id"]},
        )
        return str(item["Id"])

    async def record_for(self, entry: Entry, scene: dict[str, Any]) -> dict[str, Any]:
        """A record that the tool can be called on: made for it, or the first that there is."""
        tools = shipped().by_tool_id
        of_entity = {e.tool.method: e for e in tools.values() if e.operation.entity == entry.operation.entity}
        maker = tools.get(MAKERS.get(entry.tool.tool_id, "")) or of_entity.get("create")
        made = await self.call(maker, {**example_of(maker), **scene}) if maker else {}
        if "list" in of_entity and (maker is None or "Id" not in made) and "Invoice" not in made:
            page = await self.call(of_entity["list"], {})
            return dict(page["result"][0])
        made = made or await self.call(of_entity["get"], {})
        # A template is wrapped by the kind of transaction that it repeats.
        return dict(made if "Id" in made else next(iter(made.values())))


def about(example: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """The example, about that record."""
    known = {"id": record.get("Id") or record.get("id"), "SyncToken": record.get("SyncToken")}
    return {**example, **{name: value for name, value in known.items() if name in example and value is not None}}


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].operation.entity not in NOWHERE])  # type: ignore[union-attr]
async def test_a_call_is_accepted_and_answered_as_published(entry: Entry, realm: Realm) -> None:
    """A definition that QuickBooks would refuse, or an answer that a strict client would, costs a user's first call."""
    office, example = Office(company=realm), example_of(entry)
    scene = await office.prepare(entry)
    if "id" in example:
        example = about(example, await office.record_for(entry, scene))
    elif "Rate" in example:
        rate = await office.named("get_single_quick_books_exchange_rate", AsOfDate=DAY)
        example = about(example, rate)
    named = {name: part for name, part in scene.items() if name in arguments_of(entry)["properties"]}
    result = await office.call(entry, {**example, **named})
    jsonschema_rs.validate(result_of(entry), result)
    assert result


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].operation.entity in NOWHERE])  # type: ignore[union-attr]
async def test_a_call_about_what_no_company_here_has_finds_nothing(entry: Entry, realm: Realm) -> None:
    """The call is understood: an empty page, or a record that does not exist, and no complaint about its form."""
    operation = operation_of(entry)
    planned, response = await Office(company=realm).send(entry, example_of(entry))
    condition = condition_of(operation, response, "connections/1")
    if operation.method == "list":
        assert condition is None
        assert msgspec.json.decode(shape_result(operation, planned, response))["result"] == []
    else:
        assert isinstance(condition, QuickbooksNotFound)

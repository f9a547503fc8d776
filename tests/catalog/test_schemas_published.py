"""The schemas of the shipped catalog obey the rules that every client can live with."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from services.registry.model import Entry
from tests.catalog.listed import arguments_of, listing_of, parts_of, result_of, shipped

ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in shipped().entries]

TYPES = {"string", "number", "integer", "boolean", "object", "array"}
FORBIDDEN = {"$ref", "$defs", "anyOf", "oneOf", "allOf", "not", "if", "const", "readOnly", "x-only", "x-mcp-header"}

INVOICE: dict[str, Any] = {
    "CustomerRef": {"value": "55"},
    "Line": [
        {
            "DetailType": "SalesItemLineDetail",
            "Description": "Consulting Services",
            "Amount": 1500,
            "SalesItemLineDetail": {"ItemRef": {"value": "7", "name": "Consulting"}, "Qty": 10, "UnitPrice": 150.00},
        },
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 5}},
    ],
    "DueDate": "2026-12-31",
    "CustomerMemo": {"value": "Thank you"},
}
BILL = {
    "VendorRef": {"value": "88"},
    "Line": [
        {
            "DetailType": "AccountBasedExpenseLineDetail",
            "Amount": 500,
            "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "31"}, "BillableStatus": "NotBillable"},
        }
    ],
}
BILL_PAYMENT = {
    "VendorRef": {"value": "105"},
    "TotalAmt": 2400,
    "PayType": "CreditCard",
    "CreditCardPayment": {"CCAccountRef": {"value": "41"}},
    "Line": [{"Amount": 2400, "LinkedTxn": [{"TxnId": "142", "TxnType": "Bill"}]}],
}
ITEM = {"Name": "Widget", "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 5, "InvStartDate": "2026-11-01"}

GOOD: list[tuple[str, dict[str, Any]]] = [
    ("list_all_quick_books_invoices", {}),
    (
        "list_all_quick_books_invoices",
        {"query": "select * from Invoice where Balance > '0'", "limit": 10, "cursor": "x"},
    ),
    ("get_single_quick_books_customer_by_id", {"id": "42"}),
    ("get_single_quick_books_company_info", {}),
    ("create_a_quick_books_invoice", INVOICE),
    ("create_a_quick_books_invoice", {**INVOICE, "more": {"GlobalTaxCalculation": "TaxExcluded"}}),
    ("create_a_quick_books_bill", BILL),
    ("create_a_quick_books_bill_payment", BILL_PAYMENT),
    ("create_a_quick_books_payment", {"CustomerRef": {"value": "42"}, "TotalAmt": 100}),
    (
        "create_a_quick_books_customer",
        {"DisplayName": "Rowan Bay Nursery", "PrimaryEmailAddr": {"Address": "a@b.example"}},
    ),
    ("create_a_quick_books_vendor", {"GivenName": "Ada", "TermRef": {"value": "3"}}),
    ("create_a_quick_books_account", {"Name": "Savings", "AccountType": "Bank", "AccountSubType": "Savings"}),
    ("create_a_quick_books_item", ITEM),
    (
        "update_a_quick_books_invoice_by_id",
        {"id": "102", "SyncToken": "0", "Line": [{"Id": "1", **INVOICE["Line"][0]}]},
    ),
    ("update_a_quick_books_bill_by_id", {"id": "142", "SyncToken": "3", "VendorRef": {"value": "105"}}),
    ("update_a_quick_books_customer_by_id", {"id": "42", "SyncToken": "1", "Active": False}),
    ("update_a_quick_books_company_info_by_id", {"id": "1", "SyncToken": "4", "Email": {"Address": "a@b.example"}}),
    ("delete_a_quick_books_bill_by_id", {"id": "142", "SyncToken": "0"}),
    ("void_a_quick_books_payment_by_id", {"id": "9", "SyncToken": "0"}),
]

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("list_all_quick_books_invoices", {"status": "overdue"}, "a REST filter that QuickBooks does not have"),
    ("list_all_quick_books_invoices", {"limit": 1001}, "more than QuickBooks gives"),
    ("list_all_quick_books_invoices", {"limit": 0}, "no page at all"),
    ("get_single_quick_books_invoice_by_id", {}, "no id"),
    ("get_single_quick_books_invoice_by_id", {"id": 102}, "an id that is a number"),
    ("get_single_quick_books_invoice_by_id", {"id": "../customer/1"}, "an id that leaves its path"),
    ("get_single_quick_books_company_info", {"id": "1"}, "one company only"),
    ("create_a_quick_books_invoice", {"CustomerRef": {"value": "55"}}, "no line"),
    ("create_a_quick_books_invoice", {**INVOICE, "Balance": 0}, "a member only QuickBooks writes"),
    ("create_a_quick_books_invoice", {**INVOICE, "more": {"Balance": 0}}, "the same, in another place"),
    ("create_a_quick_books_invoice", {**INVOICE, "CustomerRef": {"name": "Amber"}}, "a reference without an id"),
    ("create_a_quick_books_invoice", {**INVOICE, "customer": "55"}, "a member that does not exist"),
    ("create_a_quick_books_invoice", {**INVOICE, "CustomerRef": "55"}, "a reference that is a text"),
    ("create_a_quick_books_invoice", {**INVOICE, "DocNumber": "x" * 22}, "longer than QuickBooks keeps"),
    ("create_a_quick_books_invoice", {**INVOICE, "Line": [{"Amount": 1}]}, "a line of no kind"),
    ("create_a_quick_books_bill_payment", {**BILL_PAYMENT, "PayType": "Cash"}, "a way of paying that is none"),
    ("create_a_quick_books_bill_payment", {**BILL_PAYMENT, "Line": [{"Amount": 5}]}, "a line that pays nothing"),
    ("create_a_quick_books_payment", {"CustomerRef": {"value": "42"}, "TotalAmt": "100"}, "money as text"),
    ("create_a_quick_books_customer", {"DisplayName": "x" * 501}, "a name too long"),
    ("create_a_quick_books_account", {"Name": "Savings", "AccountType": "bank"}, "an unknown account type"),
    ("update_a_quick_books_invoice_by_id", {"id": "102", "DueDate": "2026-12-31"}, "no SyncToken"),
    ("update_a_quick_books_bill_by_id", {"id": "142", "SyncToken": "3"}, "QuickBooks demands VendorRef"),
    (
        "update_a_quick_books_customer_by_id",
        {"id": "1", "SyncToken": "0", "CurrencyRef": {"value": "EUR"}},
        "fixed at create",
    ),
    ("delete_a_quick_books_bill_by_id", {"id": "142"}, "no SyncToken"),
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_arguments_are_a_flat_closed_object_of_single_types(entry: Entry) -> None:
    """The subset that Gemini, ChatGPT, Claude and Copilot all read the same way."""
    schema = arguments_of(entry)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert set(schema.get("required", ())) <= set(schema["properties"])
    for path, part in parts_of(schema):
        assert part["type"] in TYPES, path
        assert not FORBIDDEN & set(part), path
        assert part["type"] != "array" or "items" in part, path
        assert part["type"] != "object" or not path or "properties" in part, path
        assert set(part.get("required", ())) <= set(part.get("properties", ())), path


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_listing_has_every_argument_with_its_type(entry: Entry) -> None:
    """Depth may be left to the detail; a name that is not listed could not be used."""
    listing, detail = listing_of(entry), arguments_of(entry)
    assert listing["additionalProperties"] is False
    assert listing.get("required") == detail.get("required")
    assert {n: p["type"] for n, p in listing["properties"].items()} == {
        n: p["type"] for n, p in detail["properties"].items()
    }
    for path, part in parts_of(listing):
        assert set(part) <= {"type", "enum", "items", "properties", "required", "additionalProperties"}, path


@pytest.mark.parametrize(("tool_id", "arguments"), GOOD)
def test_what_the_detail_accepts_the_listing_does_too(tool_id: str, arguments: dict[str, Any]) -> None:
    """Clients hold calls against what was listed, and must not refuse what would have worked."""
    assert jsonschema_rs.is_valid(listing_of(shipped().find(tool_id)), arguments)


@pytest.mark.parametrize("entry", ENTRIES)
def test_results_are_a_loose_object(entry: Entry) -> None:
    """QuickBooks adds members without notice, and strict clients check results against this."""
    schema = result_of(entry)
    assert schema["type"] == "object"
    assert "additionalProperties" not in schema
    assert "required" not in schema
    assert not any(FORBIDDEN & set(part) for _, part in parts_of(schema))


@pytest.mark.parametrize("entry", ENTRIES)
def test_published_schemas_are_valid_json_schema(entry: Entry) -> None:
    """A client that compiles a broken schema drops the whole list."""
    for schema in (arguments_of(entry), listing_of(entry), result_of(entry)):
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


@pytest.mark.parametrize(("tool_id", "arguments"), GOOD)
def test_arguments_that_quickbooks_takes_are_accepted(tool_id: str, arguments: dict[str, Any]) -> None:
    """What the seed's workflows send, and what a record read back looks like, must pass."""
    assert jsonschema_rs.is_valid(arguments_of(shipped().find(tool_id)), arguments)


@pytest.mark.parametrize(("tool_id", "arguments", "why"), BAD)
def test_arguments_that_cannot_work_are_refused(tool_id: str, arguments: dict[str, Any], why: str) -> None:
    """Each of these would cost a call to QuickBooks, or do something else than was asked."""
    assert not jsonschema_rs.is_valid(arguments_of(shipped().find(tool_id)), arguments), why


def test_money_is_a_bare_number() -> None:
    """Amounts reach the executor as exact decimals of any size; a bound or a step would be checked in floats."""
    for entry in shipped().entries:
        for path, part in parts_of(arguments_of(entry)):
            if part["type"] == "number":
                assert part == {"type": "number"}, path

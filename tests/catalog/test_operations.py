"""What the shipped tools mean to QuickBooks: paths, placements, fixed parts."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from services.registry.model import Entry, Location, Placement, ResultShape
from tests.catalog.listed import arguments_of, shipped

ENTRIES = [pytest.param(entry, id=entry.tool.tool_id) for entry in shipped().entries]

SPARSE = {"sparse": True}
WHOLE = {
    "Budget": ["Name", "StartDate", "EndDate", "BudgetType", "BudgetEntryType", "BudgetDetail"],
    "ExchangeRate": ["SourceCurrencyCode", "AsOfDate", "Rate"],
}
"""Records that QuickBooks takes whole or not at all: everything they consist of is required instead."""

VOIDS: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("void_a_quick_books_invoice_by_id", {"operation": "void"}, {}),
    ("void_a_quick_books_payment_by_id", {"operation": "update", "include": "void"}, SPARSE),
    ("void_a_quick_books_bill_payment_by_id", {"operation": "update", "include": "void"}, SPARSE),
    ("void_a_quick_books_sales_receipt_by_id", {"operation": "update", "include": "void"}, SPARSE),
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_argument_has_exactly_one_place(entry: Entry) -> None:
    """An argument without a place would be dropped in silence; with two it would be sent twice."""
    placed = [placement.argument for placement in entry.operation.placements]
    assert sorted(placed) == sorted(arguments_of(entry)["properties"])
    targets = [(placement.location, placement.target) for placement in entry.operation.placements]
    assert len(set(targets)) == len(targets)


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_brace_of_a_path_is_filled(entry: Entry) -> None:
    """The executor knows the company; everything else comes from an argument."""
    braces = set(re.findall(r"\{(\w+)\}", entry.operation.path_template))
    in_path = {p.target for p in entry.operation.placements if p.location is Location.PATH}
    assert braces - {"realm_id"} == in_path


@pytest.mark.parametrize("entry", ENTRIES)
def test_writes_are_posts_that_are_safe_to_repeat(entry: Entry) -> None:
    """`requestid` makes QuickBooks answer a repeat with the first outcome; for sending and files it promises nothing."""
    is_write = entry.tool.method not in ("list", "get", "download")
    assert entry.operation.takes_request_id is (is_write and entry.tool.method not in ("send", "upload"))
    assert entry.operation.http_method == ("POST" if is_write else "GET")
    assert bool(entry.operation.fixed_body_json) is (is_write and entry.tool.method != "send")


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].tool.method == "update"])  # type: ignore[union-attr]
def test_updates_are_always_sparse(entry: Entry) -> None:
    """A full update would set every member that is left out to null."""
    if entry.operation.entity == "Batch":
        assert msgspec.json.decode(entry.operation.fixed_body_json)["record"] == SPARSE
        return
    if entry.operation.entity in WHOLE:
        assert set(WHOLE[entry.operation.entity]) <= set(arguments_of(entry)["required"])
        return
    assert msgspec.json.decode(entry.operation.fixed_body_json) == SPARSE
    assert entry.operation.placements[:2] == (
        Placement(argument="id", location=Location.BODY, target="Id"),
        Placement(argument="SyncToken", location=Location.BODY, target="SyncToken"),
    )


def test_a_list_asks_one_query() -> None:
    """QuickBooks lists through its query endpoint alone."""
    operation = shipped().find("list_all_quick_books_bill_payments").operation
    assert (operation.entity, operation.path_template, operation.result_shape) == (
        "BillPayment",
        "query",
        ResultShape.PAGE,
    )
    assert [(p.argument, p.location) for p in operation.placements] == [
        ("query", Location.QUERY_LANGUAGE),
        ("limit", Location.PAGING),
        ("cursor", Location.PAGING),
    ]


def test_a_get_puts_the_id_into_its_path() -> None:
    """The path is QuickBooks' name of the resource, not ours."""
    assert shipped().find("get_single_quick_books_bill_payment_by_id").operation.path_template == "billpayment/{id}"


def test_the_company_is_read_by_its_realm() -> None:
    """One object a company: whoever may act on the company needs no id for it."""
    operation = shipped().find("get_single_quick_books_company_info").operation
    assert (operation.path_template, operation.placements) == ("companyinfo/{realm_id}", ())


def test_a_delete_says_so_in_its_query() -> None:
    """Id and SyncToken in the body are enough; echoing a whole record has been refused."""
    operation = shipped().find("delete_a_quick_books_bill_by_id").operation
    assert (operation.path_template, operation.fixed_query) == ("bill", {"operation": "delete"})
    assert (operation.fixed_body_json, operation.result_shape) == (b"{}", ResultShape.DELETED)


@pytest.mark.parametrize(("tool_id", "fixed_query", "fixed_body"), VOIDS)
def test_each_record_is_voided_in_its_own_way(tool_id: str, fixed_query: dict[str, str], fixed_body: Any) -> None:
    """QuickBooks has two forms of void, and they are not interchangeable."""
    operation = shipped().find(tool_id).operation
    assert operation.fixed_query == fixed_query
    assert msgspec.json.decode(operation.fixed_body_json) == fixed_body


def test_entitlements_are_read_beside_the_company() -> None:
    """Their address is below the host, not below the company's."""
    operation = shipped().find("get_single_quick_books_entitlements").operation
    assert operation.path_template == "/manage/entitlements/v3/{realm_id}"
    assert operation.result_shape is ResultShape.XML


@pytest.mark.parametrize("entry", [p for p in ENTRIES if p.values[0].operation.result_shape is ResultShape.REPORT])  # type: ignore[union-attr]
def test_a_report_is_one_get_with_parameters(entry: Entry) -> None:
    """A report has a path of its own and nothing but query parameters, the rarer ones among `more`."""
    assert entry.operation.path_template.startswith("reports/")
    assert {p.location for p in entry.operation.placements} <= {Location.QUERY, Location.PARAMETERS}


def test_thirty_five_reports_are_tools() -> None:
    """Every report that is documented, and two that only public SDKs know."""
    shapes = [entry.operation.result_shape for entry in shipped().entries]
    assert shapes.count(ResultShape.REPORT) == 35

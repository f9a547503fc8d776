"""Bad input gets an answer that says what is wrong and what to do, in the form its reader understands."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.support.books import changes
from tests.support.mesh import Made, Mesh
from tests.support.rpc import call_tool, legacy_call, modern_call

JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def server(mesh: Mesh) -> Made:
    """A server that opens everything."""
    return mesh.create_server()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{not json", 400, -32700),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 400, -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', 400, -32600),
        (b'"ping"', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1}', 400, -32600),
    ],
    ids=["malformed", "batch", "old JSON-RPC", "no object", "no method"],
)
def test_what_is_not_one_request_is_refused_as_json_rpc_says(server: Made, body: bytes, status: int, code: int) -> None:
    """A client's own bug must be told from an empty result."""
    answer = httpx2.post(server.url, content=body, headers=JSON)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_an_oversize_body_is_refused_before_it_is_read_whole(server: Made) -> None:
    """A megabyte of arguments is a mistake or an attack."""
    answer = httpx2.post(server.url, content=b" " * (1024 * 1024 + 1), headers=JSON)

    assert answer.status_code == 413
    assert "too large" in answer.text


def test_an_unknown_tool_is_a_protocol_error(server: Made) -> None:
    """The model can't correct what it was never offered; the client must list again."""
    answer = modern_call(server.url, "tools/call", {"name": "delete_the_books", "arguments": {}})

    assert answer["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("tool", "arguments", "field", "hint"),
    [
        ("get_single_quick_books_invoice_by_id", {}, "id", "required"),
        ("get_single_quick_books_invoice_by_id", {"id": 102}, "id", "text"),
        ("get_single_quick_books_invoice_by_id", {"id": "102", "Id": "102"}, "Id", "id"),
        ("get_single_quick_books_invoice_by_id", {"id": "../companyinfo/1"}, "id", "[0-9]"),
        ("create_a_quick_books_invoice", {"CustomerRef": {"value": "55"}}, "Line", "required"),
        (
            "create_a_quick_books_bill_payment",
            {"VendorRef": {"value": "105"}, "TotalAmt": "2400", "PayType": "CreditCard", "Line": []},
            "TotalAmt",
            "number",
        ),
        ("list_all_quick_books_invoices", {"cursor": "made-up"}, "cursor", "cursor"),
    ],
)
def test_a_wrong_argument_is_a_tool_result_that_names_the_field(
    server: Made, tool: str, arguments: dict[str, Any], field: str, hint: str
) -> None:
    """A model reads tool results and corrects itself; it never sees protocol errors."""
    result = call_tool(server.url, tool, arguments)

    assert result["isError"] is True
    problems = {problem["field"]: problem["problem"] for problem in result["structuredContent"]["error"]["fields"]}
    assert hint in problems[field]
    assert field in result["content"][0]["text"]


@pytest.mark.parametrize(
    "query",
    [
        "select * from Customer",
        "select * from Invoice where Id = '1' or Id = '2'",
        'select * from Invoice where DocNumber = "7"',
        "select * from Invoice where PrivateNote = 'x'",
        "select * from Invoice where Colour = 'red'",
        "status=overdue&limit=50",
        "select * from Invoice maxresults 5000",
        "",
    ],
)
def test_a_query_that_quickbooks_would_refuse_says_how_to_write_it(server: Made, query: str) -> None:
    """The query language looks like SQL and is not: every model gets it wrong at first."""
    result = call_tool(server.url, "list_all_quick_books_invoices", {"query": query})

    assert result["isError"] is True
    error = result["structuredContent"]["error"]
    assert error["reason"] in {"QUERY_INVALID", "ARGUMENTS_INVALID", "QUICKBOOKS_VALIDATION"}
    assert len(result["content"][0]["text"]) > 40


def test_a_stale_sync_token_says_to_read_again_and_writes_nothing(mesh: Mesh, server: Made) -> None:
    """Another person changed the record: overwriting them is how books get wrecked."""
    before = mesh.books(server.connection)

    result = call_tool(
        server.url,
        "update_a_quick_books_invoice_by_id",
        {"id": "102", "SyncToken": "7", "PrivateNote": "Late fee agreed."},
    )

    error = result["structuredContent"]["error"]
    assert (result["isError"], error["reason"], error["quickbooks_code"]) == (True, "QUICKBOOKS_STALE_OBJECT", "5010")
    assert error["is_remote_error"] is True
    assert "read" in result["content"][0]["text"].lower()
    assert changes(before, mesh.books(server.connection)) == {}


def test_an_update_keeps_what_it_does_not_name(mesh: Mesh) -> None:
    """QuickBooks' full update erases omitted members; ours must not."""
    server = mesh.create_server()
    before = mesh.books(server.connection)

    result = call_tool(
        server.url,
        "update_a_quick_books_customer_by_id",
        {"id": "42", "SyncToken": "0", "PrimaryPhone": {"FreeFormNumber": "(971) 555-0100"}},
    )

    assert result["isError"] is False
    moved = changes(before, mesh.books(server.connection))
    assert {path for path in moved if "MetaData" not in path} == {
        "/entities/Customer/42/PrimaryPhone/FreeFormNumber",
        "/entities/Customer/42/SyncToken",
    }


def test_a_repeated_write_is_written_once_and_says_so(mesh: Mesh) -> None:
    """Chat clients repeat a call that timed out: a second payment must not follow from it."""
    server = mesh.create_server()
    arguments = {
        "CustomerRef": {"value": "55"},
        "Line": [
            {
                "Amount": 1500,
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
            }
        ],
    }

    first = call_tool(server.url, "create_a_quick_books_invoice", arguments)
    second = call_tool(server.url, "create_a_quick_books_invoice", arguments)

    assert first["structuredContent"]["Id"] == second["structuredContent"]["Id"]
    assert len(second["content"]) == len(first["content"]) + 1
    assert len(mesh.books(server.connection)["entities"]["Invoice"]) == 1 + len(
        mesh.books(mesh.connect())["entities"]["Invoice"]
    )


def test_the_legacy_era_answers_protocol_errors_with_status_200(server: Made) -> None:
    """Older clients read the body only of a 200."""
    answer = httpx2.post(
        server.url,
        json={"jsonrpc": "2.0", "id": 1, "method": "resources/list"},
        headers=JSON | {"mcp-protocol-version": "2025-11-25"},
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32601)


def test_the_modern_era_answers_an_unknown_method_with_404(server: Made) -> None:
    """As the 2026-07-28 revision says."""
    answer = modern_call(server.url, "resources/list", {})

    assert answer["error"]["code"] == -32601


def test_a_ping_is_answered_in_the_era_that_has_it(server: Made) -> None:
    """Ping is gone from the modern era."""
    assert legacy_call(server.url, "ping", {})["result"] == {}
    assert modern_call(server.url, "ping", {})["error"]["code"] == -32601

"""`search` and `fetch`, as ChatGPT's company knowledge calls them."""

from __future__ import annotations

from typing import Any

import grpc
import msgspec
import pytest

from chassis.errors import RemoteError
from services.mcp_edge.knowledge import read_question, title_of
from services.mcp_edge.model import Catalog, Effect, Exposure, KnowledgeSource, ServerGrant, ToolCall, ToolOutcome
from tests.unit.mcp_edge.edge_fakes import TOKEN, Edge, grant, tool

pytestmark = pytest.mark.anyio

CUSTOMERS = KnowledgeSource(
    kind="customer",
    list_tool="list_customers",
    get_tool="get_customer",
    text_query="select * from Customer where DisplayName like '%{text}%'",
    needs_digit=False,
    party="",
    party_query="",
    title="Customer {DisplayName}",
    link_path="/app/customerdetail?nameId={id}",
)
INVOICES = KnowledgeSource(
    kind="invoice",
    list_tool="list_invoices",
    get_tool="get_invoice",
    text_query="select * from Invoice where DocNumber like '%{text}%'",
    needs_digit=True,
    party="customer",
    party_query="select * from Invoice where CustomerRef = '{id}'",
    title="Invoice {DocNumber}, {CustomerRef.name}",
    link_path="/app/invoice?txnId={id}",
)
AMBER = b'{"Id":"42","DisplayName":"Amber\'s Garden"}'
BILLED = b'{"Id":"7","DocNumber":"1001","CustomerRef":{"value":"42","name":"Amber\'s Garden"},"TotalAmt":100.00}'


class Books:
    """An executor over one customer with one invoice."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failing: dict[str, Exception] = {}

    async def execute(self, grant: ServerGrant, call: ToolCall) -> ToolOutcome:
        arguments = msgspec.json.decode(call.arguments_json)
        self.asked.append(arguments.get("query") or f"{call.tool} {arguments['id']}")
        if call.tool in self.failing:
            raise self.failing[call.tool]
        if call.tool.startswith("get_"):
            return ToolOutcome(result_json=AMBER if call.tool == "get_customer" else BILLED, is_repeat=False)
        query = self.asked[-1]
        found = {"%Amber": AMBER} if "from Customer" in query else {"1001": BILLED, "= '42'": BILLED}
        records = b",".join(record for text, record in found.items() if text in query)
        return ToolOutcome(result_json=b'{"result":[' + records + b'],"next_cursor":null}', is_repeat=False)

    async def is_reachable(self) -> bool:
        return True


@pytest.fixture
def books() -> Books:
    """The books behind the edge."""
    return Books()


@pytest.fixture
def edge(books: Books) -> Edge:
    """An edge whose one token offers company knowledge."""
    there = Edge(executor=books)  # type: ignore[arg-type]
    there.auth.grants[TOKEN] = grant(has_company_knowledge=True)
    names = [s for source in (CUSTOMERS, INVOICES) for s in (source.list_tool, source.get_tool)]
    tools = tuple(tool(name, Effect.READ) for name in names)
    there.registry.catalog = Catalog(tools=tools, sources=(CUSTOMERS, INVOICES), revision="r1")
    return there


async def call(edge: Edge, name: str, **arguments: Any) -> Any:
    """The result of a call; a good one says the same as text."""
    result = (await edge.modern("tools/call", {"name": name, "arguments": arguments})).json["result"]
    if not result["isError"]:
        assert msgspec.json.decode(result["content"][0]["text"]) == result["structuredContent"]
    return result


async def test_a_name_finds_the_customer_with_its_invoices(edge: Edge, books: Books) -> None:
    """A name is what people ask by; QuickBooks finds transactions by its customer's id alone."""
    result = await call(edge, "search", query="Amber's Garden")
    assert result["structuredContent"] == {
        "results": [
            {
                "id": "customer:42",
                "title": "Customer Amber's Garden",
                "url": "https://app.qbo.intuit.com/app/customerdetail?nameId=42",
            },
            {
                "id": "invoice:7",
                "title": "Invoice 1001, Amber's Garden",
                "url": "https://app.qbo.intuit.com/app/invoice?txnId=7",
            },
        ]
    }
    assert books.asked[0] == r"select * from Customer where DisplayName like '%Amber\'s Garden%'"


async def test_a_kind_in_the_question_comes_first(edge: Edge) -> None:
    """Who asks for invoices wants invoices."""
    result = await call(edge, "search", query="show me the invoices of Amber")
    assert [one["id"] for one in result["structuredContent"]["results"]] == ["invoice:7", "customer:42"]


async def test_a_number_finds_the_document(edge: Edge) -> None:
    """A document number is the other thing that people know."""
    result = await call(edge, "search", query="invoice #1001")
    assert [one["id"] for one in result["structuredContent"]["results"]] == ["invoice:7"]


async def test_words_are_tried_one_by_one_when_they_are_no_name_together(edge: Edge) -> None:
    """A question is rarely the name and nothing else."""
    result = await call(edge, "search", query="Amber unpaid balance")
    assert "customer:42" in [one["id"] for one in result["structuredContent"]["results"]]


async def test_a_search_asks_a_bounded_number_of_questions(edge: Edge, books: Books) -> None:
    """QuickBooks takes ten a second; one search must not stop a company's other agents."""
    await call(edge, "search", query=" ".join(f"word{number}" for number in range(200)))
    assert 0 < len(books.asked) <= 16


async def test_nothing_found_is_an_empty_list(edge: Edge) -> None:
    """Nothing is an answer."""
    assert (await call(edge, "search", query="Zebra"))["structuredContent"] == {"results": []}


async def test_one_source_that_fails_does_not_spoil_the_others(edge: Edge, books: Books) -> None:
    """A company without invoices switched on still has customers."""
    books.failing["list_invoices"] = RemoteError(grpc.StatusCode.INVALID_ARGUMENT, "QUICKBOOKS_VALIDATION", "no", {})
    result = await call(edge, "search", query="Amber 1001")
    assert [one["id"] for one in result["structuredContent"]["results"]] == ["customer:42"]


async def test_no_answer_at_all_is_a_failure(edge: Edge, books: Books) -> None:
    """An empty list would say that there is nothing."""
    expired = RemoteError(grpc.StatusCode.FAILED_PRECONDITION, "CONNECTION_EXPIRED", "reconnect", {})
    books.failing |= {"list_customers": expired, "list_invoices": expired}
    result = await call(edge, "search", query="Amber")
    assert result["structuredContent"]["error"]["reason"] == "CONNECTION_EXPIRED"


async def test_a_record_is_fetched_whole_and_to_the_digit(edge: Edge) -> None:
    """The text is the record as QuickBooks gave it; a link makes it citable."""
    found = (await call(edge, "fetch", id="invoice:7"))["structuredContent"]
    assert found["text"] == BILLED.decode()
    assert (found["id"], found["title"]) == ("invoice:7", "Invoice 1001, Amber's Garden")
    assert found["url"].startswith("https://")
    assert found["metadata"] == {"kind": "invoice"}


@pytest.mark.parametrize("wrong", ["42", "payroll:1", "customer:../7", "customer:", ""])
async def test_an_id_that_search_did_not_give_is_refused(edge: Edge, books: Books, wrong: str) -> None:
    """An id becomes part of an upstream path."""
    result = await call(edge, "fetch", id=wrong)
    assert result["structuredContent"]["error"]["fields"][0]["field"] == "id"
    assert books.asked == []


@pytest.mark.parametrize("exposure", list(Exposure))
async def test_they_are_listed_beside_the_others_and_read_only(edge: Edge, exposure: Exposure) -> None:
    """Company knowledge takes servers whose search and fetch only read."""
    edge.auth.grants[TOKEN] = grant(has_company_knowledge=True, exposure=exposure)
    tools = (await edge.legacy("tools/list")).json["result"]["tools"]
    assert [one["name"] for one in tools][-2:] == ["search", "fetch"]
    assert all(one["annotations"]["readOnlyHint"] for one in tools[-2:])
    assert not (await call(edge, "search", query="Amber"))["isError"]


async def test_without_a_source_they_do_not_exist(edge: Edge) -> None:
    """What the server's filter closes can't be read through a search either."""
    edge.registry.catalog = Catalog(tools=edge.registry.catalog.tools, revision="r2")
    names = [one["name"] for one in (await edge.legacy("tools/list")).json["result"]["tools"]]
    assert "search" not in names
    assert (await edge.modern("tools/call", {"name": "search", "arguments": {"query": "Amber"}})).code == -32602


async def test_a_server_that_did_not_ask_for_them_has_none(edge: Edge) -> None:
    """They are an option of the server's owner."""
    edge.auth.grants[TOKEN] = grant()
    assert edge.registry.asked == []
    await edge.legacy("tools/list")
    assert edge.registry.asked[0].has_knowledge is False


@pytest.mark.parametrize(
    ("template", "record", "title"),
    [
        ("Invoice {DocNumber}, {CustomerRef.name}", {"Id": "7", "DocNumber": "9"}, "Invoice 9"),
        ("{DisplayName}", {"Id": "7"}, "7"),
    ],
)
def test_a_title_has_no_gaps(template: str, record: dict[str, Any], title: str) -> None:
    """QuickBooks leaves out members without a value."""
    assert title_of(template, record) == title


def test_a_question_is_read_without_its_idle_words() -> None:
    """`like '%show me the invoices%'` finds nothing."""
    assert read_question("Show me the invoices for Amber Lodge", [CUSTOMERS, INVOICES]) == ("Amber Lodge", [INVOICES])

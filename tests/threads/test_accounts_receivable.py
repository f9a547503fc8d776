"""Golden thread: find unpaid invoices, the customer who owes most, and whom to write to."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from tests.support.books import changes
from tests.support.mcp_clients import ERAS, client_of, structured
from tests.support.mesh import Mesh

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("config", [{}, {"preset": "chatgpt"}], ids=["all tools", "preset"])
async def test_an_agent_finds_who_owes_most_and_leaves_the_books_as_they_were(
    mesh: Mesh, era: str, config: dict[str, Any]
) -> None:
    """The first scenario of the product: reading, in three calls, with nothing moved."""
    server = mesh.create_server(methods=("read",), **config)
    before = mesh.books(server.connection)

    async with client_of(server.url, era) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        unpaid = structured(
            await client.call_tool(
                "list_all_quick_books_invoices", {"query": "select * from Invoice where Balance > '0'"}
            )
        )
        owed: dict[str, Decimal] = defaultdict(Decimal)
        for invoice in unpaid["result"]:
            owed[invoice["CustomerRef"]["value"]] += Decimal(str(invoice["Balance"]))
        debtor, amount = max(owed.items(), key=lambda debt: debt[1])
        customer = structured(await client.call_tool("get_single_quick_books_customer_by_id", {"id": debtor}))

    assert {"list_all_quick_books_invoices", "get_single_quick_books_customer_by_id"} <= names
    assert (debtor, amount) == ("42", Decimal("15000.00"))
    assert unpaid["result_count"] == len(unpaid["result"]) == 11
    assert unpaid["next_cursor"] is None
    assert customer["DisplayName"] == "Harrowgate Logistics"
    assert customer["PrimaryEmailAddr"] == {"Address": "ines.caldrow@harrowgate.example"}
    assert Decimal(str(customer["Balance"])) == amount
    assert changes(before, mesh.books(server.connection)) == {}

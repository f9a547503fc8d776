"""Golden thread: find a vendor's unpaid bill and record its payment by the corporate credit card."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.books import changes
from tests.support.mcp_clients import ERAS, client_of, structured
from tests.support.mesh import Mesh

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("config", [{}, {"preset": "chatgpt"}], ids=["all tools", "preset"])
async def test_an_agent_pays_a_bill_by_card_and_nothing_else_moves(
    mesh: Mesh, era: str, config: dict[str, Any]
) -> None:
    """The second scenario of the product: one payment, and every number of the books that follows from it."""
    server = mesh.create_server(**config)
    before = mesh.books(server.connection)

    async with client_of(server.url, era) as client:
        bills = structured(
            await client.call_tool(
                "list_all_quick_books_bills",
                {"query": "select * from Bill where Balance > '0' and VendorRef = '105'"},
            )
        )
        cards = structured(
            await client.call_tool(
                "list_all_quick_books_accounts", {"query": "select * from Account where AccountType = 'Credit Card'"}
            )
        )
        [bill] = bills["result"]
        card = next(account for account in cards["result"] if account["Name"] == "Corporate Credit Card")
        payment = structured(
            await client.call_tool(
                "create_a_quick_books_bill_payment",
                {
                    "VendorRef": {"value": "105"},
                    "TotalAmt": 2400,
                    "PayType": "CreditCard",
                    "CreditCardPayment": {"CCAccountRef": {"value": card["Id"]}},
                    "Line": [{"Amount": 2400, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
                },
            )
        )

    assert bill["Id"] == "142"
    assert payment["TotalAmt"] == 2400
    moved = changes(before, mesh.books(server.connection))
    made = f"/entities/BillPayment/{payment['Id']}"
    of_the_payment = {path for path in moved if path.startswith((made, f"/journal/BillPayment-{payment['Id']}"))}
    linked = {path for path in moved if path.startswith("/entities/Bill/142/LinkedTxn/")}
    stamps = {path for path in moved if path.endswith("/MetaData/LastUpdatedTime")} - of_the_payment
    assert moved[f"{made}/CreditCardPayment/CCAccountRef/value"] == (None, "41")
    assert {moved[path][1] for path in linked} == {payment["Id"], "BillPaymentCreditCard"}
    assert {path: moved[path] for path in moved.keys() - of_the_payment - linked - stamps} == {
        "/entities/Bill/142/Balance": (2400.0, 0),
        "/entities/Bill/142/SyncToken": ("0", "1"),
        "/entities/Vendor/105/Balance": (2400.0, 0),
        # Accounts payable, then the corporate card: a debt to the vendor has become a debt to the card.
        "/entities/Account/33/CurrentBalance": (-10160.4, -7760.4),
        "/entities/Account/33/CurrentBalanceWithSubAccounts": (-10160.4, -7760.4),
        "/entities/Account/41/CurrentBalance": (-3625.95, -6025.95),
        "/entities/Account/41/CurrentBalanceWithSubAccounts": (-3625.95, -6025.95),
        "/balances/accounts/33": (-10160.4, -7760.4),
        "/balances/accounts/41": (-3625.95, -6025.95),
        "/balances/vendors/105": (-2400.0, None),
    }

"""Access tokens are renewed once, however many calls want them."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from tests.support.mesh import Made, Mesh

pytestmark = pytest.mark.anyio

CONNECTIONS, CALLS = 10, 200
GET_CUSTOMER = {"name": "get_single_quick_books_customer_by_id", "arguments": {"id": "42"}}


async def call(client: httpx2.AsyncClient, server: Made, identifier: int) -> bool:
    """One read; whether it was answered well."""
    body = {"jsonrpc": "2.0", "id": identifier, "method": "tools/call", "params": GET_CUSTOMER}
    answer = await client.post(server.url, json=body, headers={"accept": "application/json, text/event-stream"})
    return answer.json()["result"]["isError"] is False


async def test_two_hundred_calls_over_ten_companies_refresh_each_token_once(mesh: Mesh) -> None:
    """Intuit rotates refresh tokens: a second refresh at once could store the one that it is about to drop."""
    servers = [mesh.create_server(methods=("read",)) for _ in range(CONNECTIONS)]
    for server in servers:
        # Auth learns lifetimes from Intuit's answers, so these tokens must end while auth still thinks them good.
        mesh.sandbox.post(
            f"/_sandbox/companies/{server.connection}/expire_tokens", json={"access": True}
        ).raise_for_status()

    async with httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=64)) as client:
        good = await asyncio.gather(*(call(client, servers[i % CONNECTIONS], i) for i in range(CALLS)))

    assert all(good)
    assert {server.connection: mesh.refreshes(server.connection) for server in servers} == {
        server.connection: 1 for server in servers
    }

"""Access tokens are renewed once, however many calls want them."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import httpx2
import pytest

from tests.support.mesh import Made, Mesh

pytestmark = pytest.mark.anyio

CONNECTIONS, CALLS = 10, 200
LIFETIME = timedelta(seconds=3)
"""Auth refreshes a token five minutes ahead of its end, but never before half of its life."""

GET_CUSTOMER = {"name": "get_single_quick_books_customer_by_id", "arguments": {"id": "42"}}


async def call(client: httpx2.AsyncClient, server: Made, identifier: int) -> bool:
    """One read; whether it was answered well."""
    body = {"jsonrpc": "2.0", "id": identifier, "method": "tools/call", "params": GET_CUSTOMER}
    answer = await client.post(server.url, json=body, headers={"accept": "application/json, text/event-stream"})
    return answer.json()["result"]["isError"] is False


@pytest.fixture
def due(mesh: Mesh) -> list[Made]:
    """Servers over companies whose access tokens are about to end."""
    servers = []
    for _ in range(CONNECTIONS):
        realm = mesh.fresh_realm()
        lifetime = {"expires_in": int(LIFETIME.total_seconds())}
        mesh.sandbox.post(f"/_sandbox/companies/{realm}/next_token", json=lifetime).raise_for_status()
        servers.append(mesh.create_server(mesh.connect(realm), methods=("read",)))
    # Waiting by asking keeps the wait as long as the machine is slow, and no longer.
    half_way = time.monotonic() + LIFETIME.total_seconds() / 2
    while time.monotonic() < half_way:
        mesh.sandbox.get("/_sandbox/health").raise_for_status()
    return servers


@pytest.fixture
def refused(mesh: Mesh) -> list[Made]:
    """Servers over companies whose access tokens Intuit has dropped, unknown to auth."""
    servers = [mesh.create_server(methods=("read",)) for _ in range(CONNECTIONS)]
    for server in servers:
        mesh.sandbox.post(
            f"/_sandbox/companies/{server.connection}/expire_tokens", json={"access": True}
        ).raise_for_status()
    return servers


@pytest.mark.parametrize("case", ["due", "refused"])
async def test_two_hundred_calls_over_ten_companies_refresh_each_token_once(
    mesh: Mesh, case: str, request: pytest.FixtureRequest
) -> None:
    """Intuit rotates refresh tokens: a second refresh at once could store the one that it is about to drop."""
    servers: list[Made] = request.getfixturevalue(case)

    async with httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=64)) as client:
        good = await asyncio.gather(*(call(client, servers[i % CONNECTIONS], i) for i in range(CALLS)))

    assert all(good)
    assert {server.connection: mesh.refreshes(server.connection) for server in servers} == {
        server.connection: 1 for server in servers
    }

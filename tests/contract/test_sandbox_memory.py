"""Nothing is kept of a request once it is answered."""

import gc
from collections.abc import AsyncIterator

import httpx2
import pytest

from sandbox.app import SandboxApp, build_app
from sandbox.request_log import RequestLog
from sandbox.settings import SandboxSettings
from tests.unit.sandbox.sandbox_served import Realm, token_call

pytestmark = pytest.mark.anyio

ROUNDS = 150
QUERY = "SELECT * FROM Invoice WHERE TxnDate > '2020-01-01' ORDERBY TxnDate"


@pytest.fixture
def app() -> SandboxApp:
    return build_app(SandboxSettings())


@pytest.fixture
async def realm(app: SandboxApp) -> AsyncIterator[Realm]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox.test") as http:
        made = (await http.post("/_sandbox/companies", json={})).json()
        yield Realm(http, made["realm_id"], made["access_token"], made["refresh_token"])


async def ask(realm: Realm) -> None:
    """One request of each kind that reads."""
    await realm.get("invoice/102")
    await realm.get("invoice/102", Accept="application/xml")
    await realm.get("invoice/999999")
    await realm.query(QUERY)
    await realm.http.get(f"/v3/company/{realm.id}/invoice/102")
    await token_call(realm.http, grant_type="refresh_token", refresh_token="unknown")
    await realm.http.get("/_sandbox/limits")


async def test_reads_leave_nothing_behind(realm: Realm, app: SandboxApp) -> None:
    """A thousand reads a second for a minute must not fill the memory: only the log grows, up to its end."""
    app.world.log = RequestLog(kept=20)
    await realm.http.post("/_sandbox/limits", json={"tier": "gold"})
    for _ in range(20):
        await ask(realm)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(ROUNDS):
        await ask(realm)
    gc.collect()
    # One object kept of each round would already be twice what is allowed to the interpreter itself.
    assert len(gc.get_objects()) - before <= ROUNDS // 2
    assert len(app.world.log.entries()) == 20

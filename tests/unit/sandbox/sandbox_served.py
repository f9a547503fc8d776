"""A sandbox behind a real socket, and a client of one of its companies."""

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import uvicorn

from sandbox.app import build_app
from sandbox.settings import SandboxSettings

REDIRECT = "http://127.0.0.1:8704/connect/callback"
SCOPE = "com.intuit.quickbooks.accounting"
BASIC = ("sandbox-client", "sandbox-secret")
XMLNS = "{http://schema.intuit.com/finance/v3}"
INVOICE = {
    "CustomerRef": {"value": "55"},
    "Line": [{"Amount": 1500, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "2"}}}],
}


class Served:
    """A sandbox on a free loopback port, in a thread of its own."""

    def __init__(self, settings: SandboxSettings) -> None:
        config = uvicorn.Config(build_app(settings), host="127.0.0.1", port=0, log_level="error", lifespan="on")
        self._server = uvicorn.Server(config)
        self._started = threading.Event()
        self._server.startup = self._announce(self._server.startup)  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.run)

    def _announce(self, startup: Any) -> Any:
        async def announced(sockets: Any = None) -> None:
            await startup(sockets=sockets)
            self._started.set()

        return announced

    def __enter__(self) -> str:
        self._thread.start()
        assert self._started.wait(10)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with Served(SandboxSettings()) as address:
        yield address


@pytest.fixture
async def http(origin: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=origin, timeout=10) as client:
        yield client


@dataclass
class Realm:
    """A company of the test's own, with a client that holds its token."""

    http: httpx2.AsyncClient
    id: str
    access: str
    refresh: str

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}", "Accept": "application/json"} | more

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.http.get(f"/v3/company/{self.id}/{path}", headers=self.headers(**headers))

    async def post(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        return await self.http.post(f"/v3/company/{self.id}/{path}", json=body, headers=self.headers(**headers))

    async def query(self, text: str) -> dict[str, Any]:
        path = f"/v3/company/{self.id}/query"
        answer = await self.http.get(path, params={"query": text}, headers=self.headers())
        return dict(answer.json()["QueryResponse"])

    async def books(self) -> Any:
        return (await self.http.get(f"/_sandbox/companies/{self.id}/books")).json()


@pytest.fixture
async def realm(http: httpx2.AsyncClient) -> Realm:
    made = (await http.post("/_sandbox/companies", json={"seed": "services"})).json()
    return Realm(http, made["realm_id"], made["access_token"], made["refresh_token"])


async def code_for(http: httpx2.AsyncClient, **more: str) -> dict[str, str]:
    asked = {"client_id": BASIC[0], "scope": SCOPE, "redirect_uri": REDIRECT, "response_type": "code", "state": "s&1"}
    answer = await http.get("/connect/oauth2", params={"sandbox_decision": "approve"} | asked | more)
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def token_call(http: httpx2.AsyncClient, **form: str) -> httpx2.Response:
    return await http.post("/oauth2/v1/tokens/bearer", data=form, auth=BASIC)


async def exchanged(http: httpx2.AsyncClient, **more: str) -> tuple[str, dict[str, Any]]:
    given = await code_for(http, **more)
    answer = await token_call(http, grant_type="authorization_code", code=given["code"], redirect_uri=REDIRECT)
    return given["realmId"], answer.json()

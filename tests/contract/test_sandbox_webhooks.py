"""Webhooks, heard by a real listener on loopback."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Self

import httpx2
import pytest

from sandbox.app import SandboxApp, build_app
from sandbox.settings import SandboxSettings
from sandbox.webhooks import LADDER, Webhooks
from tests.unit.sandbox.sandbox_served import INVOICE, Realm

pytestmark = pytest.mark.anyio

SECRET = "verifier-for-tests"


class Listener:
    """Takes deliveries, answering the statuses it was given and then 200; None means no answer."""

    def __init__(self) -> None:
        self.statuses: list[int | None] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/hook?from=sandbox"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
            headers = {name.lower(): value for name, _, value in lines}
            body = await reader.readexactly(int(headers["content-length"]))
            self.headers.append(headers)
            self.bodies.append(body)
            status = self.statuses.pop(0) if self.statuses else 200
            if status is None:
                await reader.read()
            else:
                writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        finally:
            writer.close()

    def events(self) -> list[tuple[str, str]]:
        """Type and entity id of everything heard in the newer form."""
        return [(event["type"], event["intuitentityid"]) for body in self.bodies for event in json.loads(body)]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener() as heard:
        yield heard


@pytest.fixture
def app() -> SandboxApp:
    return build_app(SandboxSettings())


@pytest.fixture
async def realm(app: SandboxApp) -> AsyncIterator[Realm]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox.test") as http:
        made = (await http.post("/_sandbox/companies", json={})).json()
        yield Realm(http, made["realm_id"], made["access_token"], made["refresh_token"])
        await http.delete("/_sandbox/webhooks")


async def listen(realm: Realm, listener: Listener, **members: Any) -> None:
    body = {"url": listener.url, "verifier_token": SECRET, **members}
    answer = await realm.http.post("/_sandbox/webhooks", json=body)
    assert answer.status_code == 201, answer.text


async def deliver(realm: Realm) -> list[dict[str, Any]]:
    answer = await realm.http.post("/_sandbox/webhooks/deliver")
    return list(answer.json()["deliveries"])


async def advance(realm: Realm, by: timedelta) -> list[dict[str, Any]]:
    await realm.http.post("/_sandbox/clock", json={"advance_seconds": int(by.total_seconds())})
    return await deliver(realm)


async def test_a_change_is_told_as_a_signed_cloud_event(realm: Realm, listener: Listener) -> None:
    """The signature is over the bytes as sent: a listener that parses first and checks later fails."""
    await listen(realm, listener)
    made = (await realm.post("invoice", INVOICE)).json()["Invoice"]
    await deliver(realm)
    event = json.loads(listener.bodies[0])[0]
    assert event["type"] == "qbo.invoice.created.v1"
    assert (event["specversion"], event["datacontenttype"], event["data"]) == ("1.0", "application/json", {})
    assert (event["intuitentityid"], event["intuitaccountid"]) == (made["Id"], realm.id)
    assert event["source"].startswith("intuit.")
    digest = hmac.new(SECRET.encode(), listener.bodies[0], hashlib.sha256).digest()
    assert listener.headers[0]["intuit-signature"] == base64.b64encode(digest).decode()
    assert {"intuit-created-time", "intuit-t-id", "intuit-notification-schema-version"} <= set(listener.headers[0])


async def test_the_older_body_names_realm_entity_and_operation(realm: Realm, listener: Listener) -> None:
    """Apps registered before 2026 still read it."""
    await listen(realm, listener, format="legacy")
    made = (await realm.post("invoice", INVOICE)).json()["Invoice"]
    keys = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
    await realm.post("invoice?operation=void", keys)
    await deliver(realm)
    notified = [json.loads(body)["eventNotifications"][0] for body in listener.bodies]
    told = [(each["name"], each["operation"]) for note in notified for each in note["dataChangeEvent"]["entities"]]
    assert told == [("Invoice", "Create"), ("Invoice", "Void")]
    assert {note["realmId"] for note in notified} == {realm.id}


async def test_an_unacknowledged_delivery_climbs_the_ladder_and_holds_the_rest_back(
    realm: Realm, listener: Listener, app: SandboxApp
) -> None:
    """Ten, twenty, thirty seconds, five minutes and so on; what happened later waits for the first."""
    await listen(realm, listener)
    listener.statuses = [500] * (len(LADDER) + 1)
    first = (await realm.post("invoice", INVOICE)).json()["Invoice"]["Id"]
    await deliver(realm)
    second = (await realm.post("invoice", INVOICE)).json()["Invoice"]["Id"]
    for place, pause in enumerate((*LADDER, LADDER[-1])):
        await advance(realm, pause - timedelta(seconds=2))
        assert len(listener.bodies) == place + 1
        await advance(realm, timedelta(seconds=3))
        assert len(listener.bodies) >= place + 2
    told = await deliver(realm)
    assert [each["acknowledged"] for each in told] == [False] * 9 + [True, True]
    assert listener.events()[-2:] == [("qbo.invoice.created.v1", first), ("qbo.invoice.created.v1", second)]
    assert app.world.webhooks.attempts()[0].next_attempt_at is not None


async def test_a_listener_that_does_not_answer_in_time_is_tried_again(listener: Listener) -> None:
    """Three seconds at Intuit; a twentieth of a second here, so that the test is quick."""
    app = build_app(SandboxSettings())
    world = app.world
    world.webhooks = Webhooks(world.clock, timedelta(seconds=0.05))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox.test") as http:
        made = (await http.post("/_sandbox/companies", json={})).json()
        realm = Realm(http, made["realm_id"], made["access_token"], made["refresh_token"])
        await listen(realm, listener)
        listener.statuses = [None]
        await realm.post("invoice", INVOICE)
        assert (await deliver(realm))[0]["status"] == 0
        told = await advance(realm, timedelta(seconds=11))
        assert [each["status"] for each in told] == [0, 200]
        await http.delete("/_sandbox/webhooks")


async def test_events_arrive_twice_and_out_of_order_on_demand(realm: Realm, listener: Listener) -> None:
    """Both are documented, so a listener has to bear both."""
    await listen(realm, listener, repeat=1, backwards=True, aggregate_seconds=60)
    ids = [(await realm.post("invoice", INVOICE)).json()["Invoice"]["Id"] for _ in range(3)]
    assert await deliver(realm) == []
    await advance(realm, timedelta(seconds=61))
    assert [identifier for _, identifier in listener.events()] == ids[::-1] * 2
    assert listener.bodies[0] == listener.bodies[1]


async def test_a_listener_hears_only_the_company_it_asked_for(realm: Realm, listener: Listener) -> None:
    """One app, many companies; a test has only its own."""
    await listen(realm, listener, realm_id="1234567")
    await realm.post("invoice", INVOICE)
    assert await deliver(realm) == []


async def test_making_a_name_inactive_is_told_as_a_deletion(realm: Realm, listener: Listener) -> None:
    """Lists have a Delete operation but are never deleted."""
    await listen(realm, listener)
    made = (await realm.post("customer", {"DisplayName": "Gannet Press"})).json()["Customer"]
    body = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False}
    await realm.post("customer", body)
    await deliver(realm)
    assert [kind for kind, _ in listener.events()] == ["qbo.customer.created.v1", "qbo.customer.deleted.v1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7/hook",
        "https://127.0.0.1/hook",
        "http://hooks.example/x",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/",
    ],
)
async def test_nobody_outside_this_machine_can_be_made_to_listen(realm: Realm, url: str) -> None:
    """The control API has no password; it must not become a way to call others."""
    answer = await realm.http.post("/_sandbox/webhooks", json={"url": url, "verifier_token": SECRET})
    assert (answer.status_code, "on this machine" in answer.json()["error"]) == (400, True)


async def test_the_verifier_token_is_never_shown_again(realm: Realm, listener: Listener) -> None:
    """Whoever can list listeners could otherwise sign for them."""
    await listen(realm, listener)
    assert SECRET not in (await realm.http.get("/_sandbox/webhooks")).text
    await realm.post("invoice", INVOICE)
    await deliver(realm)
    assert SECRET not in (await realm.http.get("/_sandbox/webhooks/deliveries")).text

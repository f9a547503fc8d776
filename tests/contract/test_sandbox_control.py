"""The control API is what its OpenAPI document says."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from sandbox.app import SandboxApp, build_app
from sandbox.control import OPERATIONS
from sandbox.settings import SandboxSettings

pytestmark = pytest.mark.anyio

REALM = "9130347596842560"
LAST = ("closeCompany",)
"""Calls that take away what the others need."""


@pytest.fixture
def app() -> SandboxApp:
    return build_app(SandboxSettings())


@pytest.fixture
async def http(app: SandboxApp) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
        yield client
        await client.delete("/_sandbox/webhooks")


async def document(http: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/_sandbox/openapi.json")).json()
    return found


def described(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    calls = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(calls, key=lambda call: call[2]["operationId"] in LAST)


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": document["components"]}
    jsonschema_rs.validator_for(whole).validate(value)


async def test_every_call_works_as_described(http: httpx2.AsyncClient) -> None:
    """Each is made with the body its description gives; status and answer are as described."""
    openapi = await document(http)
    assert openapi["openapi"].startswith("3.1")
    for path, method, operation in described(openapi):
        body = None
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            body = content["example"]
            fits(openapi, content["schema"], body)
        address = path.replace("{realm}", REALM)
        answer = await http.request(method.upper(), address, json=body)
        expected = next(status for status in operation["responses"] if status != "400")
        assert str(answer.status_code) == expected, (path, method, answer.text)
        schema = operation["responses"][expected].get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            assert answer.content == b""
        else:
            fits(openapi, schema, answer.json())


async def test_every_route_is_described_and_every_description_has_a_route(
    http: httpx2.AsyncClient, app: SandboxApp
) -> None:
    """A call nobody can find is as bad as one that is not there."""
    openapi = await document(http)
    told = {(path, method.upper()) for path, method, _ in described(openapi)}
    assert told == {(f"/_sandbox{operation.path}", operation.method) for operation in OPERATIONS}
    names = [operation["operationId"] for _, _, operation in described(openapi)]
    assert len(names) == len(set(names))


async def test_every_body_with_a_member_too_many_is_refused(http: httpx2.AsyncClient) -> None:
    """A misspelled member that is silently ignored makes a test prove nothing."""
    openapi = await document(http)
    for path, method, operation in described(openapi):
        if "requestBody" in operation:
            address = path.replace("{realm}", REALM)
            example = operation["requestBody"]["content"]["application/json"]["example"]
            answer = await http.request(method.upper(), address, json={**example, "misspelled": 1})
            assert answer.status_code == 400, path
            fits(openapi, operation["responses"]["400"]["content"]["application/json"]["schema"], answer.json())


async def test_resetting_a_company_brings_the_seed_back_and_keeps_its_tokens(http: httpx2.AsyncClient) -> None:
    """A test that has made a mess starts again without connecting again."""
    made = (await http.post("/_sandbox/companies", json={})).json()
    path, headers = f"/_sandbox/companies/{made['realm_id']}", {"Authorization": f"Bearer {made['access_token']}"}
    before = (await http.get(f"{path}/ledger")).json()
    body = {"CustomerRef": {"value": "55"}, "TotalAmt": 5}
    paid = await http.post(f"/v3/company/{made['realm_id']}/payment", json=body, headers=headers)
    assert paid.status_code == 200
    assert (await http.get(f"{path}/ledger")).json() != before
    assert (await http.post(f"{path}/reset", json={})).json()["seed"] == "services"
    assert (await http.get(f"{path}/ledger")).json() == before
    read = await http.get(f"/v3/company/{made['realm_id']}/invoice/102", headers=headers)
    assert read.status_code == 200


async def test_a_company_is_not_lost_when_its_reset_names_no_seed_there_is(http: httpx2.AsyncClient) -> None:
    """A slip of the pen must not cost the books."""
    made = (await http.post("/_sandbox/companies", json={})).json()
    path = f"/_sandbox/companies/{made['realm_id']}"
    before = (await http.get(f"{path}/ledger")).json()
    refused = await http.post(f"{path}/reset", json={"seed": "bakery"})
    assert (refused.status_code, "choose one of" in refused.json()["error"]) == (400, True)
    assert (await http.get(f"{path}/ledger")).json() == before

"""Every fault of the table, provoked as the documentation says and answered in the recorded shape."""

import json
import re
from typing import Any

import httpx2
import pytest

from sandbox.faults import fault_kinds
from sandbox.provocations import Step, provocations
from tests.unit.sandbox.sandbox_served import Realm, http, origin, realm

__all__ = ["http", "origin", "realm"]
"""Fixtures that pytest finds by name."""

pytestmark = pytest.mark.anyio

GATEWAY = {"warnings", "intuitObject", "fault", "report", "queryResponse", "batchItemResponse", "attachableResponse"}
PROVOKED = [code for code, each in provocations().items() if each.steps]
UNTIMED = ("2030",)
"""Captured without its time member."""


def test_every_code_has_a_recipe_or_a_reason() -> None:
    """A captured code is one a client will meet, so none of them may go without a recipe."""
    table = provocations()
    assert list(table) == sorted(fault_kinds(), key=int)
    assert [code for code, each in table.items() if bool(each.steps) is bool(each.never)] == []
    captured = [code for code, kind in fault_kinds().items() if kind.evidence == "captured"]
    assert [code for code in captured if not table[code].steps] == []


@pytest.mark.parametrize("code", PROVOKED)
async def test_a_fault_is_provoked_as_its_recipe_says(realm: Realm, code: str) -> None:
    """The status, the code, the message, the wording and the shape are the recorded ones."""
    recipe, kind = provocations()[code], fault_kinds()[code]
    kept: dict[str, Any] = {"realm": realm.id}
    try:
        *before, last = [await _sent(realm, step, kept) for step in recipe.steps]
    finally:
        await realm.http.post("/_sandbox/limits", json={"rates": "none", "tier": "none"})
        await realm.http.delete("/_sandbox/faults")
    assert [answer.status_code for answer in before if answer.status_code >= 300] == []
    is_upload = recipe.steps[-1].upload is not None
    assert last.status_code == (200 if is_upload else recipe.status or kind.http_status)
    error = _error(last.json(), code, is_upload=is_upload)
    assert (error["code"], error["message"]) == (code, kind.message)
    if kind.evidence == "captured" and kind.detail is not None:
        assert re.fullmatch(_pattern(kind.detail), error["detail"], re.DOTALL)


def _error(body: Any, code: str, *, is_upload: bool) -> dict[str, Any]:
    """Take the one error out of a body, checking the shape around it; names come out in lower case."""
    if body.keys() >= GATEWAY:
        assert isinstance(body["time"], int)
        return dict(body["fault"]["error"][0])
    holder = body["AttachableResponse"][0] if is_upload else body
    assert set(body) == {"AttachableResponse" if is_upload else "Fault", *(() if code in UNTIMED else ("time",))}
    assert set(holder["Fault"]) == {"Error", "type"}
    assert holder["Fault"]["type"] == fault_kinds()[code].type
    (error,) = holder["Fault"]["Error"]
    assert {"Message", "Detail", "code"} <= set(error) <= {"Message", "Detail", "code", "element"}
    return {name.lower(): value for name, value in error.items()}


def _pattern(detail: str) -> str:
    """Turn the recorded wording into a pattern: what is in braces may be anything."""
    return ".*".join(re.escape(part) for part in re.split(r"\{\w+\}", detail))


async def _sent(realm: Realm, step: Step, kept: dict[str, Any]) -> httpx2.Response:
    path = _filled(step.get or step.post or "upload", kept)
    address = path if path.startswith("/") else f"/v3/company/{realm.id}/{path}"
    if step.get is not None:
        answer = await realm.http.get(address, headers=realm.headers())
    elif step.upload is not None:
        files: dict[str, Any] = {
            "file_metadata_01": (None, json.dumps(step.metadata), "application/json"),
            "file_content_01": (step.upload, b"bytes", "text/plain"),
        }
        answer = await realm.http.post(address, files=files, headers=realm.headers())
    else:
        content = step.text if step.text is not None else json.dumps(_filled(step.body, kept))
        headers = realm.headers(**{"Content-Type": step.type})
        answer = await realm.http.post(address, content=content, headers=headers)
    if step.keep is not None:
        body = answer.json()
        kept[step.keep] = next((value for value in body.values() if isinstance(value, dict)), body)
    return answer


def _filled(value: Any, kept: dict[str, Any]) -> Any:
    """Put members of earlier answers where a recipe names them."""
    if isinstance(value, dict):
        return {name: _filled(each, kept) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, kept) for each in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"\{(\w+)(?:\.(\w+))?\}", lambda found: _member(kept, found[1], found[2]), value)


def _member(kept: dict[str, Any], name: str, member: str | None) -> str:
    return str(kept[name] if member is None else kept[name][member])

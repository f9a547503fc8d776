"""JSON-RPC and the two eras: every row of the specification's error table, and the handshakes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from mcp_types.methods import validate_server_result
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, KNOWN_PROTOCOL_VERSIONS, LATEST_MODERN_VERSION

from services.mcp_edge import eras
from services.mcp_edge.render import INSTRUCTIONS
from tests.unit.mcp_edge.edge_fakes import (
    ENVELOPE,
    LEGACY_HEADERS,
    READ_TOOL,
    Edge,
    body_of,
    modern_headers,
)

pytestmark = pytest.mark.anyio

INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
LIST = {"_meta": ENVELOPE}
CALL = {"_meta": ENVELOPE, "name": READ_TOOL, "arguments": {}}

MALFORMED: list[tuple[bytes, int]] = [
    (b"", -32700),
    (b"{", -32700),
    (b"\xff\xfe", -32700),
    (b'{"jsonrpc":"2.0","id":"\xff","method":"ping"}', -32700),
    (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping"} trailing', -32700),
    (b'{"jsonrpc":"2.0","id":' + b"9" * 9000 + b',"method":"ping"}', -32700),
    (b"[" * 100_000, -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, -32700),
    (b"[]", -32600),
    (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600),
    (b"null", -32600),
    (b'"text"', -32600),
    (b"1", -32600),
    (b"{}", -32600),
    (b'{"id":1,"method":"ping"}', -32600),
    (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
    (b'{"jsonrpc":2.0,"id":1,"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":1}', -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":null}', -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
    (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":1.0,"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}', -32600),
]


@pytest.mark.parametrize("headers", [LEGACY_HEADERS, modern_headers("ping")], ids=["legacy", "modern"])
@pytest.mark.parametrize(("body", "code"), MALFORMED)
async def test_a_malformed_message_is_a_400_with_its_code(body: bytes, code: int, headers: dict[str, str]) -> None:
    """A POST without a method has been seen in the field; nothing malformed may crash or reach a handler."""
    reply = await Edge().send(body, headers)

    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize("request_id", [1, 0, -7, 2**53 + 1, 2**63, "a", "", 'quo"te', "ünï", "x" * 500])
async def test_an_id_comes_back_exactly(request_id: Any) -> None:
    """Clients match answers by id; a rounded one is a lost answer."""
    reply = await Edge().legacy("ping", request_id=request_id)

    assert reply.body.startswith(b'{"jsonrpc":"2.0","id":')
    assert msgspec.json.decode(reply.body) == {"jsonrpc": "2.0", "id": request_id, "result": {}}


async def test_a_malformed_request_with_a_sound_id_is_answered_under_that_id() -> None:
    """Otherwise the client would wait for an answer that never comes."""
    reply = await Edge().send(b'{"jsonrpc":"2.0","id":"a7","method":7}')

    assert reply.json["id"] == "a7"


def modern(body: bytes, **headers: str | None) -> tuple[bytes, dict[str, str]]:
    """A tools/list request whose headers were changed; None takes one away."""
    changed: dict[str, str | None] = {
        **modern_headers("tools/list"),
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return body, {name: value for name, value in changed.items() if value is not None}


def without(key: str) -> dict[str, Any]:
    return {"_meta": {name: value for name, value in ENVELOPE.items() if not name.endswith(key)}}


MODERN_FAULTS: list[tuple[str, tuple[bytes, dict[str, str]], int, int]] = [
    ("no params", modern(body_of("tools/list")), 400, -32602),
    ("no envelope", modern(body_of("tools/list", {})), 400, -32602),
    ("envelope is no object", modern(body_of("tools/list", {"_meta": []})), 400, -32602),
    ("no version in the envelope", modern(body_of("tools/list", without("protocolVersion"))), 400, -32602),
    ("no capabilities", modern(body_of("tools/list", without("clientCapabilities"))), 400, -32602),
    ("capabilities of the wrong type", modern(
        body_of("tools/list", {"_meta": {**ENVELOPE, "io.modelcontextprotocol/clientCapabilities": 7}})), 400, -32602),
    ("unknown version, no envelope", modern(body_of("tools/list"), mcp_protocol_version="1999-01-01"), 400, -32602),
    ("header is another version", modern(body_of("tools/list", LIST), mcp_protocol_version="2027-01-01"), 400, -32020),
    ("no method header", modern(body_of("tools/list", LIST), mcp_method=None), 400, -32020),
    ("another method header", modern(body_of("tools/list", LIST), mcp_method="tools/call"), 400, -32020),
    ("method header in capitals", modern(body_of("tools/list", LIST), mcp_method="TOOLS/LIST"), 400, -32020),
    ("no name header", modern(body_of("tools/call", CALL), mcp_method="tools/call"), 400, -32020),
    ("another name header", modern(
        body_of("tools/call", CALL), mcp_method="tools/call", mcp_name="other"), 400, -32020),
    ("broken sentinel", modern(
        body_of("tools/call", CALL), mcp_method="tools/call", mcp_name="=?base64?!!?="), 400, -32020),
    ("unsupported version", modern(
        body_of("tools/list", {"_meta": {**ENVELOPE, "io.modelcontextprotocol/protocolVersion": "2027-01-01"}}),
        mcp_protocol_version="2027-01-01"), 400, -32022),
    ("no such method", modern(body_of("nope", LIST), mcp_method="nope"), 404, -32601),
    ("a method not offered", modern(body_of("resources/list", LIST), mcp_method="resources/list"), 404, -32601),
    ("a legacy method", modern(body_of("initialize", LIST), mcp_method="initialize"), 404, -32601),
    ("ping is legacy", modern(body_of("ping", LIST), mcp_method="ping"), 404, -32601),
    ("a method with a doubtful name", modern(body_of("__class__", LIST), mcp_method="__class__"), 404, -32601),
    ("unknown cursor", modern(body_of("tools/list", {**LIST, "cursor": "x"})), 400, -32602),
    ("arguments are no object", modern(
        body_of("tools/call", {**CALL, "arguments": [1]}), mcp_method="tools/call", mcp_name=READ_TOOL), 400, -32602),
    ("no tool name", modern(
        body_of("tools/call", {"_meta": ENVELOPE}), mcp_method="tools/call"), 400, -32602),
    ("unknown tool", modern(
        body_of("tools/call", {**CALL, "name": "drop"}), mcp_method="tools/call", mcp_name="drop"), 400, -32602),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "status", "code"), [row[1:] for row in MODERN_FAULTS], ids=[row[0] for row in MODERN_FAULTS]
)
async def test_a_modern_fault_has_its_code_and_status(
    request_: tuple[bytes, dict[str, str]], status: int, code: int
) -> None:
    """MCP 2026-07-28, error table: envelope faults win over header faults, those over an unsupported version."""
    reply = await Edge().send(*request_)

    assert (reply.status, reply.code, reply.json["id"]) == (status, code, 1)


async def test_an_unsupported_version_is_told_what_is_supported() -> None:
    """Clients negotiate by this list."""
    meta = {**ENVELOPE, "io.modelcontextprotocol/protocolVersion": "2027-01-01"}
    headers = modern_headers("server/discover", version="2027-01-01")
    reply = await Edge().send(body_of("server/discover", {"_meta": meta}), headers)

    assert reply.json["error"]["data"] == {"supported": ["2026-07-28"], "requested": "2027-01-01"}


@pytest.mark.parametrize("name", ["mcp-protocol-version", "mcp-method", "mcp-name"])
async def test_a_doubled_routing_header_is_refused_in_both_eras(name: str) -> None:
    """A proxy that reads the first and a server that reads the last would disagree about what was allowed."""
    edge = Edge()
    for value in ("2026-07-28", "2025-06-18"):
        headers = {**modern_headers("tools/call", CALL), "mcp-protocol-version": value}
        reply = await edge.send(body_of("tools/call", CALL), [*headers.items(), (name, headers[name])])

        assert (reply.status, reply.code) == (400, -32020)
    assert edge.executor.calls == []


async def test_header_values_are_trimmed_and_may_be_encoded() -> None:
    """Servers differ in trimming; names outside ASCII travel as base64."""
    edge = Edge()
    encoded = "=?base64?bGlzdF9hbGxfcXVpY2tfYm9va3NfaW52b2ljZXM=?="
    headers = modern_headers("tools/call", CALL, **{"mcp-name": encoded, "mcp-method": " tools/call \t"})
    reply = await edge.send(body_of("tools/call", CALL), headers)

    assert (reply.status, len(edge.executor.calls)) == (200, 1)


LEGACY_FAULTS: list[tuple[str, str, Any, int]] = [
    ("a probe for the modern era", "server/discover", {"_meta": ENVELOPE}, -32601),
    ("no such method", "nope", None, -32601),
    ("logging is not offered", "logging/setLevel", {"level": "info"}, -32601),
    ("resources are not offered", "resources/list", None, -32601),
    ("initialize without a version", "initialize", {"capabilities": {}}, -32602),
    ("initialize without params", "initialize", None, -32602),
    ("unknown cursor", "tools/list", {"cursor": "x"}, -32602),
    ("cursor of the wrong type", "tools/list", {"cursor": 7}, -32602),
    ("no tool name", "tools/call", {}, -32602),
    ("arguments are no object", "tools/call", {"name": READ_TOOL, "arguments": "x"}, -32602),
    ("unknown tool", "tools/call", {"name": "drop_table"}, -32602),
]


@pytest.mark.parametrize("version", [None, *HANDSHAKE_PROTOCOL_VERSIONS])
@pytest.mark.parametrize(
    ("method", "params", "code"), [row[1:] for row in LEGACY_FAULTS], ids=[row[0] for row in LEGACY_FAULTS]
)
async def test_a_legacy_fault_is_an_answer_with_http_200(
    method: str, params: Any, code: int, version: str | None
) -> None:
    """Errors in JSON-RPC travel with 200 there; ChatGPT falls back to `initialize` on -32601 to its probe."""
    reply = await Edge().legacy(method, params, version=version)

    assert (reply.status, reply.code) == (200, code)


@pytest.mark.parametrize(
    ("requested", "answered"),
    [*((v, v) for v in HANDSHAKE_PROTOCOL_VERSIONS), ("2026-07-28", "2025-11-25"), ("1.0", "2025-11-25")],
)
async def test_initialize_echoes_a_legacy_version_or_offers_the_newest(requested: str, answered: str) -> None:
    """The client decides whether it can live with the offer."""
    reply = await Edge().legacy("initialize", {**INITIALIZE, "protocolVersion": requested})
    result = reply.json["result"]

    assert (result["protocolVersion"], result["serverInfo"]["name"]) == (answered, "daybook")
    assert result["capabilities"] == {"tools": {"listChanged": False}}
    assert "mcp-session-id" not in reply.headers
    validate_server_result("initialize", answered, result)


async def test_discover_offers_modern_versions_only_and_the_same_capabilities() -> None:
    """Legacy versions in it have broken a client's set-up."""
    edge = Edge()
    discovered = (await edge.modern("server/discover")).json["result"]
    initialized = (await edge.legacy("initialize", INITIALIZE)).json["result"]

    assert discovered["supportedVersions"] == ["2026-07-28"]
    assert discovered["capabilities"] == initialized["capabilities"]
    assert discovered["cacheScope"] == "private"
    validate_server_result("server/discover", "2026-07-28", discovered)


def test_the_instructions_fit_what_hosts_read() -> None:
    """Hosts count the first 512 characters."""
    assert len(INSTRUCTIONS) <= 512


NOTIFICATIONS: list[tuple[dict[str, str], bytes, int]] = [
    (LEGACY_HEADERS, b'{"jsonrpc":"2.0","method":"notifications/initialized"}', 202),
    (LEGACY_HEADERS, b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}', 202),
    (LEGACY_HEADERS, b'{"jsonrpc":"2.0","id":1,"result":{}}', 202),
    (LEGACY_HEADERS, b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}', 202),
    (modern_headers("x"), b'{"jsonrpc":"2.0","method":"notifications/cancelled"}', 202),
    (modern_headers("x"), b'{"jsonrpc":"2.0","id":1,"result":{}}', 400),
    (modern_headers("x", version="2031-01-01"), b'{"jsonrpc":"2.0","method":"x"}', 400),
]


@pytest.mark.parametrize(("headers", "body", "status"), NOTIFICATIONS)
async def test_messages_that_want_no_answer_get_none(headers: dict[str, str], body: bytes, status: int) -> None:
    """202 with nothing in it; only a modern client that posts responses is told off, as it asks nothing of itself."""
    reply = await Edge().send(body, headers)

    assert reply.status == status
    assert (reply.body == b"") is (status == 202)


async def test_a_session_id_is_ignored() -> None:
    """There are no sessions: any replica answers any request."""
    edge = Edge()
    reply = await edge.send(body_of("ping"), {**LEGACY_HEADERS, "mcp-session-id": "s", "last-event-id": "7"})

    assert (reply.status, "mcp-session-id" in reply.headers) == (200, False)


def test_the_newest_known_revision_is_the_one_that_is_served() -> None:
    """A newer SDK brings a newer revision: serving it is a decision, not an accident."""
    assert (*eras.LEGACY_VERSIONS, *eras.MODERN_VERSIONS) == KNOWN_PROTOCOL_VERSIONS
    assert LATEST_MODERN_VERSION == "2026-07-28"

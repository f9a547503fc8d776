"""Whatever is posted, the edge answers: never a 5xx, never a cause."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.mcp_edge.edge_fakes import ENVELOPE, LEGACY_HEADERS, READ_TOOL, Edge, Reply, modern_headers

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)

methods = st.one_of(
    st.sampled_from(["initialize", "ping", "tools/list", "tools/call", "server/discover", "notifications/initialized"]),
    values,
)
params = st.one_of(
    values,
    st.fixed_dictionaries(
        {},
        optional={
            "_meta": st.one_of(values, st.just(ENVELOPE)),
            "name": st.one_of(values, st.just(READ_TOOL)),
            "arguments": values,
            "cursor": values,
            "protocolVersion": values,
            "capabilities": values,
            "clientInfo": values,
        },
    ),
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.one_of(st.just("2.0"), values),
        "id": values,
        "method": methods,
        "params": params,
        "result": values,
        "error": values,
    },
)
headers = st.one_of(
    st.just(LEGACY_HEADERS),
    st.sampled_from(["tools/list", "tools/call", "server/discover"]).map(modern_headers),
    st.fixed_dictionaries(
        {"content-type": st.just("application/json")},
        optional={
            name: st.text(alphabet=st.characters(max_codepoint=255), max_size=12)
            for name in (
                "accept",
                "mcp-protocol-version",
                "mcp-method",
                "mcp-name",
                "traceparent",
                "tracestate",
                "content-length",
            )
        },
    ),
)


def post(body: bytes, sent: dict[str, str]) -> Reply:
    return asyncio.run(Edge().send(body, sent))


def check(reply: Reply) -> None:
    assert 200 <= reply.status < 500
    assert b"Traceback" not in reply.body
    if reply.body:
        answer = reply.json
        assert answer.get("jsonrpc") == "2.0" or set(answer) == {"statusCode", "error", "message", "reason"}
        assert reply.code != -32603, answer


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(message=st.one_of(messages, values), sent=headers)
def test_random_messages_are_answered(message: Any, sent: dict[str, str]) -> None:
    """Every crash is a way to be taken down by one client."""
    check(post(msgspec.json.encode(message), sent))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(body=st.binary(max_size=200), sent=headers)
def test_random_bytes_are_answered(body: bytes, sent: dict[str, str]) -> None:
    """A stranger's bytes are not even JSON."""
    check(post(body, sent))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(message=messages, cut=st.integers(0, 400), noise=st.binary(max_size=3))
def test_torn_messages_are_answered(message: Any, cut: int, noise: bytes) -> None:
    """Proxies tear bodies; the tear may fall inside a character."""
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": "tools/call", **message})
    check(post(body[:cut] + noise + body[cut:], LEGACY_HEADERS))

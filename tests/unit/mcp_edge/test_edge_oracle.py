"""Our header and envelope rules against the official SDK's, which is the oracle and not the road."""

from __future__ import annotations

from typing import Any

import mcp_types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.shared import inbound
from mcp_types import jsonrpc as sdk_jsonrpc
from mcp_types import methods as sdk_methods

from services.mcp_edge import eras, errors
from services.mcp_edge.errors import ProtocolError
from services.mcp_edge.guard import Head
from services.mcp_edge.jsonrpc import Request
from tests.unit.mcp_edge.edge_fakes import ENVELOPE

VERSIONS = st.sampled_from(["2026-07-28", "2025-11-25", "2027-01-01", ""])
METHODS = st.sampled_from(["tools/list", "tools/call", "resources/read", "prompts/get", "server/discover", "x"])
NAMES = st.one_of(st.none(), st.text(max_size=8), st.just("=?base64?YWJj?="), st.just("abc"))

metas = st.one_of(
    st.just(ENVELOPE),
    st.just({}),
    st.just([]),
    st.none(),
    st.just({k: v for k, v in ENVELOPE.items() if not k.endswith("clientCapabilities")}),
    VERSIONS.map(lambda v: {**ENVELOPE, mcp_types.PROTOCOL_VERSION_META_KEY: v}),
    st.just({**ENVELOPE, mcp_types.PROTOCOL_VERSION_META_KEY: 7}),
)


@settings(derandomize=True, database=None)
@given(value=st.one_of(st.text(), st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126))))
def test_whatever_the_sdk_encodes_we_decode(value: str) -> None:
    """Names outside ASCII travel in a sentinel that both ends must read alike."""
    assert eras.decode_header_value(inbound.encode_header_value(value)) == value


# ASCII only: on a sentinel with other characters inside, the SDK's own decoder raises (2.3.0); ours calls it broken.
ASCII = st.text(alphabet=st.characters(max_codepoint=127), max_size=30)


@settings(derandomize=True, database=None)
@given(value=st.one_of(st.none(), ASCII, ASCII.map(lambda text: f"=?base64?{text}?=")))
def test_we_decode_as_the_sdk_does_whatever_comes(value: str | None) -> None:
    """A header that one reads and the other does not is a hole in a check."""
    assert eras.decode_header_value(value) == inbound.decode_header_value(value)


def test_a_sentinel_with_foreign_characters_inside_is_broken() -> None:
    """Header bytes above 127 arrive as Latin-1 text; they must not crash the check."""
    assert eras.decode_header_value("=?base64?\x80?=") is None


def ours(head: Head, method: str, params: Any) -> int | None:
    try:
        eras.check_modern(head, Request(id_json=b"1", method=method, params=params))
    except ProtocolError as error:
        return error.code
    return None


@settings(max_examples=300, derandomize=True, database=None)
@given(version=VERSIONS, header_method=METHODS, method=METHODS, header_name=NAMES, name=NAMES, meta=metas)
def test_we_refuse_what_the_sdk_refuses_with_the_same_code(
    version: str, header_method: str, method: str, header_name: str | None, name: str | None, meta: Any
) -> None:
    """Clients act on these codes: they negotiate, correct themselves or give up by them."""
    params = {"_meta": meta, "name": name, "uri": name}
    headers = {"mcp-protocol-version": version, "mcp-method": header_method}
    if header_name is not None:
        headers["mcp-name"] = header_name
    theirs = inbound.classify_inbound_request({"method": method, "params": params}, headers=headers)
    expected = theirs.code if isinstance(theirs, inbound.InboundLadderRejection) else None
    head = Head(protocol_version=version, mcp_method=header_method, mcp_name=header_name)

    assert ours(head, method, params) == expected


def test_modern_statuses_are_the_sdks() -> None:
    """Its table is the specification's; what it leaves out travels with 200."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ProtocolError)]
    mine = {kind.code: kind.modern_status for kind in kinds if hasattr(kind, "code")}

    assert len(mine) == 7
    assert mine == {code: inbound.ERROR_CODE_HTTP_STATUS.get(code, 200) for code in mine}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (mcp_types, "PROTOCOL_VERSION_META_KEY"),
        (mcp_types, "CLIENT_CAPABILITIES_META_KEY"),
        (mcp_types, "SERVER_INFO_META_KEY"),
        (mcp_types, "DEFAULT_NEGOTIATED_VERSION"),
        (sdk_jsonrpc, "HEADER_MISMATCH"),
        (sdk_jsonrpc, "UNSUPPORTED_PROTOCOL_VERSION"),
        (sdk_methods, "validate_client_request"),
        (sdk_methods, "serialize_server_result"),
    ],
)
def test_a_borrowed_name_exists(module: Any, name: str) -> None:
    """The SDK is pinned exactly; this says at once what an upgrade took away."""
    assert hasattr(module, name)


def test_the_routing_headers_are_the_sdks() -> None:
    """Retyped, a header name drifts."""
    assert inbound.MCP_PROTOCOL_VERSION_HEADER == "mcp-protocol-version"
    assert inbound.MCP_METHOD_HEADER == "mcp-method"
    assert inbound.MCP_NAME_HEADER == "mcp-name"
    assert dict(inbound.NAME_BEARING_METHODS) == eras._NAME_FIELDS

"""The two eras of the protocol: which one a request speaks, and what each demands of it. Pure.

Source: MCP specification, revisions up to 2025-11-25 (legacy) and 2026-07-28 (modern, "Streamable HTTP": headers).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import mcp_types
from mcp_types.methods import validate_client_request
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION, MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from services.mcp_edge.errors import HeaderMismatch, MethodUnknown, ParamsInvalid, VersionUnsupported
from services.mcp_edge.guard import Head
from services.mcp_edge.jsonrpc import Request
from services.mcp_edge.model import Era

LEGACY_VERSIONS = HANDSHAKE_PROTOCOL_VERSIONS
"""What `initialize` may agree on."""

MODERN_VERSIONS = MODERN_PROTOCOL_VERSIONS
"""What `server/discover` offers. Legacy versions there have broken a client's set-up, so they stay out."""

_ENVELOPE_KEYS = (mcp_types.PROTOCOL_VERSION_META_KEY, mcp_types.CLIENT_CAPABILITIES_META_KEY)

# The body field that the `mcp-name` header repeats. `resources/read` and `prompts/get` have one too, but not here.
_NAME_FIELDS = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

_BASE64_SENTINEL = re.compile(r"=\?base64\?(.*)\?=")


def choose(version_header: str | None) -> Era:
    """Tell the era by the `MCP-Protocol-Version` header alone: absent or legacy means legacy, all else modern."""
    if version_header is None or version_header in LEGACY_VERSIONS:
        return Era.LEGACY
    return Era.MODERN


def version_of(head: Head, era: Era) -> str:
    """The revision that a checked request speaks; without a header the specification assumes 2025-03-26."""
    if era is Era.MODERN:
        return head.protocol_version or MODERN_VERSIONS[-1]
    return head.protocol_version or mcp_types.DEFAULT_NEGOTIATED_VERSION


def negotiate(requested: object) -> str:
    """The revision that `initialize` answers: the requested one if it is legacy, else the newest legacy one."""
    if isinstance(requested, str) and requested in LEGACY_VERSIONS:
        return requested
    return LATEST_HANDSHAKE_VERSION


def check_modern(head: Head, request: Request) -> None:
    """Check a modern request's envelope, then its headers, then its version; the first fault wins.

    Raises:
        ParamsInvalid: the envelope lacks a required key.
        HeaderMismatch: a routing header is missing, doubled, or contradicts the body.
        VersionUnsupported: header and body agree on a revision that is not ours.
    """
    if head.doubled is not None:
        raise HeaderMismatch(f"The {head.doubled} header appears more than once")
    params = request.params or {}
    meta = params.get("_meta")
    if not isinstance(meta, dict):
        raise ParamsInvalid(f"Invalid params: params._meta must be an object with {' and '.join(_ENVELOPE_KEYS)}")
    missing = [key for key in _ENVELOPE_KEYS if key not in meta]
    if missing:
        raise ParamsInvalid(f"Invalid params: params._meta lacks {' and '.join(missing)}")
    _check_headers(head, request, params, meta)
    check_version(head.protocol_version or "")


def check_version(version: str) -> None:
    """Refuse a modern revision that is not ours, naming those that are."""
    if version not in MODERN_VERSIONS:
        raise VersionUnsupported(
            "Unsupported protocol version", {"supported": list(MODERN_VERSIONS), "requested": version}
        )


def check_params(method: str, version: str, params: Mapping[str, Any] | None) -> None:
    """Hold a request against the official model of its revision.

    Raises:
        MethodUnknown: the revision has no such method.
        ParamsInvalid: the params do not fit; the message names the first wrong field.
    """
    try:
        validate_client_request(method, version, params)
    except KeyError as error:
        raise MethodUnknown("Method not found") from error
    except ValidationError as error:
        raise ParamsInvalid(f"Invalid params: {_first_fault(error)}") from error


def decode_header_value(value: str | None) -> str | None:
    """Undo the base64 sentinel of values that are not plain ASCII; None for a broken one, which then matches nothing.

    Source: MCP 2026-07-28, Streamable HTTP, "Header value encoding"; only canonical base64 counts.
    """
    if value is None:
        return None
    match = _BASE64_SENTINEL.fullmatch(value)
    if match is None:
        return value
    try:
        decoded = base64.b64decode(match[1], validate=True)
        return decoded.decode() if base64.b64encode(decoded).decode() == match[1] else None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


def _check_headers(head: Head, request: Request, params: dict[str, Any], meta: dict[str, Any]) -> None:
    if head.protocol_version != meta[mcp_types.PROTOCOL_VERSION_META_KEY]:
        raise HeaderMismatch("The mcp-protocol-version header does not match the envelope's protocol version")
    if head.mcp_method != request.method:
        raise HeaderMismatch("The mcp-method header does not match the body's method")
    field = _NAME_FIELDS.get(request.method)
    if field is None:
        return
    named = params.get(field)
    if named is not None and decode_header_value(head.mcp_name) != named:
        raise HeaderMismatch(f"The mcp-name header does not match the body's {field}")


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(part) for part in fault["loc"])[:200]
    return f"{path} is required" if fault["type"] == "missing" else f"{path} has the wrong type or value"

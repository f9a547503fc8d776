"""JSON-RPC over HTTP by hand, for what the official client would not send or would hide."""

from __future__ import annotations

from typing import Any

import httpx2

MODERN_VERSION = "2026-07-28"
_PREFIX = "io.modelcontextprotocol/"


def legacy_call(
    url: str, method: str, params: dict[str, Any], *, headers: dict[str, str] | None = None, timeout: float = 60
) -> dict[str, Any]:
    """One request of the legacy era."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return _post(url, body, {"mcp-protocol-version": "2025-11-25"} | (headers or {}), timeout)


def modern_call(
    url: str,
    method: str,
    params: dict[str, Any],
    meta: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 60,
) -> dict[str, Any]:
    """One request of the 2026-07-28 revision, envelope and headers included."""
    envelope = {f"{_PREFIX}protocolVersion": MODERN_VERSION, f"{_PREFIX}clientCapabilities": {}} | (meta or {})
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": envelope}}
    routing = {"mcp-protocol-version": MODERN_VERSION, "mcp-method": method}
    if method == "tools/call":
        routing["mcp-name"] = params["name"]
    return _post(url, body, routing | (headers or {}), timeout)


def call_tool(url: str, name: str, arguments: dict[str, Any], timeout: float = 60) -> dict[str, Any]:
    """The result object of one modern tools/call."""
    answer = modern_call(url, "tools/call", {"name": name, "arguments": arguments}, timeout=timeout)
    assert "result" in answer, answer
    result: dict[str, Any] = answer["result"]
    return result


def _post(url: str, body: dict[str, Any], headers: dict[str, str], timeout: float) -> dict[str, Any]:
    accept = {"accept": "application/json, text/event-stream"}
    answer: dict[str, Any] = httpx2.post(url, json=body, headers=accept | headers, timeout=timeout).json()
    return answer

"""Who may speak to the edge at all, and in what form: pure checks of a request's head."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.mcp_edge.errors import BodyNotJson, HostUnknown, NotAcceptable, OriginRefused

_JSON_RANGES = frozenset({"application/json", "application/*", "*/*"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The request headers that the edge reads; absent ones are None."""

    host: str | None = None
    origin: str | None = None
    content_type: str | None = None
    content_length: str | None = None
    accept: str | None = None
    protocol_version: str | None = None
    mcp_method: str | None = None
    mcp_name: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    doubled: str | None = None
    """A routing header that came more than once, lower case; readers of the first and the last would disagree."""


_FIELDS = {
    b"host": "host",
    b"origin": "origin",
    b"content-type": "content_type",
    b"content-length": "content_length",
    b"accept": "accept",
    b"mcp-protocol-version": "protocol_version",
    b"mcp-method": "mcp_method",
    b"mcp-name": "mcp_name",
    b"traceparent": "traceparent",
    b"tracestate": "tracestate",
}
_ROUTING = frozenset({b"mcp-protocol-version", b"mcp-method", b"mcp-name"})


def read_head(headers: Iterable[tuple[bytes, bytes]]) -> Head:
    """Pick out the headers that matter, white space trimmed. ASGI gives their names in lower case."""
    found: dict[str, str] = {}
    for name, value in headers:
        field = _FIELDS.get(name)
        if field is None:
            continue
        text = value.decode("latin-1").strip(" \t")
        if field not in found:
            found[field] = text
        elif name in _ROUTING:
            found["doubled"] = name.decode()
        elif name == b"accept":
            found[field] += "," + text
    return Head(**found)


def check_host(head: Head, allowed: Iterable[str]) -> None:
    """Refuse a host that is not ours: a DNS name rebound to this address must not reach it.

    Args:
        allowed: names with a port, or without one for any port; IPv6 addresses in brackets.
    """
    host = (head.host or "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if not any(entry.lower() in (host, name) for entry in allowed):
        raise HostUnknown()


def check_origin(head: Head, allowed: Iterable[str]) -> None:
    """Refuse a browser page of an origin that is not listed. MCP hosts send no origin."""
    if head.origin is not None and head.origin.lower() not in {entry.lower() for entry in allowed}:
        raise OriginRefused()


def check_media_types(head: Head) -> None:
    """Refuse a body that is not declared JSON, or a client that will not take JSON.

    The protocol wants both JSON and event streams in `Accept`; clients that list less, or nothing, are served too.
    """
    if _media_type(head.content_type or "") != "application/json":
        raise BodyNotJson()
    if head.accept and not any(_media_type(part) in _JSON_RANGES for part in head.accept.split(",")):
        raise NotAcceptable()


def _media_type(value: str) -> str:
    return value.partition(";")[0].strip().lower()

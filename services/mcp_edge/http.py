"""HTTP as ASGI gives it: the path's token, the body under its cap, the answer with its fixed headers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import msgspec

from services.mcp_edge.errors import BodyTooLarge, BodyTooSlow, ClientGone, HttpRefusal, NotFound
from services.mcp_edge.guard import Head
from services.mcp_edge.model import Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# What a token may look like; anything else can't be one, and auth is not asked. Real ones are `dbm_` and 43 characters.
_MCP_PATH = re.compile(r"/mcp/([A-Za-z0-9_-]{8,200})")

_FIXED_HEADERS = (
    # Answers hold a company's books, and the URL itself is a secret: nobody between may keep or pass on either.
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_JSON = (b"content-type", b"application/json")


def token_of(path: str) -> str:
    """The token that a path carries.

    Raises:
        NotFound: any other path.
    """
    match = _MCP_PATH.fullmatch(path)
    if match is None:
        raise NotFound()
    return match[1]


async def read_body(receive: Receive, head: Head, limit: int, timeout: timedelta) -> bytes:
    """Read the whole body, counting as it arrives.

    Raises:
        BodyTooLarge: more than `limit` bytes, declared or sent.
        BodyTooSlow: not whole within the timeout.
        ClientGone: the client hung up half-way.
    """
    if head.content_length is not None and head.content_length.isdecimal() and int(head.content_length) > limit:
        raise BodyTooLarge()
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            return await _collect(receive, limit)
    except TimeoutError as error:
        raise BodyTooSlow() from error


async def until_gone(receive: Receive) -> None:
    """Return when the client has hung up. The body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_response(send: Send, response: Response) -> None:
    """Send one whole answer."""
    headers = [*_FIXED_HEADERS, *response.headers, (b"content-length", str(len(response.body)).encode())]
    if response.body:
        headers.append(_JSON)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def refusal(error: HttpRefusal) -> Response:
    """The answer to a request that ends before JSON-RPC. Every refusal of one kind is the same, byte for byte."""
    body = {
        "statusCode": error.status,
        "error": HTTPStatus(error.status).phrase,
        "message": error.message,
        "reason": error.reason,
    }
    return Response(status=error.status, body=msgspec.json.encode(body), headers=error.headers)


async def _collect(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge()
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)

"""HTTP as the console speaks it: bodies in, answers out, failures everywhere the same."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chassis import signals, tracing
from chassis.deadlines import limit
from chassis.request_ids import bind_request_id
from services.console.errors import BodyNotJson, BodyTooLarge, BodyTooSlow, TokenMissing
from services.console.translate import Failure, failure_of

Endpoint = Callable[[Request], Awaitable[Response]]

SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer: addresses and tokens in them must not stay in caches or travel on in `Referer`."""

log = logging.getLogger(__name__)

_encoder = msgspec.json.Encoder()


def json_answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer that nobody keeps."""
    return Response(
        _encoder.encode(body),
        status_code=status,
        headers={**SAFE_HEADERS, **(headers or {})},
        media_type="application/json",
    )


def failure_answer(failure: Failure) -> Response:
    """A failure in the envelope of the REST API."""
    return json_answer(failure.body(), failure.status, failure.headers)


def answering(endpoint: Endpoint, template: str, timeout: timedelta) -> Endpoint:
    """Give an endpoint its time, its span, its line in the log, and a failure envelope for whatever it raises.

    Args:
        template: the route, as in `/integrated-account/{realm_id}`; the address itself may carry Intuit's code.
    """

    async def answer(request: Request) -> Response:
        started = time.monotonic()
        attributes = {signals.HTTP_METHOD: request.method, signals.URL_TEMPLATE: template}
        parent = tracing.extract(request.headers)
        with (
            limit(timeout),
            bind_request_id(request.headers.get("x-request-id")),
            tracing.span(f"{request.method} {template}", tracing.SERVER, attributes, parent) as span,
        ):
            response = await _answer(endpoint, request, span)
            span.set_attribute(signals.HTTP_STATUS, response.status_code)
            seconds = round(time.monotonic() - started, 4)
            facts = {"method": request.method, "route": template, "status": response.status_code, "seconds": seconds}
            log.info("request", extra=facts)
            return response

    return answer


async def _answer(endpoint: Endpoint, request: Request, span: tracing.Span) -> Response:
    try:
        return await endpoint(request)
    except Exception as error:  # noqa: BLE001 - every failure leaves in the same envelope
        failure = failure_of(error)
        tracing.fail(span, failure.reason)
        return failure_answer(failure)


def authorization(request: Request) -> str:
    """The caller's API token as it came, to hand on to auth, which alone judges it.

    Raises:
        TokenMissing: there is none.
    """
    header: str = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not header.isascii() or not header.isprintable():
        raise TokenMissing()
    return f"Bearer {token.strip()}"


async def json_body(request: Request, cap: int, timeout: timedelta) -> bytes:
    """Read a body that is declared as JSON; otherwise as `read_body`.

    Raises:
        BodyNotJson: it is declared as something else.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise BodyNotJson()
    return await read_body(request, cap, timeout)


async def read_body(request: Request, cap: int, timeout: timedelta) -> bytes:
    """Read a body of at most `cap` bytes; nothing beyond the cap is held.

    Raises:
        BodyTooLarge: it is over the cap.
        BodyTooSlow: it did not arrive in time.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            async for chunk in request.stream():
                body += chunk
                if len(body) > cap:
                    raise BodyTooLarge(cap)
    except TimeoutError as error:
        raise BodyTooSlow() from error
    return bytes(body)

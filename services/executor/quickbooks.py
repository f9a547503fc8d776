"""QuickBooks' accounting API over HTTPS: one request, one answer. The executor's only door to the outside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from importlib import metadata
from typing import Any

import httpx2

from chassis import deadlines, signals, tracing
from chassis.clock import Clock
from chassis.errors import MeshError
from services.executor.errors import QuickbooksTimeout, QuickbooksUnavailable, unanswered
from services.executor.model import Access, Operation, PlannedRequest, UpstreamResponse

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""A page of 1,000 large records is about 5 MiB."""

_CONNECT_TIMEOUT = timedelta(seconds=5)

# Below the idle limits of common gateways (60 s), so that a request is seldom sent into a connection that just closed.
_KEEP_ALIVE_SECONDS = 30.0
_LIMITS = httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=_KEEP_ALIVE_SECONDS)

# The transport reports this before the first byte of a request leaves; until then, nothing was sent.
_SENDING_EVENT = "http11.send_request_headers.started"

log = logging.getLogger(__name__)


def open_transport() -> httpx2.AsyncHTTPTransport:
    """A pool of kept-alive HTTP/1.1 connections.

    A bare transport rather than a client: a client shares one cookie jar among all companies, follows rules of its own
    for redirects and credentials, and costs more for each request.
    """
    return httpx2.AsyncHTTPTransport(limits=_LIMITS)


class HttpQuickBooks:
    """Sends planned requests."""

    def __init__(self, transport: httpx2.AsyncBaseTransport, base_url: str, timeout: timedelta, clock: Clock) -> None:
        """Prepare to send.

        Args:
            base_url: scheme and host, as in `https://quickbooks.api.intuit.com`.
            timeout: a request may take this long, or what is left of the call's time if that is less.
        """
        self._transport = transport
        self._base = httpx2.URL(base_url)
        self._timeout = timeout
        self._clock = clock
        self._user_agent = f"daybook/{metadata.version('daybook')}"

    async def send(self, operation: Operation, request: PlannedRequest, access: Access) -> UpstreamResponse:
        """Send it once and return the answer, whatever its status."""
        attributes = {
            signals.HTTP_METHOD: request.http_method,
            signals.URL_TEMPLATE: operation.path_template,
            signals.PEER_ROOM: self._base.host,
        }
        with tracing.span("quickbooks", tracing.CLIENT, attributes) as span:
            response = await self._exchange(operation, request, access)
            span.set_attribute(signals.HTTP_STATUS, response.status)
            span.set_attribute(signals.INTUIT_TID, response.intuit_tid)
            if response.status >= 400:
                tracing.fail(span, str(response.status))
        return response

    async def _exchange(self, operation: Operation, request: PlannedRequest, access: Access) -> UpstreamResponse:
        progress = _Progress()
        budget = deadlines.budget(self._timeout)
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(budget.total_seconds()):
                response = await self._transport.handle_async_request(self._wire(request, access, progress, budget))
                body = await _read(response)
        except (httpx2.RequestError, TimeoutError, _AnswerTooLarge) as error:
            log.warning("no answer from QuickBooks", extra={"error": type(error).__name__, "sent": progress.is_sent})
            raise _condition(operation, error, progress) from error
        return UpstreamResponse(
            status=response.status_code,
            headers=response.headers,
            body=body,
            duration=timedelta(seconds=self._clock.monotonic() - started),
        )

    def _wire(self, request: PlannedRequest, access: Access, progress: _Progress, budget: timedelta) -> httpx2.Request:
        headers = {
            "Accept": request.accept,
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {access.access_token.reveal()}",
            "User-Agent": self._user_agent,
        }
        if request.content_type:
            headers["Content-Type"] = request.content_type
        if request.http_method == "POST" and not request.body:
            headers["Content-Length"] = "0"
        tracing.inject(headers)
        return httpx2.Request(
            request.http_method,
            # The planned bytes go out as they are: nothing on the way may read `%2F` as a slash.
            self._base.copy_with(raw_path=request.target.encode("ascii")),
            headers=headers,
            content=request.body or None,
            extensions={"timeout": _timeouts(budget), "trace": progress.note},
        )


class _Progress:
    """How far a request has come, as the transport reports it."""

    def __init__(self) -> None:
        self.is_sent = False

    async def note(self, event: str, _details: Mapping[str, Any]) -> None:
        """Take one report."""
        if event == _SENDING_EVENT:
            self.is_sent = True


class _AnswerTooLarge(Exception):
    """The answer is more than we hold in memory."""


async def _read(response: httpx2.Response) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise _AnswerTooLarge
            chunks.append(chunk)
    finally:
        await response.aclose()
    return b"".join(chunks)


def _timeouts(budget: timedelta) -> dict[str, float]:
    whole, connect = budget.total_seconds(), min(budget, _CONNECT_TIMEOUT).total_seconds()
    return {"connect": connect, "pool": connect, "read": whole, "write": whole}


def _condition(operation: Operation, error: Exception, progress: _Progress) -> MeshError:
    if not progress.is_sent:
        return QuickbooksUnavailable("QuickBooks can't be reached; nothing was sent, try again shortly")
    if isinstance(error, _AnswerTooLarge):
        return unanswered(operation, "QuickBooks answered with more than 32 MiB")
    if isinstance(error, (TimeoutError, httpx2.TimeoutException)):
        return unanswered(operation, "QuickBooks did not answer in time") if operation.is_write else QuickbooksTimeout()
    return unanswered(operation, "the connection to QuickBooks broke before its answer came")

"""What every request passes on its way in: a tid, the log, and any trouble that was ordered."""

import asyncio
import re
import secrets

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.accounting import fault_response
from sandbox.mischief import Order, ordered_fault
from sandbox.request_log import LoggedRequest, redacted
from sandbox.world import World

CONTROL = "/_sandbox"
_REALM = re.compile(r"/v3/company/(\d+)")


class Gate:
    """The outermost layer around OAuth and accounting; the control API passes through untouched."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and log it."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        passage = _Passage(send)
        found = _REALM.match(scope["path"])
        realm_id = found[1] if found else None
        order = self._world.mischief.take(scope["method"], scope["path"], realm_id)
        try:
            await self._answer(scope, receive, passage, order)
        finally:
            self._log(scope, passage, scope.get("sandbox.realm", realm_id))
        if order is not None and order.cut is not None:
            await _cut(send, receive)

    async def _answer(self, scope: Scope, receive: Receive, passage: "_Passage", order: Order | None) -> None:
        if order is None:
            await self._app(scope, receive, passage.send)
            return
        if order.latency_seconds:
            await asyncio.sleep(order.latency_seconds)
        passage.is_cut = order.cut is not None
        if order.cut == "before_commit":
            return
        if order.status is None:
            await self._app(scope, receive, passage.send)
            return
        headers = Headers(scope=scope)
        refusal = ordered_fault(order.status)
        response = fault_response(self._world, refusal, "json" in headers.get("accept", ""))
        response.status_code = order.status
        if order.retry_after_seconds is not None:
            response.headers["Retry-After"] = str(order.retry_after_seconds)
        await response(scope, receive, passage.send)

    def _log(self, scope: Scope, passage: "_Passage", realm_id: str | None) -> None:
        headers = Headers(scope=scope)
        parameters = QueryParams(scope["query_string"])
        entry = LoggedRequest(
            at=self._world.clock.now().isoformat(),
            method=scope["method"],
            path=scope["path"],
            query=redacted(parameters.multi_items()),
            status=passage.status,
            intuit_tid=passage.tid,
            realm_id=realm_id,
            traceparent=headers.get("traceparent"),
            requestid=parameters.get("requestid"),
        )
        self._world.log.add(entry)


class _Passage:
    """The way out of one request: stamps the tid on the answer and notes its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.tid = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
        self.status = 0
        self.is_cut = False

    async def send(self, message: Message) -> None:
        if self.is_cut:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["intuit_tid"] = self.tid
        await self._send(message)


async def _cut(send: Send, receive: Receive) -> None:
    """Close the connection without an answer.

    ASGI has no word for this, so the server's own transport is taken from behind its `send`; without one, as in an
    in-process test, the caller gets a ConnectionAbortedError, which is what a cut connection is.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionAbortedError("the connection was cut by order of the test")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue

"""What every request passes on its way in: a tid, the log, and any trouble that was ordered."""

import re
import secrets
from datetime import timedelta

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.entrance import is_metered
from sandbox.mischief import Order
from sandbox.request_log import LoggedRequest, redacted
from sandbox.trouble import TIMED_OUT, ordered_answer
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
        passage = _Passage(scope, send)
        found = _REALM.match(scope["path"])
        realm_id = found[1] if found else None
        order = self._world.mischief.take(scope["method"], scope["path"], realm_id)
        try:
            if order is None:
                await self._app(scope, receive, passage.send)
            else:
                await self._answer(scope, receive, passage, order)
        finally:
            self._count(scope, passage)
            self._log(scope, passage, scope.get("sandbox.realm", realm_id))
        if passage.is_cut:
            await _cut(send, receive)

    async def _answer(self, scope: Scope, receive: Receive, passage: "_Passage", order: Order) -> None:
        """Carry out an order; a request that takes longer than the limit is answered by the gateway."""
        limit = self._world.limits.request_timeout
        latency = timedelta(seconds=order.latency_seconds)
        is_late = limit is not None and latency >= limit
        if latency:
            await self._world.clock.sleep(min(latency, limit) if limit is not None else latency)
        scope["sandbox.cut"] = order.cut is not None
        scope["sandbox.stale"] = order.stale_read
        if order.cut == "before_commit":
            return
        refused = TIMED_OUT if is_late else order if order.status is not None else None
        if refused is None:
            await self._app(scope, receive, passage.send)
            return
        if order.commits:
            await self._app(scope, receive, _discard)
        wants_json = "json" in Headers(scope=scope).get("accept", "")
        await ordered_answer(self._world, refused, wants_json)(scope, receive, passage.send)

    def _count(self, scope: Scope, passage: "_Passage") -> None:
        client_id = scope.get("sandbox.client")
        if client_id is not None and passage.status < 400 and is_metered(scope["method"], scope["path"]):
            self._world.limits.meter(client_id)

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

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.tid = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
        self.status = 0

    @property
    def is_cut(self) -> bool:
        """Whether the answer is to be lost, by order or by the handler that carried one out."""
        return bool(self._scope.get("sandbox.cut"))

    async def send(self, message: Message) -> None:
        if self.is_cut:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["intuit_tid"] = self.tid
        await self._send(message)


async def _discard(message: Message) -> None:
    """Take the answer of work whose result nobody is to see."""


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

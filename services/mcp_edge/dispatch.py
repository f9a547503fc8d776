"""One body to one answer: parse, choose the era, check, hand to the method, wrap."""

from __future__ import annotations

import logging
import secrets

from chassis.clock import Clock
from services.mcp_edge import eras, jsonrpc
from services.mcp_edge.errors import (
    ClientGone,
    HeaderMismatch,
    HttpRefusal,
    Internal,
    MethodUnknown,
    ProtocolError,
    RequestMalformed,
    TokenUnknown,
)
from services.mcp_edge.guard import Head
from services.mcp_edge.handlers import Answer, Call, Caller, MethodTable
from services.mcp_edge.http import Receive
from services.mcp_edge.model import Era, Response
from services.mcp_edge.observe import Observed, note_refusal, observe

log = logging.getLogger(__name__)

_ACCEPTED = Response(status=202, body=b"")


class Dispatcher:
    """Answers bodies that came to a good token."""

    def __init__(self, methods: MethodTable, clock: Clock) -> None:
        self._methods = methods
        self._known = frozenset(method for _, method in methods)
        self._clock = clock

    async def answer(self, head: Head, body: bytes, caller: Caller, receive: Receive) -> Response:
        """Answer one body; JSON-RPC errors are answers too.

        Raises:
            TokenUnknown: the server was revoked while its call ran.
            ClientGone: there is nobody left to answer.
        """
        era = eras.choose(head.protocol_version)
        try:
            message = jsonrpc.parse(body)
            if not isinstance(message, jsonrpc.Request):
                return _take(message, head, era)
        except ProtocolError as error:
            note_refusal(str(error.code), _status(error, era))
            return _error_response(error, era, error.id_json if isinstance(error, RequestMalformed) else b"null")
        method = message.method if message.method in self._known else "_other"
        server = caller.grant.mcp_server
        with observe(self._clock, head, era, message, method=method, mcp_server=server) as observed:
            call = Call(era=era, request=message, body=body, caller=caller, receive=receive)
            return await self._answer(head, call, observed)

    async def _answer(self, head: Head, call: Call, observed: Observed) -> Response:
        request = call.request
        try:
            answer = await self._run(head, call, observed)
            return Response(
                status=200, body=jsonrpc.result_body(request.id_json, answer.result), headers=answer.headers
            )
        except ProtocolError as error:
            observed.fail(str(error.code), status_code=error.code)
            if isinstance(error, Internal):
                _log_incident(error)
            return _error_response(error, call.era, request.id_json)
        except (TokenUnknown, ClientGone, HttpRefusal):
            raise
        except Exception as cause:  # noqa: BLE001 - the client sees an incident id, the log the cause
            internal = Internal(secrets.token_hex(6))
            internal.__cause__ = cause
            observed.fail(str(internal.code), status_code=internal.code)
            _log_incident(internal)
            return _error_response(internal, call.era, request.id_json)

    async def _run(self, head: Head, call: Call, observed: Observed) -> Answer:
        """Check in the specification's order (envelope, headers, version, method, params), then let the method work."""
        if call.era is Era.MODERN:
            eras.check_modern(head, call.request)
        elif head.doubled is not None:
            raise HeaderMismatch(f"The {head.doubled} header appears more than once")
        handler = self._methods.get((call.era, call.request.method))
        if handler is None:
            raise MethodUnknown("Method not found")
        eras.check_params(call.request.method, eras.version_of(head, call.era), call.request.params)
        return await handler(call, observed)


def _take(message: jsonrpc.Notification | jsonrpc.PostedResponse, head: Head, era: Era) -> Response:
    """Take a message that wants no answer. Nothing is kept between requests, so there is nothing to do with it."""
    if era is Era.MODERN:
        eras.check_version(head.protocol_version or "")
        if isinstance(message, jsonrpc.PostedResponse):
            raise RequestMalformed("Invalid request: this server asks nothing, so it takes no responses")
    return _ACCEPTED


def _status(error: ProtocolError, era: Era) -> int:
    return error.modern_status if era is Era.MODERN else error.legacy_status


def _error_response(error: ProtocolError, era: Era, id_json: bytes) -> Response:
    return Response(status=_status(error, era), body=jsonrpc.error_body(id_json, error))


def _log_incident(error: Internal) -> None:
    log.error("incident", extra=error.data, exc_info=error.__cause__)

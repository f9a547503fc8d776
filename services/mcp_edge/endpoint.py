"""The ASGI application: from a connection to an answer, each step ending the request or passing it on."""

from __future__ import annotations

import logging
import secrets
from functools import partial

from chassis import tracing
from chassis.errors import MeshError
from chassis.request_ids import bind_request_id
from services.mcp_edge.dispatch import Dispatcher
from services.mcp_edge.errors import (
    AuthUnavailable,
    ClientGone,
    HttpMethodRefused,
    HttpRefusal,
    NotFound,
    ServerFault,
    TokenUnknown,
)
from services.mcp_edge.grants import GrantCache
from services.mcp_edge.guard import check_host, check_media_types, check_origin, read_head
from services.mcp_edge.handlers import Caller
from services.mcp_edge.http import Receive, Scope, Send, read_body, refusal, send_response, token_of
from services.mcp_edge.model import Response, ServerGrant
from services.mcp_edge.observe import note_refusal, trace_headers
from services.mcp_edge.probes import Probes
from services.mcp_edge.settings import EdgeSettings

log = logging.getLogger(__name__)


class Endpoint:
    """Serves `POST /mcp/{token}`, and the probes."""

    def __init__(self, settings: EdgeSettings, grants: GrantCache, dispatcher: Dispatcher, probes: Probes) -> None:
        self._settings = settings
        self._grants = grants
        self._dispatcher = dispatcher
        self._probes = probes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        with bind_request_id(None):
            try:
                response = await self._respond(scope, receive)
            except TokenUnknown:
                response = _refuse(NotFound())
            except HttpRefusal as error:
                response = _refuse(error)
            except ClientGone:
                note_refusal("client_gone", 499)
                return
            except Exception:
                incident = secrets.token_hex(6)
                log.exception("incident", extra={"incident": incident})
                response = _refuse(ServerFault(incident))
            await send_response(send, response)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        probe = self._probes.find(scope["path"])
        if probe is not None:
            return await probe()
        token = token_of(scope["path"])
        head = read_head(scope["headers"])
        check_host(head, self._settings.allowed_hosts)
        check_origin(head, self._settings.allowed_origins)
        if scope["method"] != "POST":
            raise HttpMethodRefused()
        # The request's own span begins when its envelope is read; what the token costs belongs to the same trace.
        with tracing.within(tracing.extract(trace_headers(head))):
            grant = await self._grant(token)
        check_media_types(head)
        body = await read_body(receive, head, self._settings.max_body_bytes, self._settings.body_timeout)
        caller = Caller(grant=grant, renew=partial(self._grants.renew, token))
        return await self._dispatcher.answer(head, body, caller, receive)

    async def _grant(self, token: str) -> ServerGrant:
        try:
            return await self._grants.find(token)
        except MeshError as error:
            raise AuthUnavailable() from error


def _refuse(error: HttpRefusal) -> Response:
    note_refusal(error.reason, error.status)
    return refusal(error)

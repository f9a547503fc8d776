"""Failures as REST answers: the only place where a reason becomes an HTTP status."""

from __future__ import annotations

import http
import logging
import math
import secrets
from dataclasses import dataclass, field
from typing import Any

from grpc import StatusCode
from starlette.exceptions import HTTPException

from chassis.errors import FieldViolation, MeshError
from services.console.errors import MethodNotAllowed, PageUnknown, Refused

log = logging.getLogger(__name__)

_STATUS_BY_CODE = {
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.ABORTED: 409,
    StatusCode.FAILED_PRECONDITION: 409,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DEADLINE_EXCEEDED: 504,
}
"""Any other code is a fault of ours: 500."""

_STATUS_BY_REASON = {
    "FILTER_EMPTY": 400,
    "CONNECT_STATE_INVALID": 400,
    "CONNECT_REFUSED": 400,
    "ETAG_MISMATCH": 412,
}
"""Reasons for which HTTP has a closer word than their gRPC code."""

_REST_FIELDS = {
    "mcp_server.display_name": "name",
    "mcp_server.methods": "config.methods",
    "mcp_server.tags": "config.tags",
    "mcp_server.tools": "config.tools",
    "mcp_server.tool_exposure": "config.tool_exposure",
    "mcp_server.company_knowledge": "config.company_knowledge",
    "mcp_server.expire_time": "expires_at",
    "mcp_server.etag": "etag",
    "request_id": "Idempotency-Key",
    "page_size": "limit",
    "page_token": "next_cursor",
    "parent": "integrated_account_id",
    "name": "id",
}
"""What the REST API calls the fields that other rooms complain about."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failure as the REST API shows it."""

    status: int
    reason: str
    message: str
    fields: tuple[FieldViolation, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    help_url: str = ""

    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        body: dict[str, Any] = {
            "statusCode": self.status,
            "error": http.HTTPStatus(self.status).phrase,
            "message": self.message,
            "reason": self.reason,
        }
        if self.help_url:
            body["help_url"] = self.help_url
        if self.fields:
            body["details"] = {"failures": [{"field": f.field, "problem": f.description} for f in self.fields]}
        return body


def failure_of(error: Exception) -> Failure:
    """Turn whatever was raised into an answer; a fault of ours is logged and shown as an incident id only."""
    if isinstance(error, Refused):
        return Failure(
            status=error.status,
            reason=error.reason,
            message=error.message,
            fields=error.failures,
            headers=error.headers,
        )
    if isinstance(error, MeshError):
        return _mesh_failure(error)
    if isinstance(error, HTTPException):
        return failure_of(_route_refusal(error))
    incident = secrets.token_hex(8)
    log.error("a request failed", extra={"incident": incident}, exc_info=error)
    return Failure(status=500, reason="INTERNAL", message=f"internal error; incident {incident}")


def _mesh_failure(error: MeshError) -> Failure:
    status = _STATUS_BY_REASON.get(error.reason) or _STATUS_BY_CODE.get(error.code, 500)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="daybook", error="invalid_token"'
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    elif status == 503:
        headers["Retry-After"] = "1"
    return Failure(
        status=status,
        reason=error.reason,
        message=error.message,
        fields=tuple(FieldViolation(field=_rest_field(v.field), description=v.description) for v in error.violations),
        headers=headers,
        help_url=error.help.url if error.help else "",
    )


def _rest_field(path: str) -> str:
    for prefix, name in _REST_FIELDS.items():
        if path == prefix or path.startswith((prefix + ".", prefix + "[")):
            return name + path[len(prefix) :]
    return path


def _route_refusal(error: HTTPException) -> Refused:
    """What the router says in its own words, in ours."""
    if error.status_code == 405:
        return MethodNotAllowed((error.headers or {}).get("Allow", "other methods"))
    return PageUnknown()

"""Failures as types: each knows its gRPC code, its reason and its details.

    MeshError
    ├─ RequestInvalid      the message breaks its own field rules
    ├─ DeadlineTooShort    no time left for this call
    ├─ PeerUnavailable     another room did not answer
    ├─ CallerNotAllowed    this room may not call that method
    ├─ InternalFault       our own bug, known to the caller by an incident id only
    ├─ RemoteError         what another room answered, kept whole
    └─ each room's own conditions, in its `errors.py`

Rooms raise these. One interceptor turns them into rich status (`chassis/interceptors/faults.py`), and `from_rpc_error`
turns rich status back at the caller's side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

DOMAIN = "daybook"
"""The `domain` of every ErrorInfo of the mesh."""

_CODES = {code.value[0]: code for code in grpc.StatusCode}

DETAILS_KEY = "grpc-status-details-bin"
"""Trailing metadata that carries a rich status (gRPC's richer error model)."""


@dataclass(frozen=True, kw_only=True)
class FieldViolation:
    """One field that is wrong, and what it should be."""

    field: str
    """Path of the field, as in `Line[0].Amount`."""
    description: str
    """What was expected, and what to do."""


@dataclass(frozen=True, kw_only=True)
class QuotaViolation:
    """One limit that was reached."""

    subject: str
    """What the limit counts, as in `connections/4620816365`."""
    description: str
    """The limit in words."""


@dataclass(frozen=True, kw_only=True)
class Help:
    """A page where a person can do something about it."""

    description: str
    """What the page is for."""
    url: str
    """Its address."""


class MeshError(Exception):
    """Base of every failure that may cross from one room to another."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL
    reason: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, **metadata: str) -> None:
        super().__init__(message)
        self.message = message
        self.metadata: dict[str, str] = metadata
        self.help: Help | None = None
        self.retry_after: timedelta | None = None
        self.violations: tuple[FieldViolation, ...] = ()
        self.quota: tuple[QuotaViolation, ...] = ()


class RequestInvalid(MeshError):
    """The request message breaks its own field rules."""

    code, reason = grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID"

    def __init__(self, *violations: FieldViolation) -> None:
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in violations) or "the request is invalid")
        self.violations = violations


class DeadlineTooShort(MeshError):
    """The call arrived with too little time left, or ran out of it."""

    code, reason = grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT"

    def __init__(self, message: str = "the call ran out of time; call again with a longer deadline") -> None:
        super().__init__(message)


class PeerUnavailable(MeshError):
    """Another room did not answer."""

    code, reason = grpc.StatusCode.UNAVAILABLE, "PEER_UNAVAILABLE"

    def __init__(self, peer: str) -> None:
        super().__init__(f"{peer} does not answer at the moment; try again shortly", peer=peer)
        self.retry_after = timedelta(seconds=1)


class CallerNotAllowed(MeshError):
    """The calling room may not use this method."""

    code, reason = grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED"

    def __init__(self, method: str) -> None:
        super().__init__("the calling room may not use this method", method=method)


class InternalFault(MeshError):
    """A bug of ours; the log has the cause under the incident id."""

    code, reason = grpc.StatusCode.INTERNAL, "INTERNAL"

    def __init__(self, incident: str) -> None:
        super().__init__(f"internal error; incident {incident}", incident=incident)


class RemoteError(MeshError):
    """What another room answered, with its code, reason and details."""

    def __init__(self, code: grpc.StatusCode, reason: str, message: str, metadata: dict[str, str]) -> None:
        super().__init__(message, **metadata)
        self.code = code  # type: ignore[misc]
        self.reason = reason  # type: ignore[misc]


def to_status(error: MeshError) -> status_pb2.Status:
    """Turn a failure into gRPC's rich status: ErrorInfo always, other details where the failure has them."""
    details: list[any_pb2.Any] = []
    add = details.append
    add(_packed(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)))
    if error.violations:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=v.field, description=v.description)
            for v in error.violations
        ]
        add(_packed(error_details_pb2.BadRequest(field_violations=violations)))
    if error.retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(error.retry_after)
        add(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    if error.quota:
        limits = [
            error_details_pb2.QuotaFailure.Violation(subject=q.subject, description=q.description) for q in error.quota
        ]
        add(_packed(error_details_pb2.QuotaFailure(violations=limits)))
    if error.help is not None:
        link = error_details_pb2.Help.Link(description=error.help.description, url=error.help.url)
        add(_packed(error_details_pb2.Help(links=[link])))
    return status_pb2.Status(code=error.code.value[0], message=error.message, details=details)


def from_rpc_error(error: grpc.aio.AioRpcError, peer: str) -> MeshError:
    """Turn what gRPC raised at the caller's side into a failure of ours.

    An answer without our ErrorInfo came from the transport: the peer was down, or time ran out.
    """
    status = _rich_status(error)
    remote = _remote_error(status) if status is not None else None
    if remote is not None:
        return remote
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineTooShort(f"{peer} did not answer within the call's time")
    return PeerUnavailable(peer)


def _rich_status(error: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    trailing: Any = error.trailing_metadata() or ()
    encoded = dict(trailing).get(DETAILS_KEY)
    return status_pb2.Status.FromString(encoded) if isinstance(encoded, bytes) else None


def _remote_error(status: status_pb2.Status) -> RemoteError | None:
    found = {detail.type_url.rpartition(".")[2]: detail for detail in status.details}
    if "ErrorInfo" not in found:
        return None
    named = error_details_pb2.ErrorInfo.FromString(found["ErrorInfo"].value)
    error = RemoteError(_code(status.code), named.reason, status.message, dict(named.metadata))
    if "BadRequest" in found:
        request = error_details_pb2.BadRequest.FromString(found["BadRequest"].value)
        error.violations = tuple(
            FieldViolation(field=v.field, description=v.description) for v in request.field_violations
        )
    if "RetryInfo" in found:
        retry = error_details_pb2.RetryInfo.FromString(found["RetryInfo"].value)
        error.retry_after = retry.retry_delay.ToTimedelta()
    if "QuotaFailure" in found:
        quota = error_details_pb2.QuotaFailure.FromString(found["QuotaFailure"].value)
        error.quota = tuple(QuotaViolation(subject=v.subject, description=v.description) for v in quota.violations)
    if "Help" in found:
        links = error_details_pb2.Help.FromString(found["Help"].value).links
        error.help = Help(description=links[0].description, url=links[0].url) if links else None
    return error


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def _code(number: int) -> grpc.StatusCode:
    return _CODES[number]

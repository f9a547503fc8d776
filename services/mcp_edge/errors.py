"""Conditions of the edge: answers by HTTP status, and answers by JSON-RPC code.

HttpRefusal     the request ends before JSON-RPC begins
ProtocolError   the request ends as a JSON-RPC error
"""

from __future__ import annotations

from typing import Any, ClassVar

from mcp_types import jsonrpc


class TokenUnknown(Exception):
    """No MCP server has this token now."""


class ClientGone(Exception):
    """The client closed the connection before its answer was ready."""


class ArgumentsRefused(Exception):
    """A tool that the edge offers itself was given arguments that it can't take; the model can correct them."""

    reason: ClassVar[str] = "ARGUMENTS_INVALID"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class HttpRefusal(Exception):
    """Base of the refusals that come before JSON-RPC; the body is a small JSON object."""

    status: ClassVar[int]
    reason: ClassVar[str]
    """As `daybook.errors.v1.ErrorReason` names it."""
    message: str
    headers: ClassVar[tuple[tuple[bytes, bytes], ...]] = ()


class NotFound(HttpRefusal):
    """No such path, or no such token: the two are not told apart."""

    status, reason = 404, "NOT_FOUND"
    message = (
        "Nothing is served here. Check the URL; if it is an MCP server's, the server may have ended or been revoked."
    )


class HostUnknown(HttpRefusal):
    """The Host header names somebody else."""

    status, reason = 421, "HOST_UNKNOWN"
    message = "This host name is not served here. Use the configured one, or add it to DAYBOOK_EDGE_ALLOWED_HOSTS."


class OriginRefused(HttpRefusal):
    """A browser page of a foreign origin is calling."""

    status, reason = 403, "ORIGIN_REFUSED"
    message = "Calls from this web origin are not allowed. Add it to DAYBOOK_EDGE_ALLOWED_ORIGINS if it is yours."


class HttpMethodRefused(HttpRefusal):
    """Only POST is served: there are no streams to GET and no sessions to DELETE."""

    status, reason = 405, "METHOD_NOT_ALLOWED"
    message = "Only POST is served here: one JSON-RPC message in, one JSON answer out."
    headers = ((b"allow", b"POST"),)


class NotAcceptable(HttpRefusal):
    """The client will not take JSON."""

    status, reason = 406, "NOT_ACCEPTABLE"
    message = "The answer is application/json; list it in the Accept header."


class BodyTooSlow(HttpRefusal):
    """The body did not arrive in time."""

    status, reason = 408, "BODY_TOO_SLOW"
    message = "The request body did not arrive in time. Send it again."


class BodyTooLarge(HttpRefusal):
    """The body is over the cap."""

    status, reason = 413, "BODY_TOO_LARGE"
    message = "The request body is too large. Send fewer or shorter fields in one call."


class BodyNotJson(HttpRefusal):
    """The body is declared to be something else than JSON."""

    status, reason = 415, "BODY_NOT_JSON"
    message = "Send the body as application/json."


class AuthUnavailable(HttpRefusal):
    """The token could not be checked; it may well be good."""

    status, reason = 503, "PEER_UNAVAILABLE"
    message = "The token cannot be checked at the moment. Try again in a few seconds."
    headers = ((b"retry-after", b"2"),)


class ServerFault(HttpRefusal):
    """A bug of ours outside JSON-RPC."""

    status, reason = 500, "INTERNAL"

    def __init__(self, incident: str) -> None:
        super().__init__(incident)
        self.message = f"Internal error. The operator's log has the cause under the incident {incident}."


class ProtocolError(Exception):
    """Base of the JSON-RPC errors."""

    code: ClassVar[int]
    modern_status: ClassVar[int] = 400
    legacy_status: ClassVar[int] = 200

    def __init__(self, message: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class ParseFailed(ProtocolError):
    """The body is no JSON text."""

    code, legacy_status = jsonrpc.PARSE_ERROR, 400


class RequestMalformed(ProtocolError):
    """The body is JSON, but not one JSON-RPC message."""

    code, legacy_status = jsonrpc.INVALID_REQUEST, 400

    def __init__(self, message: str, id_json: bytes = b"null") -> None:
        super().__init__(message)
        self.id_json = id_json


class MethodUnknown(ProtocolError):
    """The method is not one this server has at this revision."""

    code, modern_status = jsonrpc.METHOD_NOT_FOUND, 404


class ParamsInvalid(ProtocolError):
    """The params break the method's rules."""

    code = jsonrpc.INVALID_PARAMS


class HeaderMismatch(ProtocolError):
    """A routing header is missing, doubled, or says something else than the body."""

    code, legacy_status = jsonrpc.HEADER_MISMATCH, 400


class VersionUnsupported(ProtocolError):
    """The request speaks a revision we do not."""

    code = jsonrpc.UNSUPPORTED_PROTOCOL_VERSION


class Internal(ProtocolError):
    """We failed; fixed words and an incident id, never the cause."""

    code, modern_status = jsonrpc.INTERNAL_ERROR, 200

    def __init__(self, incident: str) -> None:
        super().__init__(
            "Internal error. If the call was to write something, it may have been recorded: read before repeating it. "
            f"Incident {incident}.",
            {"incident": incident},
        )


class ToolListUnavailable(ProtocolError):
    """The registry does not answer, and no list is held for this caller."""

    code, modern_status = jsonrpc.INTERNAL_ERROR, 200

    def __init__(self) -> None:
        super().__init__("The tool list is not available at the moment. Try again in a few seconds.")

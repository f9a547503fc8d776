"""JSON-RPC: one body to one message, and answers to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from services.mcp_edge.errors import ParseFailed, ProtocolError, RequestMalformed

_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A message that wants an answer."""

    id_json: bytes
    """The id as JSON, to be echoed."""
    method: str
    params: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notification:
    """A message that wants none."""

    method: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PostedResponse:
    """An answer to a request that this server never makes."""


Message = Request | Notification | PostedResponse


class _Params(msgspec.Struct):
    arguments: msgspec.Raw = msgspec.Raw(b"{}")


class _Envelope(msgspec.Struct):
    params: _Params


_arguments_decoder = msgspec.json.Decoder(_Envelope)


def parse(body: bytes) -> Message:
    """Read one message.

    Raises:
        ParseFailed: not JSON, or nested beyond reason.
        RequestMalformed: JSON, but not one JSON-RPC message with an object for params.
    """
    message = _decode(body)
    if not isinstance(message, dict):
        raise RequestMalformed(_not_an_object(message))
    id_json = _id_json(message)
    if message.get("jsonrpc") != "2.0":
        raise RequestMalformed('Invalid request: "jsonrpc" must be "2.0"', id_json or b"null")
    if "method" not in message and ("result" in message or "error" in message):
        return PostedResponse()
    method = message.get("method")
    if not isinstance(method, str):
        raise RequestMalformed('Invalid request: "method" must be a string', id_json or b"null")
    if id_json is None:
        return Notification(method=method)
    params = message.get("params")
    if params is not None and not isinstance(params, dict):
        raise RequestMalformed('Invalid request: "params" must be an object', id_json)
    return Request(id_json=id_json, method=method, params=params)


def arguments_json(body: bytes) -> bytes:
    """The bytes of `params.arguments` as the client wrote them: numbers keep every digit. `{}` when absent or null.

    The body has been parsed before, so it is sound JSON.
    """
    raw = bytes(_arguments_decoder.decode(body).params.arguments)
    return b"{}" if raw == b"null" else raw


def result_body(id_json: bytes, result: bytes) -> bytes:
    """The answer to a request that went well; `result` is a JSON object."""
    return b'{"jsonrpc":"2.0","id":' + id_json + b',"result":' + result + b"}"


def error_body(id_json: bytes, error: ProtocolError) -> bytes:
    """The answer to a request that did not."""
    fields: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        fields["data"] = error.data
    return b'{"jsonrpc":"2.0","id":' + id_json + b',"error":' + msgspec.json.encode(fields) + b"}"


def _decode(body: bytes) -> Any:
    try:
        return _decoder.decode(body)
    # UnicodeDecodeError and integers of thousands of digits are ValueErrors; a deep nest is a RecursionError.
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise ParseFailed("Parse error: the body is not JSON") from error


def _not_an_object(message: Any) -> str:
    if isinstance(message, list):
        return "Invalid request: batches are not supported; send one message in each POST"
    return "Invalid request: the body must be one JSON-RPC object"


def _id_json(message: dict[str, Any]) -> bytes | None:
    """The id as JSON; None when there is none."""
    if "id" not in message:
        return None
    request_id = message["id"]
    if isinstance(request_id, str):
        return msgspec.json.encode(request_id)
    if isinstance(request_id, int) and not isinstance(request_id, bool):
        return str(request_id).encode()
    raise RequestMalformed('Invalid request: "id" must be a string or an integer')

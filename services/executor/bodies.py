"""The body of a request: plain members, a wrapped record, a batch of records, or a form with a file."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from chassis.errors import FieldViolation
from services.executor.errors import ArgumentsInvalid
from services.executor.model import Location, Operation, Placement

JSON = "application/json"
NO_CONTENT = "application/octet-stream"
"""What QuickBooks wants a POST without a body to be declared as. Source: API reference, "Send an invoice"."""

Placed = Mapping[Location, Sequence[tuple[Placement, Any]]]
"""Arguments by the part of the request that they become."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode

# The names of the parts: one file a call, so both carry the number of the first. Source: API reference, "Upload".
_METADATA_PART, _CONTENT_PART = "file_metadata_01", "file_content_01"


@dataclass(frozen=True, kw_only=True)
class Body:
    """What a request carries."""

    content: bytes
    content_type: str
    """Empty for a GET."""


def plan_body(operation: Operation, placed: Placed) -> Body:
    """Turn what belongs into the body into the body's bytes.

    Pure: the same arguments give the same bytes, so that a repeat is one.

    Raises:
        ArgumentsInvalid: a file is not base64, or a batch names something else than a record.
    """
    if operation.http_method == "GET":
        return Body(content=b"", content_type="")
    if placed[Location.FILE]:
        return _form(operation, placed)
    if placed[Location.BATCH]:
        return Body(content=_encode(_batch(operation, placed)), content_type=JSON)
    if not operation.fixed_body_json and not _members(placed):
        return Body(content=b"", content_type=NO_CONTENT)
    return Body(content=_encode(_wrapped(operation, placed)), content_type=JSON)


def _fixed(operation: Operation) -> dict[str, Any]:
    return _decode(operation.fixed_body_json) if operation.fixed_body_json else {}


def _members(placed: Placed) -> dict[str, Any]:
    """Top-level members. What an argument names by itself wins over what a whole record carries along."""
    carried = {name: value for _, record in placed[Location.MEMBERS] for name, value in record.items()}
    return carried | {placement.target: value for placement, value in placed[Location.BODY]}


def _wrapped(operation: Operation, placed: Placed) -> dict[str, Any]:
    # What is fixed wins: a caller must not turn a sparse update, which keeps omitted members, into a full one.
    body = _members(placed) | _fixed(operation)
    for _, key in placed[Location.WRAPPER]:
        body = {key: body}
    return body


def _batch(operation: Operation, placed: Placed) -> dict[str, Any]:
    """All items do the one thing that the tool is for, whatever they say themselves."""
    fixed = _fixed(operation)
    item_of, record_of = fixed["item"], fixed["record"]
    records = [item for _, items in placed[Location.BATCH] for item in items]
    return {
        "BatchItemRequest": [
            {"bId": str(number), **item_of, item["entity"]: {**item["record"], **record_of}}
            for number, item in enumerate(records, start=1)
        ]
    }


def _form(operation: Operation, placed: Placed) -> Body:
    placement, text = placed[Location.FILE][0]
    content = _file(placement.argument, text)
    members = _members(placed) | _fixed(operation)
    metadata = _encode(members)
    # Derived from the content, which therefore cannot hold it: a digest inside of what it digests does not occur.
    boundary = f"daybook-{hashlib.sha256(metadata + content).hexdigest()[:40]}"
    kind = _header_value(str(members.get("ContentType", NO_CONTENT)))
    name = _header_value(str(members.get("FileName", "file")))
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_METADATA_PART}"\r\nContent-Type: {JSON}\r\n\r\n'
    between = (
        f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{_CONTENT_PART}"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    body = b"".join((head.encode(), metadata, between.encode(), content, f"\r\n--{boundary}--\r\n".encode()))
    return Body(content=body, content_type=f"multipart/form-data; boundary={boundary}")


def _file(argument: str, text: str) -> bytes:
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise ArgumentsInvalid(FieldViolation(field=argument, description="expected the file's bytes as base64 text"))
    return content


def _header_value(text: str) -> str:
    """Without what would end the header or its quotes."""
    return "".join(
        "_" if character in '"\\' or character < " " or character == "\x7f" else character for character in text
    )

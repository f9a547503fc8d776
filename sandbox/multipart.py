"""Taking a multipart/form-data body apart.

Lines may end in CRLF or in LF alone and a part may be in base64: public clients send both, and QuickBooks takes them.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from sandbox.faults import fault

_BLANK = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part of a form."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a form in their order.

    Args:
        content_type: the request's whole Content-Type header, with its boundary.

    Raises:
        QuickBooksFault: 1050 for another content type or one without boundary, 6041 for base64 that is broken.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise fault("1050", "Invalid Content Type : upload takes multipart/form-data with a boundary")
    pieces = _between(body, boundary.encode())
    return [part for part in map(_part, pieces) if part is not None]


def _between(body: bytes, boundary: bytes) -> list[bytes]:
    marker = re.compile(rb"(?:\A|\r?\n)[ \t]*--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    pieces: list[bytes] = []
    start: int | None = None
    for found in marker.finditer(body):
        if start is not None:
            pieces.append(body[start : found.start()])
        if found[1]:
            break
        # The line end that closes one marker may also open the next, when a part is empty.
        start = found.end()
    return pieces


def _part(piece: bytes) -> Part | None:
    blank = _BLANK.search(piece)
    if blank is None:
        return None
    header = HeaderParser().parsestr(piece[: blank.start()].decode("utf-8", "replace").strip())
    name = header.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        return None
    content = piece[blank.end() :]
    if str(header.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        content = _unwrapped(content)
    return Part(
        name=name,
        filename=header.get_filename(),
        content_type=header.get_content_type() if "Content-Type" in header else None,
        content=content,
    )


def _unwrapped(content: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        raise fault("6041", "Invalid Uploaded File : the content is marked as base64 and does not decode") from None

"""Answers that are files, or tell of files, or are no JSON."""

from __future__ import annotations

import base64
import re
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from services.executor.errors import ResultTooLarge
from services.executor.model import PlannedRequest, UpstreamResponse

MAX_FILE_BYTES = 4 * 1024 * 1024
"""As base64 a third more, and clients cut far smaller results; an invoice's PDF has about 50 KiB."""

_FILE_PATH = re.compile(r"/([a-z]+)/([^/?]+)/pdf\?")
_ADDRESS = re.compile(r"https?://\S{1,8000}")
_PDF = "application/pdf"

_encode = msgspec.json.encode
_raw_items = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode


def file_result(request: PlannedRequest, response: UpstreamResponse) -> bytes:
    """The file as base64, with its name, type and size in bytes.

    Raises:
        ResultTooLarge: it is larger than MAX_FILE_BYTES.
        ValueError: the answer is empty.
    """
    content = response.body
    if not content:
        raise ValueError("an empty file")
    if len(content) > MAX_FILE_BYTES:
        raise ResultTooLarge(len(content), MAX_FILE_BYTES)
    named = _FILE_PATH.search(request.target)
    return _encode(
        {
            "file_name": f"{named[1]}-{named[2]}.pdf" if named else "document.pdf",
            "content_type": response.headers.get("content-type", _PDF).partition(";")[0].strip(),
            "size": len(content),
            "content_base64": base64.b64encode(content).decode(),
        }
    )


def address_result(_request: PlannedRequest, response: UpstreamResponse) -> bytes:
    """The address at which QuickBooks offers a file for about fifteen minutes.

    Raises:
        ValueError: the answer is no web address.
    """
    text = response.body.decode("utf-8", errors="strict").strip().strip('"')
    if not _ADDRESS.fullmatch(text):
        raise ValueError("not a web address")
    return _encode({"url": text})


def uploaded_record(members: dict[str, msgspec.Raw]) -> bytes:
    """The record of the one file that was uploaded; a refusal was recognised before."""
    return bytes(_raw_items(members["AttachableResponse"])[0]["Attachable"])


def xml_result(_request: PlannedRequest, response: UpstreamResponse) -> bytes:
    """An XML answer as an object: elements become members, repeated ones lists, values stay text.

    Raises:
        ValueError: it is not XML, or declares entities, which no answer of QuickBooks does.
    """
    if b"<!" in response.body:
        raise ValueError("XML with declarations")
    try:
        root = ET.fromstring(response.body)  # noqa: S314 - without declarations there is nothing to expand
    except ET.ParseError as error:
        raise ValueError("not XML") from error
    read = _read(root)
    return _encode(read if isinstance(read, dict) else {_name(root.tag): read})


def _read(element: ET.Element) -> Any:
    members: dict[str, Any] = {_name(key): value for key, value in element.attrib.items()}
    for child in element:
        name, value = _name(child.tag), _read(child)
        if name not in members:
            members[name] = value
        elif isinstance(members[name], list):
            members[name].append(value)
        else:
            members[name] = [members[name], value]
    text = (element.text or "").strip()
    if not members:
        return text
    return {**members, "value": text} if text else members


def _name(tag: str) -> str:
    """Without the namespace."""
    return tag.rpartition("}")[2]

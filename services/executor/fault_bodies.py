"""Reads the three shapes in which QuickBooks says that something is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import msgspec

_MAX_TEXT = 1000
"""Characters kept of each text: gRPC carries errors in trailers, which must stay below 8 KiB altogether."""

_MAX_FAULTS = 5

_FAULT_MARKS = (b'"Fault"', b'"fault"')
_XML_FAULT = re.compile(r"<Fault\b[^>]*\btype=\"([^\"]*)\"")
_XML_ERROR = re.compile(r"<Error\b([^>]*)>(.*?)</Error>", re.DOTALL)
_XML_ATTRIBUTE = re.compile(r"\b(code|element)=\"([^\"]*)\"")
_XML_TEXT = re.compile(r"<(Message|Detail)>(.*?)</\1>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing QuickBooks complains about, in its own words."""

    code: str = ""
    """As in "5010"."""
    message: str = ""
    detail: str = ""
    element: str = ""
    """The member it is about, as in `Line.DetailType`; often empty."""
    kind: str = ""
    """As in `ValidationFault`."""


def read_faults(body: bytes) -> tuple[Fault, ...]:
    """Return the faults of an answer; empty when it carries none that can be read.

    Shapes: `Fault` from the accounting API, `fault` in lower case from the gateway before it, and XML, which is what
    QuickBooks falls back to. Source: QuickBooks Online API, "Error handling"; recorded answers of 2016 to 2026.
    """
    if body.lstrip()[:1] == b"<":
        return _from_xml(body.decode("utf-8", errors="replace"))
    # A page of a thousand records is searched in microseconds; it is decoded only when it may be a fault.
    if not any(mark in body for mark in _FAULT_MARKS):
        return ()
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ()
    return _from_json(answer)


def _from_json(answer: Any) -> tuple[Fault, ...]:
    envelope = _member(_uploaded(answer), "Fault", "fault")
    errors = _member(envelope, "Error", "error")
    if not isinstance(errors, list):
        return ()
    kind = _text(_member(envelope, "type"))
    return tuple(
        Fault(
            code=_text(_member(error, "code")),
            message=_text(_member(error, "Message", "message")),
            detail=_text(_member(error, "Detail", "detail")),
            element=_text(_member(error, "element")),
            kind=kind,
        )
        for error in errors[:_MAX_FAULTS]
    )


def _uploaded(answer: Any) -> Any:
    """What an upload answers for its one file: refused ones come with HTTP 200, too (recorded)."""
    answers = _member(answer, "AttachableResponse")
    return answers[0] if isinstance(answers, list) and len(answers) == 1 else answer


def _from_xml(text: str) -> tuple[Fault, ...]:
    """Read by pattern: a fault is flat, and an XML parser would open a door to entity tricks."""
    kind = _XML_FAULT.search(text)
    if kind is None:
        return ()
    faults = []
    for attributes, content in _XML_ERROR.findall(text)[:_MAX_FAULTS]:
        named = dict(_XML_ATTRIBUTE.findall(attributes)) | dict(_XML_TEXT.findall(content))
        read = {name.lower(): _text(unescape(value)) for name, value in named.items()}
        faults.append(Fault(kind=kind[1], **read))
    return tuple(faults)


def _member(value: Any, *names: str) -> Any:
    if not isinstance(value, dict):
        return None
    return next((value[name] for name in names if name in value), None)


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:_MAX_TEXT].strip()

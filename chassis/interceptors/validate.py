"""Checks each request message against the field rules written in the protos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import protovalidate

from chassis.errors import FieldViolation, RequestInvalid
from chassis.interceptors.call import ServedCall

_validator = protovalidate.Validator()


@contextmanager
def validate(call: ServedCall) -> Iterator[None]:
    """The step."""
    violations = _validator.collect_violations(call.request)
    if violations:
        raise RequestInvalid(*(_field_violation(violation.proto) for violation in violations))
    yield


def _field_violation(violation: Any) -> FieldViolation:
    return FieldViolation(field=_path(violation), description=violation.message or violation.rule_id)


def _path(violation: Any) -> str:
    """A field path in the JSON manner, as in `mcp_server.methods[2]`."""
    text = ""
    for element in violation.field.elements if violation.field is not None else ():
        text += f".{element.field_name}" if text else element.field_name
        index = _index(element)
        if index is not None:
            text += f"[{index}]"
    return text


def _index(element: Any) -> object | None:
    subscript = getattr(element, "subscript", None)
    return None if subscript is None else getattr(subscript, "value", subscript)

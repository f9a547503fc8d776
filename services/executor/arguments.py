"""From argument bytes to a checked object with exact numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from chassis.errors import FieldViolation
from services.executor.errors import ArgumentsInvalid
from services.executor.model import Arguments, Operation
from services.executor.violations import describe, path_text, shown

MAX_DEPTH = 64
"""Nesting of arguments. QuickBooks' own records nest five deep; deeper than this is an attack or a mistake."""

MAX_DIGITS = 30
"""Digits of a number, before and after the point. QuickBooks keeps amounts of up to 15 digits and rates of up to 20."""

_MAX_VIOLATIONS = 20

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


def check_arguments(operation: Operation, arguments_json: bytes) -> Arguments:
    """Decode the arguments and hold them against the tool's schema.

    Fractions become Decimal exactly as written; no float exists on the way.

    Raises:
        ArgumentsInvalid: one violation for each field that is wrong, with what was expected.
    """
    arguments = _decoded(arguments_json)
    _refuse_odd_shapes(arguments, arguments_json)
    schema, validator = _compiled(operation.input_schema_json)
    if not validator.is_valid(arguments):
        found = [v for error in validator.iter_errors(arguments) for v in describe(error, schema)]
        raise ArgumentsInvalid(*found[:_MAX_VIOLATIONS])
    return arguments


def _decoded(arguments_json: bytes) -> dict[str, Any]:
    try:
        arguments = _decode(arguments_json)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise ArgumentsInvalid(_violation((), f"expected a JSON object in UTF-8; {error}")) from error
    if not isinstance(arguments, dict):
        raise ArgumentsInvalid(_violation((), f"expected a JSON object, got {shown(arguments)}"))
    return arguments


def _refuse_odd_shapes(arguments: dict[str, Any], arguments_json: bytes) -> None:
    """Refuse what a schema cannot see: deep nesting, endless numbers, members given twice."""
    members = 0
    for path, value in _walk(arguments):
        if len(path) >= MAX_DEPTH and isinstance(value, (dict, list)):
            raise _too_deep()
        if isinstance(value, dict):
            members += len(value)
        elif isinstance(value, (int, Decimal)) and not _is_sane(value):
            description = f"expected a number of at most {MAX_DIGITS} digits, got {shown(value)}"
            raise ArgumentsInvalid(_violation(path, description))
    # Outside of strings, JSON has one colon for each member: more colons than members means that some were overwritten.
    if _STRING.sub(b"", arguments_json).count(b":") != members:
        raise ArgumentsInvalid(*_repeated_members(arguments_json))


def _walk(root: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), root)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            waiting.extend(((*path, name), member) for name, member in value.items())
        elif isinstance(value, list):
            waiting.extend(((*path, index), item) for index, item in enumerate(value))


def _is_sane(number: int | Decimal) -> bool:
    if not isinstance(number, Decimal):
        return bool(abs(number) < 10**MAX_DIGITS)
    return len(number.as_tuple().digits) <= MAX_DIGITS and -MAX_DIGITS <= number.adjusted() < MAX_DIGITS


def _repeated_members(arguments_json: bytes) -> list[FieldViolation]:
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        repeated.extend(sorted({name for name in names if names.count(name) > 1}))

    json.loads(arguments_json, object_pairs_hook=note, parse_float=str)
    return [FieldViolation(field=name, description="given twice in one object; give it once") for name in repeated]


def _too_deep() -> ArgumentsInvalid:
    return ArgumentsInvalid(_violation((), f"expected at most {MAX_DEPTH} levels of nesting"))


def _violation(path: tuple[str | int, ...], description: str) -> FieldViolation:
    return FieldViolation(field=path_text(path), description=description)


# Keyed by the schema's own bytes, which change with the catalog's revision; as many as a large catalog has tools.
@lru_cache(maxsize=2048)
def _compiled(schema_json: bytes) -> tuple[dict[str, Any], jsonschema_rs.Draft202012Validator]:
    schema: dict[str, Any] = json.loads(schema_json, parse_float=Decimal)
    return schema, jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True)

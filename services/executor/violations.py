"""What is wrong with arguments, in words that a model can act on."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import jsonschema_rs
import msgspec

from chassis.errors import FieldViolation

ROOT = "arguments"
"""Names the whole object, where a violation has no field of its own."""

_MAX_NAMES = 30
_MAX_SHOWN = 80

_encode = msgspec.json.Encoder(decimal_format="number").encode


def describe(error: jsonschema_rs.ValidationError, schema: dict[str, Any]) -> list[FieldViolation]:
    """Turn one complaint of the validator into violations, one for each field it is about.

    Args:
        schema: the tool's whole input schema, for what it would have allowed.
    """
    kind, path = error.kind, tuple(error.instance_path)
    within = _subschema(schema, error.schema_path[:-1])
    match kind.name:
        case "additionalProperties" | "unevaluatedProperties":
            return [_unknown(path, str(name), within) for name in kind.value]
        case "required":
            return [_missing(path, str(kind.value), within)]
    return [FieldViolation(field=path_text(path), description=_expected(error, within))]


def path_text(path: Sequence[str | int]) -> str:
    """A path as people write it, `Line[0].Amount`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or ROOT


def shown(value: Any) -> str:
    """A value as JSON, cut short."""
    text = _encode(value).decode()
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def _unknown(path: tuple[str | int, ...], name: str, within: dict[str, Any]) -> FieldViolation:
    known = list(within.get("properties", {}))
    folded = {each.casefold(): each for each in known}
    carriers = [member for member, part in within.get("properties", {}).items() if name in part.get("properties", {})]
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if carriers:
        advice = f"it belongs into `{carriers[0]}`"
    elif close:
        advice = f"did you mean `{folded[close[0]]}`?"
    elif known:
        advice = "expected one of " + ", ".join(known[:_MAX_NAMES]) + (", …" if len(known) > _MAX_NAMES else "")
    else:
        advice = "no properties are expected here"
    return FieldViolation(field=path_text((*path, name)), description=f"no such property; {advice}")


def _missing(path: tuple[str | int, ...], name: str, within: dict[str, Any]) -> FieldViolation:
    wanted = within.get("properties", {}).get(name, {})
    return FieldViolation(field=path_text((*path, name)), description=f"required; expected {_wanted(wanted)}")


def _expected(error: jsonschema_rs.ValidationError, within: dict[str, Any]) -> str:
    limit, got = error.kind.value, shown(error.instance)
    match error.kind.name:
        case "type":
            return f"expected {_wanted(within)}, got {got}"
        case "enum":
            return f"expected one of {', '.join(shown(option) for option in limit)}, got {got}"
        case "const":
            return f"expected {shown(limit)}, got {got}"
        case "pattern":
            return f"expected text like {limit}, got {got}"
        case "format":
            return f"expected {_FORMATS.get(limit, f'the format {limit}')}, got {got}"
        case "minLength" | "maxLength" | "minItems" | "maxItems" as keyword:
            return f"expected {_SIZES[keyword].format(limit)}, got {len(error.instance)}"  # type: ignore[arg-type]
    return f"{error.message[:200]}"


def _wanted(schema: dict[str, Any]) -> str:
    """What a schema asks for: its type, its choices and, for an object, its members."""
    kinds = schema.get("type", "a value")
    name = _TYPES.get(kinds, str(kinds)) if isinstance(kinds, str) else " or ".join(kinds)
    if "enum" in schema:
        return f"one of {', '.join(shown(option) for option in schema['enum'])}"
    if kinds == "object" and schema.get("properties"):
        needed = schema.get("required") or list(schema["properties"])[:_MAX_NAMES]
        return f"an object with {', '.join(needed)}"
    return f"{name} like {schema['pattern']}" if "pattern" in schema else name


def _subschema(schema: dict[str, Any], path: Sequence[str | int]) -> dict[str, Any]:
    found: Any = schema
    for step in path:
        found = found[step]
    return found if isinstance(found, dict) else {}


_TYPES = {
    "object": "an object",
    "array": "an array",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_FORMATS = {
    "date": "a date as YYYY-MM-DD",
    "date-time": "a date and time as YYYY-MM-DDThh:mm:ss with Z or an offset",
    "email": "an e-mail address",
    "uri": "a web address",
}
_SIZES = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "a list of at least {}",
    "maxItems": "a list of at most {}",
}

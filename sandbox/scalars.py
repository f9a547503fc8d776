"""Reading one text, number, date or enumeration out of a request."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.facts import Field, facts
from sandbox.faults import fault

LARGEST = Decimal("99999999999.99")
"""QuickBooks refuses amounts of a hundred billion; the exact limit is not published."""


def read_scalar(field: Field, value: Any, path: str) -> Any:
    """Return the value in the type its field declares, or refuse it by name of the member."""
    return _READERS[field.type](field, value, path)


def _text(field: Field, value: Any, path: str) -> str:
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    if field.max_length is not None and len(text) > field.max_length:
        raise fault("2050", element=path, min="0", max=str(field.max_length), n=str(len(text)))
    for character in field.forbidden:
        if character in text:
            raise fault("2040", f"{path} may not contain {character!r}. Supplied value:{text}", element=path)
    if field.format == "email" and not _is_email(text):
        raise fault("2210", f"Invalid Email Address Format : {path}. Supplied value:{text}", element=path)
    return text


def _is_email(text: str) -> bool:
    name, _, host = text.rpartition("@")
    return bool(name) and "." in host.strip(".")


def _decimal(field: Field, value: Any, path: str) -> Decimal:
    if isinstance(value, bool):
        raise _refused("2100", path, value)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _refused("2100", path, value) from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise _refused("2110", path, value)
    return number


def _integer(field: Field, value: Any, path: str) -> int:
    number = _decimal(field, value, path) if not isinstance(value, bool) else Decimal("0.5")
    if number != number.to_integral_value():
        raise _refused("2080", path, value)
    if field.maximum is not None and not 0 <= number <= field.maximum:
        raise fault("2240", f"{path} must be 0 to {field.maximum}. Supplied value:{value}", element=path)
    return int(number)


def _boolean(field: Field, value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _refused("2230", path, value)


def _date(field: Field, value: Any, path: str) -> str:
    text = str(value)[:10]
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.replace("-", "").isdigit():
        raise _refused("2060", path, value)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _refused("2070", path, value) from None


def _instant(field: Field, value: Any, path: str) -> str:
    try:
        return datetime.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise _refused("2060", path, value) from None


def _choice(field: Field, value: Any, path: str) -> str:
    text = str(value)
    if text not in facts().enums[field.enum or ""]:
        raise fault("2170", element=path, value=text)
    return text


def _refused(code: str, path: str, value: Any) -> Exception:
    return fault(code, f"{path} is not valid. Supplied value:{value}", element=path)


_READERS: dict[str, Callable[[Field, Any, str], Any]] = {
    "string": _text,
    "id": _text,
    "decimal": _decimal,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "date-time": _instant,
    "enum": _choice,
}

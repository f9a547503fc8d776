"""Settings: frozen dataclasses read from the environment, which fail closed.

A room's settings are one dataclass with a `PREFIX`; the field `redis_url` is read from `<PREFIX>REDIS_URL`, or from the
file that `<PREFIX>REDIS_URL_FILE` names. Every complaint names its variable, and all complaints come at once.
"""

from __future__ import annotations

import dataclasses
import enum
import hmac
import os
import re
import types
import typing
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

SettingsType = TypeVar("SettingsType")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TRUTHS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


class SettingsError(Exception):
    """The environment does not describe a room that may start; the message names every variable that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Secret:
    """A text that prints as stars. Only `reveal` shows it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself; keep it out of logs, traces, errors and command lines."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('**********')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TlsSettings:
    """Certificates of a room for mutual TLS (prefix DAYBOOK_TLS_). All three files, or none."""

    PREFIX: ClassVar[str] = "DAYBOOK_TLS_"

    certificate_file: Path | None = None
    """This room's certificate chain, PEM."""
    key_file: Path | None = None
    """The private key of that certificate, PEM."""
    ca_file: Path | None = None
    """The authority that signs every room's certificate, PEM."""

    def __post_init__(self) -> None:
        given = [self.certificate_file, self.key_file, self.ca_file]
        if any(given) and not all(given):
            raise ValueError(
                "set all of DAYBOOK_TLS_CERTIFICATE_FILE, DAYBOOK_TLS_KEY_FILE, DAYBOOK_TLS_CA_FILE, or none"
            )

    @property
    def is_on(self) -> bool:
        """Whether this room speaks TLS."""
        return self.certificate_file is not None


def load(cls: type[SettingsType], environ: Mapping[str, str] | None = None) -> SettingsType:
    """Build settings from the environment.

    Args:
        cls: a frozen, keyword-only dataclass with a class attribute `PREFIX`.
        environ: defaults to the process's own environment.

    Raises:
        SettingsError: a variable is missing, unreadable or nonsense; the message names each.
    """
    problems: list[str] = []
    settings = _build(cls, os.environ if environ is None else environ, problems)
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


def _build(cls: type[SettingsType], environ: Mapping[str, str], problems: list[str]) -> SettingsType | None:
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    before = len(problems)
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            values[field.name] = _build(kind, environ, problems)
            continue
        _read_field(field, kind, f"{cls.PREFIX}{field.name.upper()}", environ, values, problems)  # type: ignore[attr-defined]
    if len(problems) > before:
        return None
    try:
        return cls(**values)
    except ValueError as error:
        problems.append(str(error))
        return None


def _read_field(
    field: dataclasses.Field[Any],
    kind: Any,
    variable: str,
    environ: Mapping[str, str],
    values: dict[str, Any],
    problems: list[str],
) -> None:
    try:
        text = _text_of(variable, kind, environ)
        if text is not None:
            values[field.name] = _parse(kind, text)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(f"{variable} is not set, and has no default")
    except (ValueError, OSError) as error:
        problems.append(f"{variable}: {error}")


def _text_of(variable: str, kind: Any, environ: Mapping[str, str]) -> str | None:
    """The variable's text, or the content of the file that `<variable>_FILE` names. Empty counts as unset."""
    direct = environ.get(variable) or None
    file_name = environ.get(f"{variable}_FILE") or None
    if direct is not None and file_name is not None:
        raise ValueError(f"set {variable} or {variable}_FILE, not both")
    if file_name is None:
        return direct
    return Path(file_name).read_text(encoding="utf-8").strip()


def _parse(kind: Any, text: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
        origin = typing.get_origin(kind)
    if origin is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        return _parse_truth(text)
    if kind is timedelta:
        return parse_duration(text)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _parse_choice(kind, text)
    if kind is int:
        return _parse_whole_number(text)
    if kind in (str, Secret, Path):
        return kind(text)
    raise TypeError(f"settings cannot hold {kind!r}")


def _parse_truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError(f"expected true or false, got {text!r}")
    return _TRUTHS[text.lower()]


def _parse_whole_number(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(text)


def _parse_choice(kind: type[enum.Enum], text: str) -> enum.Enum:
    for member in kind:
        if text.lower() == str(member.value).lower():
            return member
    raise ValueError(f"expected one of {', '.join(str(member.value) for member in kind)}, got {text!r}")


def parse_duration(text: str) -> timedelta:
    """Read "30s", "5m", "1h", "250ms", "2d", or a bare number of seconds.

    Raises:
        ValueError: anything else.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'expected a duration like "30s", "5m" or "1h", got {text!r}')
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])

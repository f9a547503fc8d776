"""The id of the present call: the caller's, or a new one. It goes on to the next room."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REQUEST_ID_METADATA = "x-request-id"
"""Metadata key, the same as the usual HTTP header."""

_SAFE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """The id of the present call, or None outside one."""
    return _current.get()


@contextmanager
def bind_request_id(proposed: str | None) -> Iterator[str]:
    """Use the proposed id for the work inside if it is safe to log, else a new one."""
    value = proposed if proposed is not None and _SAFE.fullmatch(proposed) else secrets.token_hex(8)
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)

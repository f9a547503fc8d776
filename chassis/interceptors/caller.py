"""Applies the per-method table of rooms that may call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.errors import CallerNotAllowed
from chassis.identity import calling_room, is_secure
from chassis.interceptors.call import ServedCall


@contextmanager
def caller(call: ServedCall) -> Iterator[None]:
    """The step. Without TLS there is no identity to check; such a server listens on loopback only."""
    if call.callers is not None and is_secure(call.context) and calling_room(call.context) not in call.callers:
        raise CallerNotAllowed(call.method)
    yield

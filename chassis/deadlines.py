"""The time that is left for the present call, and what may be spent on the next one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

MARGIN = timedelta(milliseconds=100)
"""Kept back from each onward call, so that an answer that comes last-minute can still be passed on."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def remaining() -> timedelta | None:
    """The time left for the present call, never negative; None when nobody set a limit."""
    deadline = _deadline.get()
    return None if deadline is None else timedelta(seconds=max(0.0, deadline - time.monotonic()))


@contextmanager
def limit(duration: timedelta) -> Iterator[None]:
    """Give the work inside at most this long; an earlier limit stays in force."""
    deadline = time.monotonic() + duration.total_seconds()
    present = _deadline.get()
    token = _deadline.set(deadline if present is None else min(deadline, present))
    try:
        yield
    finally:
        _deadline.reset(token)


def budget(default: timedelta, margin: timedelta = MARGIN) -> timedelta:
    """How long an onward call may take: its default, or what is left less a margin; at least a millisecond."""
    left = remaining()
    if left is None:
        return default
    return max(timedelta(milliseconds=1), min(default, left - margin))

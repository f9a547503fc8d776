"""A call that has no time left is refused before any work; one without a limit gets ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from chassis import deadlines
from chassis.errors import DeadlineTooShort
from chassis.interceptors.call import ServedCall

FLOOR = timedelta(milliseconds=2)
"""Less than a hop takes on the fastest machine: the answer could not arrive in time."""

LONGEST = timedelta(seconds=60)
"""For callers that set no deadline. Chat clients give up at about 60 s."""


@contextmanager
def deadline(call: ServedCall) -> Iterator[None]:
    """The step. Streams may stay open; the calls they make have their own limits."""
    if call.is_stream:
        yield
        return
    left = call.context.time_remaining()
    duration = LONGEST if left is None else min(LONGEST, timedelta(seconds=left))
    if duration < FLOOR:
        raise DeadlineTooShort()
    with deadlines.limit(duration):
        yield

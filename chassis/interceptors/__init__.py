"""What happens around every call that a room serves, in one declared order.

Each step is a context manager around the handler. They see failures as `MeshError`; only the runner
(`chassis/interceptors/runner.py`), outside them all, turns a failure into gRPC's rich status.
"""

from __future__ import annotations

from chassis.interceptors.access_log import access_log
from chassis.interceptors.call import Step
from chassis.interceptors.caller import caller
from chassis.interceptors.deadline import deadline
from chassis.interceptors.incidents import incidents
from chassis.interceptors.request_id import request_id
from chassis.interceptors.trace import trace
from chassis.interceptors.validate import validate

ORDER: tuple[Step, ...] = (
    # First, so that everything that follows can be found by it.
    request_id,
    # Outside all checks, so that a refusal is a span like any other.
    trace,
    # Inside the span, so that the line carries the trace; outside all checks, so that refusals are logged.
    access_log,
    # Turns what is not a MeshError into one, so that the log and the span name it.
    incidents,
    # Cheapest refusal first: without time there is nothing to check.
    deadline,
    # Who calls is decided before anything they sent is looked at.
    caller,
    # Last, since it reads the whole message.
    validate,
)

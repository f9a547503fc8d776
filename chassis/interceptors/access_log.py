"""One log line a call: method, code, reason, duration, caller."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.errors import MeshError
from chassis.identity import calling_room
from chassis.interceptors.call import ServedCall
from chassis.request_ids import current_request_id

log = logging.getLogger("daybook.access")


@contextmanager
def access_log(call: ServedCall) -> Iterator[None]:
    """The step."""
    started, code, reason = time.monotonic(), "OK", None
    try:
        yield
    except MeshError as error:
        code, reason = error.code.name, error.reason
        raise
    except asyncio.CancelledError:
        code = "CANCELLED"
        raise
    finally:
        facts = {
            "method": call.method,
            "code": code,
            "duration_ms": round((time.monotonic() - started) * 1000, 2),
            "request_id": current_request_id(),
        }
        facts |= {"reason": reason} if reason else {}
        caller = calling_room(call.context)
        facts |= {"caller": caller} if caller else {}
        log.info("call", extra=facts)

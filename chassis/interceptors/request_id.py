"""Binds the id of each call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.interceptors.call import ServedCall
from chassis.request_ids import REQUEST_ID_METADATA, bind_request_id


@contextmanager
def request_id(call: ServedCall) -> Iterator[None]:
    """The step."""
    with bind_request_id(call.metadata.get(REQUEST_ID_METADATA)):
        yield

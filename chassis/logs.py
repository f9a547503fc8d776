"""Structured logs: one JSON object a line on standard output, with the trace it belongs to."""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

import msgspec

from chassis import tracing

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}
_encoder = msgspec.json.Encoder(enc_hook=str)


class JsonFormatter(logging.Formatter):
    """Renders a record with its `extra` members, and the exception's text when there is one."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self._room = room

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON: time, level, room, event, extras, trace_id, exception."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "room": self._room,
            "event": record.getMessage(),
        }
        line.update((name, value) for name, value in vars(record).items() if name not in _STANDARD)
        trace_id = tracing.current_trace_id()
        if trace_id is not None:
            line["trace_id"] = trace_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encoder.encode(line).decode()


def setup(room: str) -> None:
    """Send every log line of this process to standard output. The level is DAYBOOK_LOG_LEVEL, `info` by default."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(room))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(os.environ.get("DAYBOOK_LOG_LEVEL", "info").upper())
    # httpx2 logs whole URLs at info: QuickBooks' carry queries with customers' names in them.
    # uvicorn says that it starts and stops; so do we.
    for name in ("httpx2", "httpcore2", "httpx", "httpcore", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)

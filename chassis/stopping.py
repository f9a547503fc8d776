"""Stopping in good order: waiting for the word, and how long running work may go on after it."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta

DRAIN_GRACE = timedelta(seconds=20)
"""Running calls may finish for this long after the order to stop. QuickBooks calls take at most this long."""


async def wait_for_stop() -> None:
    """Return on SIGTERM or SIGINT. A second signal ends the process at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)

"""Waiting for the order to stop."""

from __future__ import annotations

import asyncio
import signal


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

"""Following a server's stream for ever: read, and when it breaks, say so and open it again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Callable
from datetime import timedelta
from typing import TypeVar

import grpc

Message = TypeVar("Message")

log = logging.getLogger(__name__)


async def follow(
    open_stream: Callable[[], AsyncIterable[Message]],
    on_message: Callable[[Message], None],
    on_break: Callable[[], None],
    *,
    pause: timedelta = timedelta(milliseconds=200),
) -> None:
    """Read a stream until cancelled, reopening it whenever it ends.

    Args:
        on_message: called for each message, in order.
        on_break: called each time the stream ends or can't be opened, before the pause.
        pause: wait this long before opening it again. Short: whoever watches trusts no cache meanwhile.
    """
    while True:
        try:
            async for message in open_stream():
                on_message(message)
        except grpc.aio.AioRpcError as error:
            log.debug("a watched stream broke", extra={"code": error.code().name})
        on_break()
        await asyncio.sleep(pause.total_seconds())

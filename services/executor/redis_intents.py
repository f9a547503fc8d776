"""Intents in Redis or Valkey, shared by all replicas. The executor's only door to its store."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from chassis.settings import Secret
from services.executor.errors import JournalUnavailable
from services.executor.model import Intent

PREFIX = "executor:intent:"
"""The store's user may touch `executor:*` only."""

PENDING_FOR = timedelta(hours=24)
"""A write whose outcome is not known must not be forgotten before someone repeats it or looks at the books."""

# A call never hangs on the store: two tries of two seconds, then the write is refused with nothing sent.
_SOCKET_TIMEOUT_SECONDS = 2.0
_RETRIES = 1
_RETRY_PAUSE_SECONDS = 0.05

_PENDING, _DONE = b"pending", b"done"

# GET and DEL in one step: between two, another replica could have marked the intent done.
_DROP = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

Answer = TypeVar("Answer")


def open_store(url: Secret) -> Redis:
    """A client that connects when first used and heals by itself."""
    return Redis.from_url(
        url.reveal(),
        socket_timeout=_SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=_SOCKET_TIMEOUT_SECONDS,
        retry=Retry(ConstantBackoff(_RETRY_PAUSE_SECONDS), _RETRIES),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )


class RedisIntents:
    """The intent store."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def begin(self, proposed: Intent) -> Intent:
        """Return what is remembered under the intent's key; if nothing is, remember and return the proposed one."""
        key, value = PREFIX + proposed.key, _text(_PENDING, proposed)
        found = await self._ask(self._client.set(key, value, nx=True, get=True, px=PENDING_FOR))
        return proposed if found is None else _read(cast(bytes, found), proposed)

    async def settle(self, intent: Intent) -> bool:
        """Mark the intent done, and say whether it was done already."""
        key, value = PREFIX + intent.key, _text(_DONE, intent)
        before = await self._ask(self._client.set(key, value, get=True, px=intent.remembered_for))
        return before == value

    async def drop(self, intent: Intent) -> None:
        """Forget the intent, unless it is done or another took its place."""
        await self._ask(self._client.eval(_DROP, 1, PREFIX + intent.key, _text(_PENDING, intent)))

    async def _ask(self, answer: Awaitable[Answer]) -> Answer:
        try:
            return await answer
        except (RedisError, OSError) as error:
            raise JournalUnavailable() from error


def _text(state: bytes, intent: Intent) -> bytes:
    return b" ".join((state, intent.request_id.encode(), intent.content.encode()))


def _read(value: bytes, proposed: Intent) -> Intent:
    state, request_id, content = value.decode().split(" ")
    return replace(proposed, request_id=request_id, content=content, is_done=state.encode() == _DONE)

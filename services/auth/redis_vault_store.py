"""The vault's line to Redis or Valkey: short waits, bounded retries, writes confirmed on disk."""

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline, PubSub
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from chassis.settings import Secret
from services.auth.errors import VaultUnavailable

_SOCKET_TIMEOUT_SECONDS = 2.0

# Below the socket's own timeout, so that a slow disk is told from a lost server.
_CONFIRM_TIMEOUT_MS = 1_500

# One try and two more, 20 ms and 40 ms later: bridges a restart of a connection, not an outage.
_RETRIES = 2
_BACKOFF_BASE_SECONDS = 0.02
_BACKOFF_CAP_SECONDS = 0.2

_CONNECTIONS = 32

# Asks that the writes of this connection are on one disk (Redis 7.2, Valkey 7.2 or later).
_CONFIRM = "WAITAOF"

# What a server says that writes nothing to disk, or is too old to be asked: there the operator chose to lose data.
_UNCONFIRMABLE = ("appendonly is disabled", "unknown command")

# A primary that may not write now: disk full, too few replicas. As unavailable as one that is down.
_REFUSED_WRITES = ("MISCONF", "NOREPLICAS")

log = logging.getLogger(__name__)

Field = bytes | str


class RedisStore:
    """One pool of connections; every failure to reach the store becomes `VaultUnavailable`."""

    def __init__(self, url: Secret) -> None:
        """Prepare; nothing connects yet."""
        self._retry = Retry(ExponentialBackoff(cap=_BACKOFF_CAP_SECONDS, base=_BACKOFF_BASE_SECONDS), _RETRIES)
        once = Retry(NoBackoff(), 0)
        self._redis = _client(url, self._retry)
        # A write is tried again together with its confirmation, which speaks of its own connection only.
        self._writer = _client(url, once)
        # A subscription that broke must be seen to break: what was published meanwhile is lost.
        self._subscriber = _client(url, once)
        self._has_warned = False

    async def close(self) -> None:
        """Close every connection."""
        for client in (self._redis, self._writer, self._subscriber):
            await client.aclose()

    async def ping(self) -> bool:
        """Say whether the store answers as a primary does."""
        async with _translated():
            try:
                role = await cast(Awaitable[Sequence[Any]], self._redis.execute_command("ROLE"))  # type: ignore[no-untyped-call]
            except ResponseError:
                # Some hosted stores forbid ROLE; a replica there still refuses the first write.
                return bool(await cast(Awaitable[Any], self._redis.ping()))
        return role[0] in (b"master", "master")

    async def write(self, script: str, keys: Sequence[str], arguments: Sequence[Field | int]) -> int:
        """Run a script of `redis_vault_scripts` and return its answer once the write is on disk.

        Raises:
            VaultUnavailable: the store did not answer or did not confirm; the write may have happened.
        """
        async with _translated():
            return await self._retry.call_with_retry(lambda: self._write_once(script, keys, arguments), _pass)

    async def _write_once(self, script: str, keys: Sequence[str], arguments: Sequence[Field | int]) -> int:
        async with self._writer.client() as line:
            answer = await cast(Awaitable[int], line.eval(script, len(keys), *keys, *arguments))
            # Not pipelined: sent together with the write, it would wait for the server's next tick, 100 ms.
            try:
                confirmed = await cast(Awaitable[Any], line.execute_command(_CONFIRM, 1, 0, _CONFIRM_TIMEOUT_MS))  # type: ignore[no-untyped-call]
            except ResponseError as error:
                self._warn_of(error)
            else:
                _check(confirmed)
            return answer

    async def run(self, *command: Field | int) -> Any:
        """Run one command whose loss would do no harm, or a read."""
        async with _translated():
            return await cast(Awaitable[Any], self._redis.execute_command(*command))  # type: ignore[no-untyped-call]

    async def read(self, *commands: Sequence[Field | int]) -> list[Any]:
        """Run several reads in one round trip."""
        async with _translated():
            pipeline: Pipeline = self._redis.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            return list(await pipeline.execute())

    async def read_hashes(self, *keys: str) -> list[dict[str, bytes]]:
        """Read hashes in one round trip; an absent one is empty."""
        answers = await self.read(*(("HGETALL", key) for key in keys))
        return [_text_keys(answer) for answer in answers]

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[PubSub]:
        """Subscribe on a connection of its own; the body may use it until it breaks."""
        async with _translated():
            pubsub = self._subscriber.pubsub()
            try:
                await pubsub.subscribe(channel)
                # The answer to SUBSCRIBE: from here on nothing that is published is missed.
                if await pubsub.get_message(timeout=_SOCKET_TIMEOUT_SECONDS) is None:
                    raise RedisTimeoutError("no answer to SUBSCRIBE")
                yield pubsub
            finally:
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    def _warn_of(self, error: ResponseError) -> None:
        if not any(words in str(error) for words in _UNCONFIRMABLE):
            raise error
        if not self._has_warned:
            log.warning("the vault confirms no write on disk: turn appendonly on, or a crash disconnects companies")
        self._has_warned = True


def _check(confirmed: Sequence[int]) -> None:
    if confirmed[0] < 1:
        log.error("the vault did not confirm a write on disk in time")
        raise VaultUnavailable()


async def _pass(_: Exception) -> None:
    """Nothing needs to be done between two tries: the connection that failed is closed already."""


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        if not _is_outage(error):
            raise
        log.warning("the vault did not answer", extra={"cause": type(error).__name__, "answer": str(error)})
        raise VaultUnavailable() from error


def _is_outage(error: Exception) -> bool:
    if isinstance(error, ResponseError) and str(error).startswith(_REFUSED_WRITES):
        return True
    outages = (RedisConnectionError, RedisTimeoutError, MasterDownError, OutOfMemoryError, ReadOnlyError, OSError)
    return isinstance(error, outages)


def _client(url: Secret, retry: Retry) -> Redis:
    # A blocking pool: a burst waits its turn instead of opening a connection a call.
    pool = BlockingConnectionPool.from_url(
        url.reveal(),
        max_connections=_CONNECTIONS,
        timeout=_SOCKET_TIMEOUT_SECONDS,
        socket_timeout=_SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=_SOCKET_TIMEOUT_SECONDS,
        retry=retry,
        retry_on_error=[RedisConnectionError, RedisTimeoutError, ReadOnlyError],
        client_name="daybook-auth",
    )
    return Redis.from_pool(pool)


def _text_keys(answer: Mapping[Any, bytes] | Sequence[bytes]) -> dict[str, bytes]:
    # RESP3 answers HGETALL with a map, RESP2 with a flat list.
    pairs = answer.items() if isinstance(answer, Mapping) else zip(answer[::2], answer[1::2], strict=True)
    return {key.decode(): value for key, value in pairs}

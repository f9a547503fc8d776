"""Refreshing: once for each company, whoever asks and wherever."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
import redis

from services.auth.model import Connection, realm_of
from services.auth.redis_vault import RedisVault
from services.auth.redis_vault_store import RedisStore
from services.auth.refresh import Refresher
from services.auth.sealing import KeyRing
from services.auth.settings import AuthSettings
from tests.support.auth import AuthClient, FakeIntuit, ManualClock, auth_settings, eventually, failure_of, running_auth
from tests.support.valkey import start_valkey

pytestmark = pytest.mark.anyio

COMPANIES, CALLS = 10, 200


async def issue_for_all(clients: list[AuthClient], connections: list[str]) -> Counter[str]:
    """Ask for access 200 times at once, spread over clients and companies; count the tokens that came."""
    grants = {connection: await clients[0].grant_for(connection) for connection in connections}
    calls = [
        clients[number % len(clients)].issue(grants[connection], connection)
        for number, connection in enumerate(connections * (CALLS // len(connections)))
    ]
    async with asyncio.timeout(20):
        return Counter(answer.access_token for answer in await asyncio.gather(*calls))


async def is_issued(auth: AuthClient, grant: str, connection: str) -> bool:
    """Whether access is given at the moment."""
    try:
        return bool((await auth.issue(grant, connection)).access_token)
    except grpc.aio.AioRpcError:
        return False


@asynccontextmanager
async def replicas(settings: AuthSettings, intuit: FakeIntuit, clock: ManualClock) -> AsyncIterator[list[Refresher]]:
    """Two refreshers as two replicas have them, over one vault."""
    store = RedisStore(settings.redis_url)
    vault = RedisVault(store, KeyRing.parse(settings.sealing_keys))
    try:
        yield [Refresher(vault, intuit, clock, "https://console.example/connect") for _ in range(2)]
    finally:
        await store.close()


async def read_company(settings: AuthSettings, connection: str) -> Connection:
    """What is kept of a company now."""
    store = RedisStore(settings.redis_url)
    try:
        read = await RedisVault(store, KeyRing.parse(settings.sealing_keys)).read_connection(realm_of(connection))
    finally:
        await store.close()
    assert read is not None
    return read


async def test_callers_of_one_process_share_one_flight(
    auth: AuthClient, settings: AuthSettings, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """Two hundred waiters that each poll the vault for their turn would be an outage of our own."""
    read = await read_company(settings, await auth.connect())
    async with replicas(settings, intuit, clock) as (refresher, _):
        flights = {refresher.refresh(read) for _ in range(CALLS)}
        assert len(flights) == 1
        await flights.pop()


async def test_whoever_read_the_old_tokens_takes_the_new_ones_from_the_vault(
    auth: AuthClient, settings: AuthSettings, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """Between a replica's read and its turn another may have rotated: the token it read is dead at Intuit."""
    read = await read_company(settings, await auth.connect())
    async with replicas(settings, intuit, clock) as (one, two):
        assert await one.refresh(read) == await two.refresh(read)
    assert len(intuit.refreshes) == 1


async def test_200_calls_refresh_each_of_10_companies_once(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """Intuit rotates refresh tokens: two rotations at once could store the one it is about to drop."""
    connections = [await auth.connect() for _ in range(COMPANIES)]
    clock.advance(timedelta(minutes=56))
    intuit.delay = timedelta(milliseconds=50)
    tokens = await issue_for_all([auth], connections)
    assert len(intuit.refreshes) == COMPANIES
    assert sorted(tokens.values()) == [CALLS // COMPANIES] * COMPANIES


async def test_two_replicas_refresh_each_company_once_between_them(
    settings: AuthSettings, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """The second replica must take the first one's token, not rotate it away."""
    async with running_auth(settings, intuit, clock) as one, running_auth(settings, intuit, clock) as two:
        connections = [await one.connect() for _ in range(COMPANIES)]
        clock.advance(timedelta(hours=2))
        intuit.delay = timedelta(milliseconds=50)
        tokens = await issue_for_all([one, two], connections)
    assert len(intuit.refreshes) == COMPANIES
    assert sorted(tokens.values()) == [CALLS // COMPANIES] * COMPANIES


async def test_a_replica_that_died_in_its_turn_does_not_block_the_others(
    auth: AuthClient, intuit: FakeIntuit, clock: ManualClock, settings: AuthSettings
) -> None:
    """Its lock lapses; until then others say that they have no time, rather than hang."""
    connection = await auth.connect()
    clock.advance(timedelta(hours=2))
    grant = await auth.grant_for(connection)
    lock = f"auth:refresh-lock:{connection.removeprefix('connections/')}"
    with redis.Redis.from_url(settings.redis_url.reveal()) as client:
        client.set(lock, "a replica that died", px=400)
        issued = await auth.issue(grant, connection)
    assert issued.access_token
    assert len(intuit.refreshes) == 1


async def test_tokens_that_could_not_be_kept_at_once_are_kept_when_the_vault_is_back(
    tmp_path: Path, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """Between Intuit's answer and the disk the new refresh token lives only here: losing it loses the company."""
    valkey = start_valkey(tmp_path / "valkey")
    try:
        async with running_auth(auth_settings(valkey.url_for("auth")), intuit, clock) as auth:
            connection = await auth.connect()
            clock.advance(timedelta(hours=2))
            grant = await auth.grant_for(connection)
            intuit.hold = asyncio.Event()
            caller = asyncio.create_task(failure_of(auth.issue(grant, connection)))
            async with asyncio.timeout(5):
                await intuit.asked.wait()
            await asyncio.to_thread(valkey.kill)
            intuit.hold.set()
            assert (await caller).reason == "VAULT_UNAVAILABLE"
            await asyncio.to_thread(valkey.start)
            await eventually(lambda: is_issued(auth, grant, connection))
            clock.advance(timedelta(hours=2))
            assert await auth.issue(await auth.grant_for(connection), connection)
        assert len(intuit.refreshes) == 2
    finally:
        valkey.stop()

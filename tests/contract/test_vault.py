"""What every vault must do, on a real Valkey with and without an append-only file."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.grants import Scope
from chassis.settings import Secret
from services.auth.errors import ConnectionUnknown, VaultUnavailable
from services.auth.model import (
    ConnectAttempt,
    Connection,
    ConnectionState,
    Creation,
    CreationRequest,
    McpServer,
    Tokens,
    ToolExposure,
)
from services.auth.ports import Vault
from services.auth.redis_vault import RedisVault
from services.auth.redis_vault_store import RedisStore
from services.auth.sealing import KeyRing, SealBroken
from services.auth.tokens import new_revision, new_server_id
from tests.support.auth import eventually, new_realm
from tests.support.valkey import ValkeyServer, start_valkey, valkey_server

__all__ = ["valkey_server"]

pytestmark = pytest.mark.anyio

RING = KeyRing({1: b"k" * 32})
NOW = datetime.now(UTC)


@asynccontextmanager
async def opened(valkey: ValkeyServer, ring: KeyRing = RING) -> AsyncIterator[RedisVault]:
    """A vault over this server."""
    store = RedisStore(valkey.url_for("auth"))
    try:
        yield RedisVault(store, ring)
    finally:
        await store.close()


@pytest.fixture(params=["append-only file", "nothing on disk"])
async def vault(request: pytest.FixtureRequest, valkey_server: ValkeyServer) -> AsyncIterator[Vault]:
    """Each kind of store that an installation may have."""
    with valkey_server.administer() as administrator:
        administrator.config_set("appendonly", "yes" if request.param == "append-only file" else "no")
    async with opened(valkey_server) as opened_vault:
        yield opened_vault
    with valkey_server.administer() as administrator:
        administrator.config_set("appendonly", "yes")


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server that a test may break."""
    server = start_valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


def company(realm_id: str | None = None, refresh_token: str = "refresh-secret") -> Connection:
    """A linked company."""
    tokens = Tokens(
        access_token=Secret("access-secret"),
        access_issued_at=NOW,
        access_expires_at=NOW + timedelta(hours=1),
        refresh_token=Secret(refresh_token),
        refresh_expires_at=NOW + timedelta(days=101),
    )
    return Connection(realm_id=realm_id or new_realm(), connected_at=NOW, tokens=tokens, revision=new_revision())


def server_over(connection: Connection, **changes: object) -> McpServer:
    """A server over a company."""
    server = McpServer(
        realm_id=connection.realm_id,
        server_id=new_server_id(),
        display_name="AP agent",
        scope=Scope(methods=("read",), tags=("crm",), tools=("list_all_quick_books_customers",)),
        exposure=ToolExposure.DISCOVERY,
        has_company_knowledge=True,
        expires_at=None,
        created_at=NOW,
        updated_at=NOW,
        etag=new_revision(),
    )
    return replace(server, **changes)  # type: ignore[arg-type]


async def kept(vault: Vault, connection: Connection, **changes: object) -> tuple[McpServer, str]:
    """Keep a server; return it with its token's digest."""
    server = server_over(connection, **changes)
    digest = f"digest-{server.server_id}"
    assert await vault.create_mcp_server(server, Secret("dbm_secret"), digest, None) is None
    return server, digest


async def test_a_company_is_read_as_it_was_stored(vault: Vault) -> None:
    """Instants to the microsecond, tokens to the letter."""
    connection = company()
    assert await vault.read_connection(connection.realm_id) is None
    await vault.store_connection(connection)
    assert await vault.read_connection(connection.realm_id) == connection


async def test_a_company_is_replaced_only_by_who_read_its_present_tokens(vault: Vault) -> None:
    """A slow writer must not put older tokens over newer ones."""
    first = company()
    await vault.store_connection(first)
    second = replace(first, revision=new_revision(), state=ConnectionState.EXPIRED)
    late = replace(first, revision=new_revision())
    assert await vault.replace_connection(second, first.revision)
    assert not await vault.replace_connection(late, first.revision)
    assert await vault.read_connection(first.realm_id) == second


async def test_a_replacement_sent_twice_is_one_replacement(vault: Vault) -> None:
    """After a lost answer the write is sent again, and must not take itself for a rival."""
    first = company()
    await vault.store_connection(first)
    second = replace(first, revision=new_revision())
    assert await vault.replace_connection(second, first.revision)
    assert await vault.replace_connection(second, first.revision)


async def test_a_company_that_was_erased_does_not_come_back(vault: Vault) -> None:
    """A refresh that ends after the deletion must not undo it."""
    connection = company()
    await vault.store_connection(connection)
    await vault.erase_connection(connection.realm_id)
    assert not await vault.replace_connection(replace(connection, revision=new_revision()), connection.revision)
    assert await vault.read_connection(connection.realm_id) is None


async def test_an_attempt_is_taken_once(vault: Vault) -> None:
    """However many redirects arrive with the same state."""
    digest = f"digest-{new_realm()}"
    attempt = ConnectAttempt(redirect_uri="https://console.example", expires_at=NOW + timedelta(minutes=10))
    await vault.store_attempt(digest, attempt)
    taken = await asyncio.gather(*(vault.take_attempt(digest) for _ in range(10)))
    assert [one for one in taken if one is not None] == [attempt]


async def test_a_lock_has_one_owner_who_alone_can_give_it_back(vault: Vault) -> None:
    """A replica whose turn lapsed must not end the turn of the next."""
    realm = new_realm()
    assert await vault.lock(realm, "one", timedelta(seconds=20))
    assert await vault.lock(realm, "one", timedelta(seconds=20))
    assert not await vault.lock(realm, "two", timedelta(seconds=20))
    await vault.unlock(realm, "two")
    assert not await vault.lock(realm, "two", timedelta(seconds=20))
    await vault.unlock(realm, "one")
    assert await vault.lock(realm, "two", timedelta(seconds=20))


async def test_a_lock_is_taken_by_one_of_many(vault: Vault) -> None:
    """Two owners are two rotations."""
    realm = new_realm()
    owners = [f"owner-{number}" for number in range(20)]
    taken = await asyncio.gather(*(vault.lock(realm, owner, timedelta(seconds=20)) for owner in owners))
    assert sum(taken) == 1


async def test_a_server_is_found_by_name_token_and_beside_its_company(vault: Vault) -> None:
    """The three ways that calls come to it."""
    connection = company()
    await vault.store_connection(connection)
    server, digest = await kept(vault, connection)
    assert await vault.read_mcp_server(server.realm_id, server.server_id) == server
    assert await vault.read_mcp_server_by_token(digest) == server
    assert await vault.read_access(server.realm_id, server.server_id) == (connection, server)


async def test_a_server_needs_its_company(vault: Vault) -> None:
    """Made during the company's deletion it would stay behind, opening nothing."""
    with pytest.raises(ConnectionUnknown):
        await kept(vault, company())


async def test_a_request_id_makes_one_server(vault: Vault) -> None:
    """Also when the same request arrives at two replicas at once."""
    connection = company()
    await vault.store_connection(connection)
    request = CreationRequest(request_id=f"request-{connection.realm_id}", content_digest="digest")
    servers = [server_over(connection) for _ in range(10)]
    answers = await asyncio.gather(
        *(vault.create_mcp_server(one, Secret(f"dbm_{one.server_id}"), one.server_id, request) for one in servers)
    )
    made = [server for server, answer in zip(servers, answers, strict=True) if answer is None]
    creation = Creation(mcp_server_name=made[0].name, content_digest="digest", token=Secret(f"dbm_{made[0].server_id}"))
    assert len(made) == 1
    assert [answer for answer in answers if answer is not None] == [creation] * 9
    page = await vault.list_mcp_servers(connection.realm_id, None, 100)
    assert page is not None and page.mcp_servers == (made[0],)


async def test_a_server_is_replaced_only_by_who_read_it_last(vault: Vault) -> None:
    """Two people change one server: neither's change may vanish unseen."""
    connection = company()
    await vault.store_connection(connection)
    server, digest = await kept(vault, connection)
    changed = replace(server, display_name="Changed", etag=new_revision())
    assert await vault.replace_mcp_server(changed, server.etag)
    assert await vault.replace_mcp_server(changed, server.etag)
    assert not await vault.replace_mcp_server(replace(server, etag=new_revision()), server.etag)
    assert await vault.read_mcp_server_by_token(digest) == changed


async def test_an_erased_server_leaves_nothing(vault: Vault) -> None:
    """Its token opens nothing, its place in the list is free, a late change does not bring it back."""
    connection = company()
    await vault.store_connection(connection)
    server, digest = await kept(vault, connection)
    assert await vault.erase_mcp_server(server.realm_id, server.server_id)
    assert not await vault.erase_mcp_server(server.realm_id, server.server_id)
    assert await vault.read_mcp_server_by_token(digest) is None
    assert not await vault.replace_mcp_server(replace(server, etag=new_revision()), server.etag)
    page = await vault.list_mcp_servers(connection.realm_id, None, 100)
    assert page is not None and page.mcp_servers == ()


async def test_pages_hold_what_lives_though_much_has_ended(vault: Vault) -> None:
    """Ended servers must not make pages short, or a reader stops too early."""
    connection = company()
    await vault.store_connection(connection)
    servers = []
    for number in range(12):
        ends_at = None if number % 4 == 3 else datetime.now(UTC) + timedelta(milliseconds=30)
        created_at = NOW + timedelta(microseconds=number)
        servers.append((await kept(vault, connection, expires_at=ends_at, created_at=created_at))[0])

    async def is_over() -> bool:
        return await vault.read_mcp_server(connection.realm_id, servers[10].server_id) is None

    await eventually(is_over)
    first = await vault.list_mcp_servers(connection.realm_id, None, 2)
    assert first is not None and first.mcp_servers == (servers[3], servers[7])
    rest = await vault.list_mcp_servers(connection.realm_id, first.after, 2)
    assert rest is not None and (rest.mcp_servers, rest.after) == ((servers[11],), None)


async def test_an_end_that_was_lifted_is_lifted_for_the_token_too(vault: Vault) -> None:
    """The record and what finds it must live equally long."""
    connection = company()
    await vault.store_connection(connection)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    server, digest = await kept(vault, connection, expires_at=soon)
    lifted = replace(server, expires_at=None, etag=new_revision())
    assert await vault.replace_mcp_server(lifted, server.etag)
    limited = replace(lifted, expires_at=datetime.now(UTC) + timedelta(milliseconds=20), etag=new_revision())
    assert await vault.read_mcp_server_by_token(digest) == lifted
    assert await vault.replace_mcp_server(limited, lifted.etag)

    async def is_over() -> bool:
        return await vault.read_mcp_server_by_token(digest) is None

    await eventually(is_over)


async def test_erasing_a_company_announces_and_erases_its_servers(vault: Vault) -> None:
    """Every URL over it must stop within a second, everywhere."""
    connection = company()
    await vault.store_connection(connection)
    made = [await kept(vault, connection) for _ in range(3)]
    async with vault.watch_mcp_servers() as names, asyncio.timeout(5):
        await vault.erase_connection(connection.realm_id)
        announced = {await anext(names) for _ in made}
    assert announced == {server.name for server, _ in made}
    assert [digest for _, digest in made if await vault.read_mcp_server_by_token(digest)] == []
    assert await vault.list_mcp_servers(connection.realm_id, None, 10) is None


async def test_nothing_secret_is_stored_in_clear(valkey_server: ValkeyServer) -> None:
    """Whoever reads a backup of the store must get nothing that opens anything."""
    async with opened(valkey_server) as vault:
        connection = company(refresh_token="canary-refresh")
        await vault.store_connection(
            replace(connection, tokens=replace(connection.tokens, access_token=Secret("canary-access")))
        )
        request = CreationRequest(request_id=f"request-{connection.realm_id}", content_digest="content")
        await vault.create_mcp_server(server_over(connection), Secret("dbm_canary"), "digest", request)
    dump = valkey_server.dump()
    assert connection.realm_id.encode() in dump
    assert b"canary" not in dump


async def test_every_key_is_the_rooms_own(valkey_server: ValkeyServer) -> None:
    """The server's access list allows nothing else; a key outside it would fail in production only."""
    async with opened(valkey_server) as vault:
        await vault.store_connection(company())
    with valkey_server.administer() as administrator:
        assert [key for key in administrator.scan_iter() if not key.startswith(b"auth:")] == []


async def test_tokens_of_another_company_do_not_open(valkey_server: ValkeyServer) -> None:
    """Whoever can write to the store must not move one company's tokens to another."""
    async with opened(valkey_server) as vault:
        one, other = company(), company()
        await vault.store_connection(one)
        await vault.store_connection(other)
        with valkey_server.administer() as administrator:
            sealed = administrator.hget(f"auth:connection:{one.realm_id}", "refresh_token")
            administrator.hset(f"auth:connection:{other.realm_id}", "refresh_token", sealed)
        with pytest.raises(SealBroken):
            await vault.read_connection(other.realm_id)


@pytest.mark.parametrize("is_too_old", [False, True])
async def test_a_store_that_confirms_nothing_is_warned_of_once(
    own_valkey: ValkeyServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, is_too_old: bool
) -> None:
    """An operator should know it before the first crash, and not at every write."""
    if is_too_old:
        monkeypatch.setattr("services.auth.redis_vault_store._CONFIRM", "WAITNOTHING")
    else:
        with own_valkey.administer() as administrator:
            administrator.config_set("appendonly", "no")
    with caplog.at_level(logging.WARNING, logger="services.auth"):
        async with opened(own_valkey) as vault:
            await vault.store_connection(company())
            await vault.store_connection(company())
    assert [record.message for record in caplog.records] == [
        "the vault confirms no write on disk: turn appendonly on, or a crash disconnects companies"
    ]


async def test_a_replica_is_not_ready(own_valkey: ValkeyServer) -> None:
    """A vault that takes no writes would lose the first token it should keep."""
    async with opened(own_valkey) as vault:
        assert await vault.ping()
        with own_valkey.administer() as administrator:
            administrator.execute_command("REPLICAOF", "127.0.0.1", "1")
            assert not await vault.ping()
            with pytest.raises(VaultUnavailable):
                await vault.store_connection(company())
            administrator.execute_command("REPLICAOF", "NO", "ONE")
            administrator.execute_command("ACL", "SETUSER", "auth", "-role")
        assert await vault.ping()


async def test_a_write_that_is_not_confirmed_fails(own_valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rotated token that might vanish with the power must not be used as if it were safe."""
    monkeypatch.setattr("services.auth.redis_vault_store._CONFIRM_TIMEOUT_MS", 50)
    with own_valkey.administer() as administrator:
        administrator.config_set("appendfsync", "no")
    async with opened(own_valkey) as vault:
        with pytest.raises(VaultUnavailable):
            await vault.store_connection(company())


async def test_what_was_written_survives_a_crash(own_valkey: ValkeyServer) -> None:
    """A lost refresh token costs a person a new consent; a lost revocation opens a door again."""
    async with opened(own_valkey) as vault:
        connection = company()
        await vault.store_connection(connection)
        server, digest = await kept(vault, connection)
        _, revoked = await kept(vault, connection)
        await vault.erase_mcp_server(connection.realm_id, revoked.removeprefix("digest-"))
        await asyncio.to_thread(own_valkey.restart)
        assert await vault.read_access(server.realm_id, server.server_id) == (connection, server)
        assert await vault.read_mcp_server_by_token(digest) == server
        assert await vault.read_mcp_server_by_token(revoked) is None


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
async def test_an_outage_ends_calls_soon_and_heals_by_itself(
    own_valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch, fault: signal.Signals
) -> None:
    """A server that hangs is worse than one that is gone: nobody says so."""
    monkeypatch.setattr("services.auth.redis_vault_store._SOCKET_TIMEOUT_SECONDS", 0.1)
    connection = company()
    async with opened(own_valkey) as vault:
        await vault.store_connection(connection)
        os.kill(own_valkey.pid, fault)
        started = time.monotonic()
        calls = [
            vault.read_connection(connection.realm_id),
            vault.store_connection(connection),
            vault.lock("1234", "owner", timedelta(seconds=1)),
            vault.ping(),
        ]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [VaultUnavailable] * 4
        assert time.monotonic() - started < 3
        if fault is signal.SIGSTOP:
            os.kill(own_valkey.pid, signal.SIGCONT)
        else:
            await asyncio.to_thread(own_valkey.restart)
        assert await vault.ping()
        assert await vault.read_connection(connection.realm_id) == connection

"""The vault in Redis or Valkey: its companies, with the MCP servers over them. Keys: `redis_vault_keys`."""

from datetime import datetime, timedelta

import msgspec

from chassis.settings import Secret
from services.auth import redis_vault_keys as keys
from services.auth import redis_vault_scripts as scripts
from services.auth.model import (
    ConnectAttempt,
    Connection,
    ConnectionPage,
    ConnectionState,
    McpServer,
    Tokens,
    connection_name,
)
from services.auth.redis_vault_servers import RedisMcpServerVault, server_from
from services.auth.redis_vault_store import Field, RedisStore
from services.auth.sealing import KeyRing


class _ConnectionRecord(msgspec.Struct, frozen=True):
    """What is kept of a company in clear."""

    display_name: str
    state: ConnectionState
    connected_at: datetime
    access_issued_at: datetime
    access_expires_at: datetime
    refresh_expires_at: datetime


class _AttemptRecord(msgspec.Struct, frozen=True):
    redirect_uri: str
    expires_at: datetime


class RedisVault(RedisMcpServerVault):
    """Companies and MCP servers in one Redis or Valkey."""

    def __init__(self, store: RedisStore, ring: KeyRing) -> None:
        super().__init__(store, ring)
        self._store = store
        self._ring = ring

    async def ping(self) -> bool:
        """Say whether the vault answers and takes writes."""
        return await self._store.ping()

    async def read_connection(self, realm_id: str) -> Connection | None:
        """Return a company, or None."""
        (fields,) = await self._store.read_hashes(keys.connection(realm_id))
        return self._connection_from(realm_id, fields)

    async def read_access(self, realm_id: str, server_id: str) -> tuple[Connection | None, McpServer | None]:
        """Return a company and one of its servers, in one round trip."""
        hashes = await self._store.read_hashes(keys.connection(realm_id), keys.server(realm_id, server_id))
        return self._connection_from(realm_id, hashes[0]), server_from(realm_id, server_id, hashes[1])

    async def list_connections(self, after: str | None, limit: int) -> ConnectionPage:
        """Return companies by realm id, those after a position."""
        start = "-" if after is None else f"({after}"
        found = await self._store.run("ZRANGE", keys.CONNECTIONS, start, "+", "BYLEX", "LIMIT", 0, limit + 1)
        realm_ids = [member.decode() for member in found]
        more = len(realm_ids) > limit
        hashes = await self._store.read_hashes(*(keys.connection(realm_id) for realm_id in realm_ids[:limit]))
        read = [self._connection_from(*pair) for pair in zip(realm_ids[:limit], hashes, strict=True)]
        # One that was erased between the two reads is simply not there.
        connections = tuple(connection for connection in read if connection is not None)
        return ConnectionPage(connections=connections, after=realm_ids[limit - 1] if more else None)

    async def store_connection(self, connection: Connection) -> None:
        """Keep a company, in place of what was kept of it."""
        touched = (keys.connection(connection.realm_id), keys.CONNECTIONS)
        await self._store.write(scripts.STORE_CONNECTION, touched, (connection.realm_id, *self._fields_of(connection)))

    async def replace_connection(self, connection: Connection, read_revision: str) -> bool:
        """Keep a company if what is kept still has the revision that was read; say whether it was kept."""
        touched = (keys.connection(connection.realm_id),)
        arguments = (read_revision, connection.revision, *self._fields_of(connection))
        return await self._store.write(scripts.REPLACE_CONNECTION, touched, arguments) == 1

    async def erase_connection(self, realm_id: str) -> None:
        """Erase a company with its MCP servers, and announce each of those."""
        touched = (keys.connection(realm_id), keys.CONNECTIONS, keys.servers_of(realm_id))
        arguments = (realm_id, keys.SERVER_PREFIX, keys.TOKEN_PREFIX, keys.CHANGES_CHANNEL)
        await self._store.write(scripts.ERASE_CONNECTION, touched, arguments)

    async def store_attempt(self, state_digest: str, attempt: ConnectAttempt) -> None:
        """Keep a begun OAuth dance until its end."""
        record = msgspec.json.encode(_AttemptRecord(redirect_uri=attempt.redirect_uri, expires_at=attempt.expires_at))
        await self._store.run("SET", keys.attempt(state_digest), record, "PXAT", keys.unix_ms(attempt.expires_at))

    async def take_attempt(self, state_digest: str) -> ConnectAttempt | None:
        """Return an OAuth dance and forget it, so that nobody gets it twice."""
        found = await self._store.run("GETDEL", keys.attempt(state_digest))
        if found is None:
            return None
        record = msgspec.json.decode(found, type=_AttemptRecord)
        return ConnectAttempt(redirect_uri=record.redirect_uri, expires_at=record.expires_at)

    async def lock(self, realm_id: str, owner: str, lifetime: timedelta) -> bool:
        """Take the right to rotate a company's tokens, unless another owner has it; repeatable by the same owner."""
        lifetime_ms = lifetime // timedelta(milliseconds=1)
        taken = await self._store.run("EVAL", scripts.LOCK, 1, keys.refresh_lock(realm_id), owner, lifetime_ms)
        return int(taken) == 1

    async def unlock(self, realm_id: str, owner: str) -> None:
        """Give that right back, if it is still this owner's."""
        await self._store.run("EVAL", scripts.UNLOCK, 1, keys.refresh_lock(realm_id), owner)

    def _fields_of(self, connection: Connection) -> tuple[Field, ...]:
        tokens = connection.tokens
        record = _ConnectionRecord(
            display_name=connection.display_name,
            state=connection.state,
            connected_at=connection.connected_at,
            access_issued_at=tokens.access_issued_at,
            access_expires_at=tokens.access_expires_at,
            refresh_expires_at=tokens.refresh_expires_at,
        )
        sealed = {"record": msgspec.json.encode(record), "revision": connection.revision.encode()}
        for field, token in (("access_token", tokens.access_token), ("refresh_token", tokens.refresh_token)):
            sealed[field] = self._ring.seal(token, connection.name, field)
        return tuple(part for pair in sealed.items() for part in pair)

    def _connection_from(self, realm_id: str, fields: dict[str, bytes]) -> Connection | None:
        if not fields:
            return None
        record = msgspec.json.decode(fields["record"], type=_ConnectionRecord)
        name = connection_name(realm_id)
        tokens = Tokens(
            access_token=self._open(fields, name, "access_token"),
            access_issued_at=record.access_issued_at,
            access_expires_at=record.access_expires_at,
            refresh_token=self._open(fields, name, "refresh_token"),
            refresh_expires_at=record.refresh_expires_at,
        )
        return Connection(
            realm_id=realm_id,
            display_name=record.display_name,
            state=record.state,
            connected_at=record.connected_at,
            tokens=tokens,
            revision=fields["revision"].decode(),
        )

    def _open(self, fields: dict[str, bytes], name: str, field: str) -> Secret:
        return self._ring.open(fields[field], name, field)

"""The vault's MCP servers in Redis or Valkey."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from chassis.grants import Scope
from chassis.settings import Secret
from services.auth import redis_vault_keys as keys
from services.auth import redis_vault_scripts as scripts
from services.auth.errors import ConnectionUnknown, VaultUnavailable
from services.auth.model import (
    Creation,
    CreationRequest,
    McpServer,
    McpServerPage,
    ToolExposure,
    connection_name,
    mcp_server_name,
)
from services.auth.redis_vault_store import Field, RedisStore
from services.auth.sealing import KeyRing

_REQUEST_LIFE = timedelta(days=1)

# A subscription's silence is checked with a PING this often: two of them may pass before a break is seen.
_QUIET_SECONDS = 5.0

_UNKNOWN, _REPEATED = 0, 2


class _ServerRecord(msgspec.Struct, frozen=True):
    """What is kept of an MCP server in clear; its token is kept as a digest beside it."""

    display_name: str
    methods: tuple[str, ...]
    tags: tuple[str, ...]
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    # Records of before these were known have none of them.
    tools: tuple[str, ...] = ()
    exposure: ToolExposure = ToolExposure.ALL
    has_company_knowledge: bool = False


class RedisMcpServerVault:
    """MCP servers in one Redis or Valkey."""

    def __init__(self, store: RedisStore, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring

    async def create_mcp_server(
        self, server: McpServer, token: Secret, token_digest: str, request: CreationRequest | None
    ) -> Creation | None:
        """Keep a new server; if its request id has made one before, keep nothing and return that creation.

        Raises:
            ConnectionUnknown: its company is not linked.
        """
        position = keys.position(server.created_at, server.server_id)
        touched = (
            keys.connection(server.realm_id),
            keys.server(server.realm_id, server.server_id),
            keys.token(token_digest),
            keys.servers_of(server.realm_id),
            keys.request(request.request_id if request else "none"),
        )
        arguments = (
            position,
            f"{server.realm_id}:{server.server_id}",
            _end_of(server),
            _REQUEST_LIFE // timedelta(milliseconds=1) if request else "",
            self._ring.seal(token, keys.request(request.request_id), "token") if request else "",
            request.content_digest if request else "",
            server.name,
            *("token_digest", token_digest, "position", position, *_fields_of(server)),
        )
        answer = await self._store.write(scripts.CREATE_MCP_SERVER, touched, arguments)
        if answer == _UNKNOWN:
            raise ConnectionUnknown(connection_name(server.realm_id))
        return await self.read_creation(request.request_id) if answer == _REPEATED and request else None

    async def read_creation(self, request_id: str) -> Creation | None:
        """Return what a request id made within the last day."""
        key = keys.request(request_id)
        (fields,) = await self._store.read_hashes(key)
        if not fields:
            return None
        return Creation(
            mcp_server_name=fields["name"].decode(),
            content_digest=fields["content_digest"].decode(),
            token=self._ring.open(fields["token"], key, "token"),
        )

    async def read_mcp_server(self, realm_id: str, server_id: str) -> McpServer | None:
        """Return a server, or None."""
        (fields,) = await self._store.read_hashes(keys.server(realm_id, server_id))
        return server_from(realm_id, server_id, fields)

    async def read_mcp_server_by_token(self, token_digest: str) -> McpServer | None:
        """Return the server that a token opens, or None."""
        found = await self._store.run("GET", keys.token(token_digest))
        if found is None:
            return None
        realm_id, _, server_id = found.decode().partition(":")
        return await self.read_mcp_server(realm_id, server_id)

    async def list_mcp_servers(self, realm_id: str, after: str | None, limit: int) -> McpServerPage | None:
        """Return a company's servers, oldest first, those after a position; None when the company is not linked."""
        listed: list[tuple[str, McpServer]] = []
        while len(listed) <= limit:
            start = "-" if after is None else f"({after}"
            is_linked, found = await self._store.read(
                ("EXISTS", keys.connection(realm_id)),
                ("ZRANGE", keys.servers_of(realm_id), start, "+", "BYLEX", "LIMIT", 0, limit + 1),
            )
            if not is_linked:
                return None
            if not found:
                break
            positions = [member.decode() for member in found]
            listed += await self._read_at(realm_id, positions)
            after = positions[-1]
        more = len(listed) > limit
        page = listed[:limit]
        return McpServerPage(mcp_servers=tuple(server for _, server in page), after=page[-1][0] if more else None)

    async def replace_mcp_server(self, server: McpServer, read_etag: str) -> bool:
        """Keep a changed server if what is kept still has the etag that was read; say whether it was kept."""
        arguments = (
            *(read_etag, server.etag, keys.TOKEN_PREFIX, _end_of(server), keys.CHANGES_CHANNEL, server.name),
            *_fields_of(server),
        )
        touched = (keys.server(server.realm_id, server.server_id),)
        return await self._store.write(scripts.REPLACE_MCP_SERVER, touched, arguments) == 1

    async def erase_mcp_server(self, realm_id: str, server_id: str) -> bool:
        """Erase a server with its token; say whether it was there."""
        touched = (keys.server(realm_id, server_id), keys.servers_of(realm_id))
        arguments = (keys.TOKEN_PREFIX, keys.CHANGES_CHANNEL, mcp_server_name(realm_id, server_id))
        return await self._store.write(scripts.ERASE_MCP_SERVER, touched, arguments) == 1

    @asynccontextmanager
    async def watch_mcp_servers(self) -> AsyncIterator[AsyncGenerator[str, None]]:
        """Subscribe; inside the context, names of changed or erased servers come until the subscription breaks."""
        async with self._store.subscribe(keys.CHANGES_CHANNEL) as pubsub:
            yield _published(pubsub)

    async def _read_at(self, realm_id: str, positions: list[str]) -> list[tuple[str, McpServer]]:
        """Read the servers at these positions; those that expired are dropped from the order."""
        ids = [position.partition(":")[2] for position in positions]
        hashes = await self._store.read_hashes(*(keys.server(realm_id, server_id) for server_id in ids))
        servers = [server_from(realm_id, *pair) for pair in zip(ids, hashes, strict=True)]
        over = [position for position, server in zip(positions, servers, strict=True) if server is None]
        if over:
            await self._store.run("ZREM", keys.servers_of(realm_id), *over)
        return [(position, server) for position, server in zip(positions, servers, strict=True) if server is not None]


def server_from(realm_id: str, server_id: str, fields: dict[str, bytes]) -> McpServer | None:
    """Read a server out of its hash; an empty hash is no server."""
    if not fields:
        return None
    record = msgspec.json.decode(fields["record"], type=_ServerRecord)
    return McpServer(
        realm_id=realm_id,
        server_id=server_id,
        display_name=record.display_name,
        scope=Scope(methods=record.methods, tags=record.tags, tools=record.tools),
        exposure=record.exposure,
        has_company_knowledge=record.has_company_knowledge,
        expires_at=record.expires_at,
        created_at=record.created_at,
        updated_at=record.updated_at,
        etag=fields["etag"].decode(),
    )


def _fields_of(server: McpServer) -> tuple[Field, ...]:
    record = _ServerRecord(
        display_name=server.display_name,
        methods=server.scope.methods,
        tags=server.scope.tags,
        expires_at=server.expires_at,
        created_at=server.created_at,
        updated_at=server.updated_at,
        tools=server.scope.tools,
        exposure=server.exposure,
        has_company_knowledge=server.has_company_knowledge,
    )
    return ("record", msgspec.json.encode(record), "etag", server.etag)


def _end_of(server: McpServer) -> int | str:
    return keys.unix_ms(server.expires_at) if server.expires_at is not None else ""


async def _published(pubsub: PubSub) -> AsyncGenerator[str, None]:
    """Yield what is published; a server that is silent even when asked counts as gone."""
    asked = False
    while True:
        try:
            message = await pubsub.get_message(timeout=_QUIET_SECONDS)
            if message is None and not asked:
                await pubsub.ping()
        except (RedisError, OSError) as error:
            raise VaultUnavailable() from error
        if message is None and asked:
            raise VaultUnavailable()
        asked = message is None
        if message is not None and message["type"] == "message":
            yield message["data"].decode()

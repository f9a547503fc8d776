"""Making, reading, changing and revoking MCP servers."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from chassis.clock import Clock
from chassis.errors import FieldViolation, RequestInvalid
from chassis.grants import Scope
from chassis.settings import Secret
from services.auth.errors import ConnectionUnknown, EtagMismatch, McpServerUnknown
from services.auth.model import (
    Creation,
    CreationRequest,
    McpServer,
    McpServerPage,
    ToolExposure,
    realm_of,
    server_id_of,
)
from services.auth.ports import Vault
from services.auth.tokens import Digester, Purpose, new_mcp_server_token, new_revision, new_server_id

CHANGEABLE = ("display_name", "methods", "tags", "tools", "tool_exposure", "company_knowledge", "expire_time")
"""Fields that an update may name."""

SHORTEST_LIFE = timedelta(seconds=60)
"""A server made to end sooner is a mistake in the time zone or the unit."""

# A lost race with another update is run again on what that one wrote; more in a row than this is no accident.
_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class McpServerDraft:
    """What a person asks a new server to be."""

    display_name: str
    scope: Scope
    exposure: ToolExposure = ToolExposure.ALL
    has_company_knowledge: bool = False
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class McpServerChange:
    """New values for some fields, and the etag they were decided on."""

    name: str
    values: McpServerDraft
    fields: frozenset[str]
    """Which of CHANGEABLE are to be taken from the values."""
    etag: str
    """Empty: whatever is there now."""


@dataclass(frozen=True, kw_only=True)
class CreatedMcpServer:
    """A server with its token, for the only time."""

    server: McpServer
    token: Secret


class McpServers:
    """MCP servers over the companies in the vault."""

    def __init__(self, vault: Vault, digester: Digester, clock: Clock) -> None:
        self._vault = vault
        self._digester = digester
        self._clock = clock

    async def check(self, parent: str, draft: McpServerDraft) -> None:
        """Check that a server could be made, and make nothing.

        Raises:
            RequestInvalid, ConnectionUnknown: it could not.
        """
        self._check_end(draft.expires_at, SHORTEST_LIFE)
        if await self._vault.read_connection(realm_of(parent)) is None:
            raise ConnectionUnknown(parent)

    async def create(self, parent: str, draft: McpServerDraft, request_id: str) -> CreatedMcpServer:
        """Make a server; a repeat with the same request id within a day answers with what the first one made.

        Raises:
            RequestInvalid: its end is too near, or the request id was used for something else.
            ConnectionUnknown: the company is not linked.
        """
        request = self._request(parent, draft, request_id)
        earlier = await self._vault.read_creation(request_id) if request else None
        if request is not None and earlier is not None:
            return await self._repeat(earlier, request)
        self._check_end(draft.expires_at, SHORTEST_LIFE)
        server = self._new_server(parent, draft)
        token = new_mcp_server_token()
        digest = self._digester.digest(Purpose.MCP_SERVER_TOKEN, token.reveal())
        earlier = await self._vault.create_mcp_server(server, token, digest, request)
        if request is not None and earlier is not None:
            return await self._repeat(earlier, request)
        return CreatedMcpServer(server=server, token=token)

    async def get(self, name: str) -> McpServer:
        """Read one server.

        Raises:
            McpServerUnknown: there is none of that name, or no longer.
        """
        server = await self._vault.read_mcp_server(realm_of(name), server_id_of(name))
        if server is None or server.is_over(self._clock.now()):
            raise McpServerUnknown(name)
        return server

    async def list(self, parent: str, after: str | None, limit: int) -> McpServerPage:
        """Read a company's servers, oldest first.

        Raises:
            ConnectionUnknown: the company is not linked.
        """
        page = await self._vault.list_mcp_servers(realm_of(parent), after, limit)
        if page is None:
            raise ConnectionUnknown(parent)
        now = self._clock.now()
        return replace(page, mcp_servers=tuple(server for server in page.mcp_servers if not server.is_over(now)))

    async def update(self, change: McpServerChange) -> McpServer:
        """Change the named fields; the change is announced to whoever caches grants.

        Raises:
            RequestInvalid: a value is not allowed.
            McpServerUnknown: there is none of that name, or no longer.
            EtagMismatch: it changed since the etag was read.
        """
        if "expire_time" in change.fields:
            self._check_end(change.values.expires_at, timedelta())
        for _ in range(_ATTEMPTS):
            present = await self.get(change.name)
            if change.etag and not hmac.compare_digest(change.etag.encode(), present.etag.encode()):
                raise EtagMismatch(change.name)
            changed = self._apply(change, present)
            if await self._vault.replace_mcp_server(changed, present.etag):
                return changed
        raise EtagMismatch(change.name)

    async def delete(self, name: str) -> None:
        """Revoke a server; its token opens nothing from now on.

        Raises:
            McpServerUnknown: there is none of that name, or no longer.
        """
        if not await self._vault.erase_mcp_server(realm_of(name), server_id_of(name)):
            raise McpServerUnknown(name)

    def _new_server(self, parent: str, draft: McpServerDraft) -> McpServer:
        now = self._clock.now()
        return McpServer(
            realm_id=realm_of(parent),
            server_id=new_server_id(),
            display_name=draft.display_name,
            scope=draft.scope,
            exposure=draft.exposure,
            has_company_knowledge=draft.has_company_knowledge,
            expires_at=draft.expires_at,
            created_at=now,
            updated_at=now,
            etag=new_revision(),
        )

    def _apply(self, change: McpServerChange, present: McpServer) -> McpServer:
        values, fields = change.values, change.fields
        return replace(
            present,
            display_name=values.display_name if "display_name" in fields else present.display_name,
            scope=Scope(
                methods=values.scope.methods if "methods" in fields else present.scope.methods,
                tags=values.scope.tags if "tags" in fields else present.scope.tags,
                tools=values.scope.tools if "tools" in fields else present.scope.tools,
            ),
            exposure=values.exposure if "tool_exposure" in fields else present.exposure,
            has_company_knowledge=(
                values.has_company_knowledge if "company_knowledge" in fields else present.has_company_knowledge
            ),
            expires_at=values.expires_at if "expire_time" in fields else present.expires_at,
            updated_at=self._clock.now(),
            etag=new_revision(),
        )

    async def _repeat(self, earlier: Creation, request: CreationRequest) -> CreatedMcpServer:
        if not hmac.compare_digest(earlier.content_digest, request.content_digest):
            raise _request_id_invalid("it made another server within the last day: choose a new one")
        try:
            server = await self.get(earlier.mcp_server_name)
        except McpServerUnknown:
            raise _request_id_invalid("the server it made was revoked or has ended: choose a new one") from None
        return CreatedMcpServer(server=server, token=earlier.token)

    def _request(self, parent: str, draft: McpServerDraft, request_id: str) -> CreationRequest | None:
        if not request_id:
            return None
        content = msgspec.json.encode((parent, draft)).decode()
        digest = self._digester.digest(Purpose.REQUEST_CONTENT, content)
        return CreationRequest(request_id=request_id, content_digest=digest)

    def _check_end(self, expires_at: datetime | None, ahead: timedelta) -> None:
        if expires_at is None or expires_at - self._clock.now() >= max(ahead, timedelta(milliseconds=1)):
            return
        expected = f"at least {ahead // timedelta(seconds=1)} seconds ahead" if ahead else "in the future"
        raise RequestInvalid(FieldViolation(field="mcp_server.expire_time", description=f"must be {expected}"))


def _request_id_invalid(why: str) -> RequestInvalid:
    return RequestInvalid(FieldViolation(field="request_id", description=why))

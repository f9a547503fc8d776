"""The console's peers as plain classes that remember, and a client in front of the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx2

from chassis.errors import MeshError, RemoteError
from services.console.app import build_app
from services.console.model import (
    Capability,
    ConnectAnswer,
    ConnectAttempt,
    Connection,
    ConnectionStatus,
    CreatedServer,
    Filter,
    McpServer,
    NewServer,
    Offer,
    Page,
    PageWish,
    Resource,
    ServerChange,
    Tool,
)
from services.console.settings import ConsoleSettings

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEARER = {"Authorization": "Bearer operator-token-operator-token-0001"}
REALM = "9130347596842560"
ACCOUNT = f"/integrated-account/{REALM}"

COMPANY = Connection(
    realm_id=REALM,
    display_name="Hollow Pine Services",
    status=ConnectionStatus.ACTIVE,
    connected_at=NOW,
    refresh_expires_at=NOW + timedelta(days=101),
)


LIST_TOOL = "list_all_quick_books_customers"
TOOL = Tool(
    name=LIST_TOOL,
    title="List customers",
    description="Find customers.",
    method="list",
    tags=("crm",),
    effect="read",
    input_schema_json=b'{"type":"object","properties":{"limit":{"maximum":100.50}}}',
    output_schema_json=b'{"type":"object"}',
)
RESOURCE = Resource(
    name="customer",
    capabilities=(
        Capability(method="list", tool=LIST_TOOL, missing=""),
        Capability(method="merge", tool="", missing="QuickBooks merges in its own pages only."),
    ),
)


class StillClock:
    """It is always the same moment."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


def remote(code: grpc.StatusCode, reason: str, message: str = "said so", **metadata: str) -> RemoteError:
    """What auth would answer."""
    return RemoteError(code, reason, message, metadata)


@dataclass
class FakeAuth:
    """Auth with one company, which keeps servers and what it was asked."""

    servers: dict[str, McpServer] = field(default_factory=dict)
    bearers: list[str] = field(default_factory=list)
    created: list[tuple[NewServer, str]] = field(default_factory=list)
    changes: list[ServerChange] = field(default_factory=list)
    finished: list[ConnectAnswer] = field(default_factory=list)
    fails_with: list[Exception] = field(default_factory=list)
    is_up: bool = True

    def _ask(self, bearer: str) -> None:
        self.bearers.append(bearer)
        if self.fails_with:
            raise self.fails_with.pop(0)

    async def begin_connect(self, authorization: str, redirect_uri: str) -> ConnectAttempt:
        self._ask(authorization)
        return ConnectAttempt(
            authorize_url=f"https://intuit.test/connect/oauth2?client_id=c&redirect_uri={redirect_uri}&state=real-state",
            state="real-state",
            expires_at=NOW + timedelta(minutes=10),
        )

    async def complete_connect(self, answer: ConnectAnswer) -> Connection:
        self.finished.append(answer)
        self._ask("")
        return COMPANY

    async def get_connection(self, authorization: str, realm_id: str) -> Connection:
        self._ask(authorization)
        if realm_id != REALM:
            raise remote(grpc.StatusCode.NOT_FOUND, "CONNECTION_UNKNOWN")
        return COMPANY

    async def list_connections(self, authorization: str, wish: PageWish) -> Page[Connection]:
        self._ask(authorization)
        return Page(rows=(COMPANY,), next_cursor="")

    async def delete_connection(self, authorization: str, realm_id: str) -> None:
        self._ask(authorization)

    async def create_server(self, authorization: str, realm_id: str, wish: NewServer, request_id: str) -> CreatedServer:
        self._ask(authorization)
        self.created.append((wish, request_id))
        server = McpServer(
            realm_id=realm_id,
            server_id=f"server{len(self.servers):06d}",
            display_name=wish.display_name,
            filter=wish.filter,
            exposure=wish.exposure,
            has_company_knowledge=wish.has_company_knowledge,
            expires_at=wish.expires_at,
            created_at=NOW,
            updated_at=NOW,
            etag="v1",
        )
        self.servers[server.server_id] = server
        return CreatedServer(server=server, token="dbm_" + "x" * 43)

    async def get_server(self, authorization: str, realm_id: str, server_id: str) -> McpServer:
        self._ask(authorization)
        if server_id not in self.servers:
            raise remote(grpc.StatusCode.NOT_FOUND, "MCP_SERVER_UNKNOWN")
        return self.servers[server_id]

    async def list_servers(self, authorization: str, realm_id: str, wish: PageWish) -> Page[McpServer]:
        self._ask(authorization)
        rows = tuple(self.servers.values())[: wish.limit]
        return Page(rows=rows, next_cursor="more" if len(self.servers) > wish.limit else "")

    async def update_server(self, authorization: str, realm_id: str, server_id: str, change: ServerChange) -> McpServer:
        present = self.servers[server_id]
        self._ask(authorization)
        self.changes.append(change)
        if change.etag and change.etag != present.etag:
            raise remote(grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
        changed = replace(
            present,
            display_name=change.display_name or present.display_name,
            filter=change.filter_over(present.filter),
            exposure=change.exposure or present.exposure,
            has_company_knowledge=(
                present.has_company_knowledge if change.has_company_knowledge is None else change.has_company_knowledge
            ),
            expires_at=None if change.is_expiry_cleared else change.expires_at or present.expires_at,
            etag=f"v{int(present.etag[1:]) + 1}",
        )
        self.servers[server_id] = changed
        return changed

    async def delete_server(self, authorization: str, realm_id: str, server_id: str) -> None:
        self._ask(authorization)
        del self.servers[server_id]

    async def is_ready(self) -> bool:
        return self.is_up


@dataclass
class FakeCatalog:
    """A catalog with tools for every method, but only for three tags."""

    tags: tuple[str, ...] = ("accounting", "crm", "sales")
    size: int = 3
    asked: list[Filter] = field(default_factory=list)
    fails_with: MeshError | None = None

    async def offer(self, wanted: Filter) -> Offer:
        self.asked.append(wanted)
        if self.fails_with:
            raise self.fails_with
        is_empty = bool(wanted.tags) and not set(wanted.tags) & set(self.tags)
        return Offer(
            tool_count=0 if is_empty else len(wanted.tools) or self.size,
            estimated_tokens=100 * self.size,
            methods=("create", "get", "list"),
            tags=self.tags,
            unknown_tools={name: (LIST_TOOL,) for name in wanted.tools if name != LIST_TOOL},
            resources=(RESOURCE,),
            score=50,
        )

    async def tools(self, wanted: Filter) -> tuple[Tool, ...]:
        self.asked.append(wanted)
        return (TOOL,)

    async def presets(self) -> dict[str, Filter]:
        return {"chatgpt": Filter(methods=("read", "write"), tags=(), tools=(LIST_TOOL,))}

    async def is_ready(self) -> bool:
        return True


@dataclass
class Console:
    """A console with its fakes, and a client that sends the operator's token."""

    auth: FakeAuth
    catalog: FakeCatalog
    client: httpx2.AsyncClient

    async def make_server(self, **body: Any) -> dict[str, Any]:
        """Make a server and return what was shown of it."""
        answer = await self.client.post(ACCOUNT + "/mcp", json={"name": "AP agent", "config": {}, **body})
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


@asynccontextmanager
async def open_console(**settings: Any) -> AsyncIterator[Console]:
    """A console in this process."""
    auth, catalog = FakeAuth(), FakeCatalog()
    app = build_app(ConsoleSettings(**settings), auth, catalog, StillClock())
    transport = httpx2.ASGITransport(app=app)
    base_url = settings.get("public_url", "http://127.0.0.1:8704")
    async with httpx2.AsyncClient(transport=transport, base_url=base_url, headers=BEARER) as client:
        yield Console(auth=auth, catalog=catalog, client=client)

"""Stand-ins for the rooms behind the edge, and an HTTP client that needs no socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.mcp_edge.app import EdgeApp, build_app
from services.mcp_edge.errors import TokenUnknown
from services.mcp_edge.model import (
    Catalog,
    CatalogTool,
    Effect,
    FoundTools,
    ServerGrant,
    ToolCall,
    ToolFilter,
    ToolOutcome,
)
from services.mcp_edge.ports import Peers
from services.mcp_edge.settings import EdgeSettings

TOKEN = "dbm_" + "t" * 43
URL = f"/mcp/{TOKEN}"
SERVER = "connections/9130347596842560/mcpServers/k3v9a0b1"
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

READ_TOOL = "list_all_quick_books_invoices"
WRITE_TOOL = "create_a_quick_books_invoice"
DESTROY_TOOL = "delete_a_quick_books_invoice_by_id"

LEGACY_HEADERS = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.elapsed = timedelta()

    def now(self) -> datetime:
        return START + self.elapsed

    def monotonic(self) -> float:
        return 1000 + self.elapsed.total_seconds()

    def pass_(self, **duration: float) -> None:
        self.elapsed += timedelta(**duration)


def grant(**changes: Any) -> ServerGrant:
    fields: dict[str, Any] = {
        "grant": "signed.grant.text",
        "connection": "connections/9130347596842560",
        "mcp_server": SERVER,
        "methods": ("read", "write"),
        "tags": (),
        "expires_at": START + timedelta(minutes=5),
    }
    return ServerGrant(**{**fields, **changes})


class FakeAuth:
    """Knows one token; counts how often it is asked."""

    def __init__(self) -> None:
        self.grants: dict[str, ServerGrant] = {TOKEN: grant()}
        self.failure: Exception | None = None
        self.asked = 0
        self.gate: asyncio.Event | None = None
        self.is_up = True

    async def exchange(self, token: str) -> ServerGrant:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if token not in self.grants:
            raise TokenUnknown
        return self.grants[token]

    async def watch(self) -> AsyncIterator[str]:
        yield ""
        await asyncio.Event().wait()

    async def is_reachable(self) -> bool:
        return self.is_up


def tool(tool_id: str, effect: Effect, **changes: Any) -> CatalogTool:
    fields: dict[str, Any] = {
        "tool_id": tool_id,
        "title": tool_id.replace("_", " ").capitalize(),
        "description": "Does what its name says.",
        "effect": effect,
        "is_idempotent": effect is Effect.READ,
        "is_open_world": False,
        "input_schema_json": b'{"type":"object","properties":{"query":{"type":"string"}},"additionalProperties":false}',
        "output_schema_json": b'{"type":"object","properties":{"result":{"type":"array"}},"required":["result"]}',
    }
    return CatalogTool(**{**fields, **changes})


DETAIL = b'{"type":"object","properties":{"query":{"type":"string","maxLength":99}}}'
"""The schema of every tool's arguments in full."""

TOOLS = (tool(READ_TOOL, Effect.READ), tool(WRITE_TOOL, Effect.WRITE), tool(DESTROY_TOOL, Effect.DESTROY))


class FakeRegistry:
    """Has three tools."""

    def __init__(self) -> None:
        self.catalog = Catalog(tools=TOOLS, revision="r1")
        self.failure: Exception | None = None
        self.asked: list[ToolFilter] = []
        self.found = FoundTools(hits=(), names={"invoice": tuple(t.tool_id for t in TOOLS)})
        self.searched: list[tuple[ToolFilter, str, int]] = []
        self.is_up = True

    async def list_tools(self, wanted: ToolFilter) -> Catalog:
        self.asked.append(wanted)
        if self.failure is not None:
            raise self.failure
        return self.catalog

    async def search_tools(self, wanted: ToolFilter, query: str, limit: int) -> FoundTools:
        self.searched.append((wanted, query, limit))
        if self.failure is not None:
            raise self.failure
        return self.found

    async def describe_tool(self, tool_id: str) -> CatalogTool:
        found = next(t for t in TOOLS if t.tool_id == tool_id)
        return replace(found, input_schema_json=DETAIL)

    async def is_reachable(self) -> bool:
        return self.is_up


class FakeExecutor:
    """Answers every call with the same outcome, or fails as told."""

    def __init__(self) -> None:
        self.outcome = ToolOutcome(result_json=b'{"result":[],"total":100.00}', is_repeat=False)
        self.failures: list[Exception] = []
        self.calls: list[tuple[ServerGrant, ToolCall]] = []
        self.gate: asyncio.Event | None = None
        self.started = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.is_up = True

    async def execute(self, grant: ServerGrant, call: ToolCall) -> ToolOutcome:
        self.calls.append((grant, call))
        self.started.set()
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if self.failures:
            raise self.failures.pop(0)
        return self.outcome

    async def is_reachable(self) -> bool:
        return self.is_up


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One HTTP answer, taken apart."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> int | None:
        """The JSON-RPC error code, if any."""
        answer = self.json
        return answer["error"]["code"] if isinstance(answer.get("error"), dict) else None


@dataclass
class Edge:
    """The application on fakes, with a client."""

    auth: FakeAuth = field(default_factory=FakeAuth)
    registry: FakeRegistry = field(default_factory=FakeRegistry)
    executor: FakeExecutor = field(default_factory=FakeExecutor)
    clock: FakeClock = field(default_factory=FakeClock)
    settings: EdgeSettings = field(default_factory=EdgeSettings)

    def __post_init__(self) -> None:
        peers = Peers(auth=self.auth, registry=self.registry, executor=self.executor)
        self.app: EdgeApp = build_app(self.settings, peers, self.clock)

    async def send(
        self,
        body: bytes,
        headers: Mapping[str, str] | list[tuple[str, str]] = LEGACY_HEADERS,
        *,
        path: str = URL,
        method: str = "POST",
        gone: asyncio.Event | None = None,
    ) -> Reply:
        """Send one request. `gone`: the client hangs up when it is set."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
        if not any(name.lower() == "host" for name, _ in pairs):
            pairs = [("host", "127.0.0.1:8700"), *pairs]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
        }
        sent: list[Any] = []
        arrived = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if arrived:
                return arrived.pop()
            await (gone or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await asyncio.wait_for(self.app(scope, receive, send), 5)
        if not sent:
            return Reply(status=0, headers={}, body=b"")
        pairs = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        return Reply(status=sent[0]["status"], headers=dict(pairs), body=sent[1]["body"])

    async def legacy(
        self, method: str, params: Any = None, *, request_id: Any = 1, version: str | None = None
    ) -> Reply:
        """Send a legacy request."""
        headers = {**LEGACY_HEADERS, **({"mcp-protocol-version": version} if version else {})}
        return await self.send(body_of(method, params, request_id), headers)

    async def modern(
        self, method: str, params: Any = None, *, request_id: Any = 1, gone: asyncio.Event | None = None
    ) -> Reply:
        """Send a modern request with a right envelope and right headers."""
        params = {"_meta": ENVELOPE, **(params or {})}
        return await self.send(body_of(method, params, request_id), modern_headers(method, params), gone=gone)


def body_of(method: str, params: Any = None, request_id: Any = 1) -> bytes:
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": request_id, "method": method}
    if params is not None:
        message["params"] = params
    return msgspec.json.encode(message)


def modern_headers(
    method: str, params: Mapping[str, Any] | None = None, *, version: str = "2026-07-28", **changes: str
) -> dict[str, str]:
    headers = {**LEGACY_HEADERS, "mcp-protocol-version": version, "mcp-method": method}
    if params and isinstance(params.get("name"), str):
        headers["mcp-name"] = params["name"]
    return {**headers, **changes}

"""Operations as the catalog would give them, and the executor's ports as plain classes that remember."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.grants import Grant, Scope
from chassis.settings import Secret
from services.executor.errors import JournalUnavailable, ToolUnknown
from services.executor.execution import Execution
from services.executor.intents import Intents
from services.executor.model import (
    Access,
    Effect,
    Intent,
    Location,
    Operation,
    Placement,
    PlannedRequest,
    ResultShape,
    ToolCall,
    UpstreamResponse,
)
from services.executor.ports import IntentStore
from services.executor.sending import Sender
from services.executor.writes import Writes

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REALM = "9130347596842560"
CONNECTION = f"connections/{REALM}"
SERVER = f"{CONNECTION}/mcpServers/k3v9w0aa11bb"

_ID = {"type": "string", "pattern": "^[0-9]{1,20}$"}
_LINE = {
    "type": "object",
    "properties": {
        "Amount": {"type": "number"},
        "DetailType": {"type": "string", "enum": ["SalesItemLineDetail", "DescriptionOnly"]},
        "Description": {"type": "string", "maxLength": 20},
    },
    "required": ["Amount", "DetailType"],
    "additionalProperties": False,
}


def schema(required: tuple[str, ...] = (), **properties: Any) -> bytes:
    """The input schema of a tool, as the registry publishes it."""
    root: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return json.dumps(root | ({"required": list(required)} if required else {})).encode()


def placed(location: Location, *names: str, **targets: str) -> tuple[Placement, ...]:
    """Placements whose targets are their own names, then those with targets of their own."""
    pairs = {name: name for name in names} | targets
    return tuple(Placement(argument=name, location=location, target=target) for name, target in pairs.items())


LIST = Operation(
    tool_id="list_all_quick_books_invoices",
    method="list",
    tags=("accounting", "sales"),
    effect=Effect.READ,
    entity="Invoice",
    http_method="GET",
    path_template="query",
    fixed_query={},
    fixed_body_json=b"",
    placements=placed(Location.QUERY_LANGUAGE, "query") + placed(Location.PAGING, "limit", "cursor"),
    result_shape=ResultShape.PAGE,
    input_schema_json=schema(
        query={"type": "string"},
        limit={"type": "integer", "minimum": 1, "maximum": 1000},
        cursor={"type": "string"},
    ),
    takes_request_id=False,
    revision="r1",
)
GET = replace(
    LIST,
    tool_id="get_single_quick_books_invoice_by_id",
    method="get",
    path_template="invoice/{id}",
    placements=placed(Location.PATH, "id"),
    result_shape=ResultShape.RECORD,
    input_schema_json=schema(("id",), id=_ID),
)
CREATE = replace(
    LIST,
    tool_id="create_a_quick_books_invoice",
    method="create",
    effect=Effect.WRITE,
    http_method="POST",
    path_template="invoice",
    placements=placed(Location.BODY, "CustomerRef", "Line", "DocNumber", "DueDate", "TotalAmt"),
    result_shape=ResultShape.RECORD,
    input_schema_json=schema(
        ("CustomerRef", "Line"),
        CustomerRef={
            "type": "object",
            "properties": {"value": {"type": "string"}, "name": {"type": "string"}},
            "required": ["value"],
            "additionalProperties": False,
        },
        Line={"type": "array", "minItems": 1, "items": _LINE},
        DocNumber={"type": "string", "maxLength": 21},
        DueDate={"type": "string", "format": "date"},
        TotalAmt={"type": "number"},
    ),
    takes_request_id=True,
)
UPDATE = replace(
    CREATE,
    tool_id="update_a_quick_books_invoice_by_id",
    method="update",
    tags=("accounting", "sales", "destructive"),
    effect=Effect.DESTROY,
    fixed_body_json=b'{"sparse":true}',
    placements=placed(Location.BODY, "SyncToken", "DocNumber", id="Id"),
    input_schema_json=schema(("id", "SyncToken"), id=_ID, SyncToken={"type": "string"}, DocNumber={"type": "string"}),
)
DELETE = replace(
    UPDATE,
    tool_id="delete_a_quick_books_invoice_by_id",
    method="delete",
    fixed_query={"operation": "delete"},
    fixed_body_json=b"",
    placements=placed(Location.BODY, "SyncToken", id="Id"),
    result_shape=ResultShape.DELETED,
    input_schema_json=schema(("id", "SyncToken"), id=_ID, SyncToken={"type": "string"}),
)
OPERATIONS = (LIST, GET, CREATE, UPDATE, DELETE)

NEW_INVOICE = b'{"CustomerRef":{"value":"55"},"Line":[{"Amount":100.00,"DetailType":"DescriptionOnly"}]}'


def grant(
    methods: tuple[str, ...] = ("read", "write", "custom"), tags: tuple[str, ...] = (), tools: tuple[str, ...] = ()
) -> Grant:
    """A verified grant over the test company."""
    return Grant(
        connection=CONNECTION,
        mcp_server=SERVER,
        scope=Scope(methods=methods, tags=tags, tools=tools),
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=1),
        token_id="t1",
    )


def call(operation: Operation, arguments: bytes = b"{}", **changes: Any) -> ToolCall:
    """A call of this operation's tool."""
    known = ToolCall(
        tool_id=operation.tool_id, arguments_json=arguments, grant=grant(), grant_token=Secret("signed-grant")
    )
    return replace(known, **changes)


def answer(body: bytes | str, status: int = 200, **headers: str) -> UpstreamResponse:
    """An answer of QuickBooks."""
    return UpstreamResponse(
        status=status,
        headers={"intuit_tid": "1-abc"} | {name.replace("_", "-"): value for name, value in headers.items()},
        body=body.encode() if isinstance(body, str) else body,
        duration=timedelta(milliseconds=12),
    )


def fault(code: str, detail: str = "what is wrong", status: int = 400, element: str = "") -> UpstreamResponse:
    """A fault as the accounting API writes it."""
    error = {"Message": "short words", "Detail": detail, "code": code} | ({"element": element} if element else {})
    return answer(json.dumps({"Fault": {"Error": [error], "type": "ValidationFault"}, "time": "2026-11-22"}), status)


class HandClock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self._passed = timedelta()

    def now(self) -> datetime:
        return NOW + self._passed

    def monotonic(self) -> float:
        return self._passed.total_seconds()

    def advance(self, duration: timedelta) -> None:
        self._passed += duration


class FakeCatalog:
    """Knows the operations it was given."""

    def __init__(self, *operations: Operation) -> None:
        self.operations = {operation.tool_id: operation for operation in operations}
        self.asked: list[str] = []
        self.failure: Exception | None = None

    async def resolve(self, tool_id: str) -> Operation:
        self.asked.append(tool_id)
        if self.failure is not None:
            raise self.failure
        if tool_id not in self.operations:
            raise ToolUnknown(tool_id)
        return self.operations[tool_id]


class FakeTokens:
    """Gives `token-1`, and after a refusal the next one."""

    def __init__(self, clock: HandClock | None = None) -> None:
        self._clock = clock or HandClock()
        self.number = 1
        self.asked: list[tuple[str, str]] = []
        self.failure: Exception | None = None

    async def issue(self, call: ToolCall, operation: Operation, refused_digest: str = "") -> Access:
        self.asked.append((operation.method, refused_digest))
        if self.failure is not None:
            raise self.failure
        if refused_digest == f"digest-{self.number}":
            self.number += 1
        return Access(
            access_token=Secret(f"token-{self.number}"),
            digest=f"digest-{self.number}",
            expires_at=self._clock.now() + timedelta(hours=1),
        )


Reply = UpstreamResponse | Exception | Callable[[PlannedRequest], UpstreamResponse]


class FakeQuickBooks:
    """Answers what it was told to, in order, and remembers what it was sent."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.sent: list[tuple[PlannedRequest, str]] = []

    async def send(self, operation: Operation, request: PlannedRequest, access: Access) -> UpstreamResponse:
        self.sent.append((request, access.access_token.reveal()))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, UpstreamResponse) else reply(request)


class MemoryIntents:
    """Intents in a dictionary; fails like a store that is down when told to."""

    def __init__(self) -> None:
        self.kept: dict[str, Intent] = {}
        self.is_down = False
        self.calls: list[str] = []

    async def begin(self, proposed: Intent) -> Intent:
        self._note("begin")
        return self.kept.setdefault(proposed.key, proposed)

    async def settle(self, intent: Intent) -> bool:
        self._note("settle")
        before = self.kept.get(intent.key)
        self.kept[intent.key] = replace(intent, is_done=True)
        return before is not None and before.is_done

    async def drop(self, intent: Intent) -> None:
        self._note("drop")
        if self.kept.get(intent.key) == replace(intent, is_done=False):
            del self.kept[intent.key]

    def _note(self, name: str) -> None:
        self.calls.append(name)
        if self.is_down:
            raise JournalUnavailable


class Room:
    """An execution over fakes."""

    def __init__(self, *replies: Reply, intents: IntentStore | None = None) -> None:
        self.catalog = FakeCatalog(*OPERATIONS)
        self.tokens = FakeTokens()
        self.quickbooks = FakeQuickBooks(*replies)
        self.intents = intents or MemoryIntents()
        self.writes = Writes()
        sender = Sender(self.tokens, self.quickbooks)
        self.execution = Execution(self.catalog, Intents(self.intents), sender, self.writes)

    @property
    def targets(self) -> list[str]:
        """What QuickBooks was asked for."""
        return [request.target for request, _ in self.quickbooks.sent]

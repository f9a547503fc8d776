"""What the executor works with, free of gRPC, HTTP and Redis."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chassis.grants import Grant
from chassis.settings import Secret

Arguments = Mapping[str, Any]
"""A checked JSON object: str, bool, int, Decimal, None, list and dict only."""


class Effect(enum.Enum):
    """What a tool may do to the books."""

    READ = "read"
    WRITE = "write"
    DESTROY = "destroy"


class Location(enum.Enum):
    """The part of a QuickBooks request that an argument becomes."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"
    QUERY_LANGUAGE = "query_language"
    PAGING = "paging"
    WRAPPER = "wrapper"
    MEMBERS = "members"
    PARAMETERS = "parameters"
    FILE = "file"
    BATCH = "batch"


class ResultShape(enum.Enum):
    """How an answer becomes a result."""

    RECORD = "record"
    PAGE = "page"
    DELETED = "deleted"
    REPORT = "report"
    CHANGES = "changes"
    BATCH = "batch"
    FILE = "file"
    ADDRESS = "address"
    UPLOADED = "uploaded"
    XML = "xml"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where one argument goes."""

    argument: str
    location: Location
    target: str
    """Its name there, as in `Id` for the argument `id`."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a tool means to QuickBooks, as the registry derived it."""

    tool_id: str
    method: str
    tags: tuple[str, ...]
    effect: Effect
    entity: str
    http_method: str
    path_template: str
    """Below `/v3/company/{realm_id}/`, with arguments in braces; `{realm_id}` itself may be used too. With a slash in
    front, below the host."""
    fixed_query: Mapping[str, str]
    fixed_body_json: bytes
    """Members that are always sent; empty when the request has no body at all."""
    placements: tuple[Placement, ...]
    result_shape: ResultShape
    input_schema_json: bytes
    takes_request_id: bool
    revision: str
    """Digest of the catalog it came from."""

    @property
    def is_write(self) -> bool:
        """Whether sending it may change the books."""
        return self.effect is not Effect.READ


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """One call, as it arrived."""

    tool_id: str
    arguments_json: bytes
    grant: Grant
    """Verified."""
    grant_token: Secret
    """The grant as signed, to show to auth."""
    idempotency_key: str = ""
    """Names this call's intent; empty: the call's own content does."""
    validate_only: bool = False

    @property
    def realm_id(self) -> str:
        """The company's id at QuickBooks, decimal digits."""
        return self.grant.connection.removeprefix("connections/")


@dataclass(frozen=True, kw_only=True)
class Access:
    """The right to call QuickBooks for one company, for minutes."""

    access_token: Secret
    digest: str
    """Names the token without being it."""
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Page:
    """The page of a query that a request asks for."""

    query: str
    """The whole query as sent."""
    fingerprint: str
    """Digest of the query without its paging, which cursors are bound to."""
    start: int
    """Position of the first record, counted from 1."""
    size: int
    is_count: bool
    """Whether the query counts records instead of returning them."""


@dataclass(frozen=True, kw_only=True)
class PlannedRequest:
    """The one HTTP request that QuickBooks will see, without its bearer."""

    http_method: str
    target: str
    """Path and query, percent-encoded, as in `/v3/company/9130347596842560/invoice/102?minorversion=75`."""
    body: bytes
    content_type: str = ""
    """The body's media type; empty for a GET."""
    accept: str = "application/json"
    """The media type that is asked for."""
    page: Page | None = None


@dataclass(frozen=True, kw_only=True)
class UpstreamResponse:
    """What QuickBooks answered, unread."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    duration: timedelta
    """From sending to the last byte."""

    @property
    def intuit_tid(self) -> str:
        """Intuit's id of the request, for their support; empty when they gave none."""
        return self.headers.get("intuit_tid") or self.headers.get("intuit-tid") or ""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """The wish behind one write, by which QuickBooks tells a repeat from a second wish."""

    key: str
    """Where it is remembered."""
    request_id: str
    """Sent as `requestid`; QuickBooks answers a repeat with the first outcome."""
    content: str
    """Digest of the tool and its arguments."""
    remembered_for: timedelta
    """How long it is kept once it is done."""
    is_done: bool = False
    """The same write was done before."""


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What came of a call."""

    result_json: bytes = b""
    response: UpstreamResponse | None = field(default=None, repr=False)
    """Unset when nothing was sent."""
    planned: PlannedRequest | None = None
    """Set only when the call asked for a plan."""
    is_repeat: bool = False
    """The same write was done before; this is its first outcome."""

"""What callers send, checked into the console's own words. Pure: every complaint about a request comes at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chassis.errors import FieldViolation
from services.console.errors import RequestRefused
from services.console.model import Exposure, Filter, NewServer, PageWish, ServerChange

LEAST_LIFETIME = timedelta(seconds=60)
"""An MCP server must live at least this long; auth holds the same rule for new ones."""

DEFAULT_METHODS = ("read",)
"""Least privilege: a server made without methods reads only."""

_WORD = re.compile(r"[a-z][a-z_]{0,39}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MOST_WORDS = 30
_NAME_LENGTH = 100
_PAGE_SIZES = range(1, 1001)
_DEFAULT_PAGE_SIZE = 100

EVERY_METHOD = ("read", "write", "custom")
"""What a look at the catalog shows when it names no methods."""

_TOOL = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MOST_TOOLS = 64
_FILTER = ("methods", "tags", "tools")
_SETTINGS = (*_FILTER, "tool_exposure", "company_knowledge")

_UNSUPPORTED = ("require_api_token_auth",)
"""Config keys that clients of other products send; ignoring them would weaken what was asked for."""


class _Complaints:
    """Collects what is wrong, so that a caller can put everything right at once."""

    def __init__(self) -> None:
        self._found: list[FieldViolation] = []

    def add(self, field: str, problem: str) -> None:
        self._found.append(FieldViolation(field=field, description=problem))

    def settle(self) -> None:
        if self._found:
            raise RequestRefused(*self._found)


def new_server(body: bytes, now: datetime) -> NewServer:
    """Read the body that asks for a new MCP server.

    Raises:
        RequestRefused: naming every wrong part.
    """
    wish = _json_object(body)
    complaints = _Complaints()
    _refuse_unknown(wish, ("name", "config", "expires_at"), "", complaints)
    config = _config(wish, ("preset", *_SETTINGS), complaints, is_required=True)
    name = _name(wish.get("name"), complaints)
    methods, tags, tools = _filter(config, complaints)
    new = NewServer(
        display_name=name,
        filter=Filter(methods=DEFAULT_METHODS if methods is None else methods, tags=tags or (), tools=tools or ()),
        preset=_preset(config, complaints),
        exposure=_exposure(config, complaints) or Exposure.ALL,
        has_company_knowledge=_company_knowledge(config, complaints) or False,
        expires_at=_expires_at(wish.get("expires_at"), now, LEAST_LIFETIME, complaints),
    )
    complaints.settle()
    return new


def server_change(body: bytes, if_match: str, now: datetime) -> ServerChange:
    """Read the body that changes an MCP server; members left out stay as they are.

    Raises:
        RequestRefused: naming every wrong part, or saying that nothing is changed.
    """
    wish = _json_object(body)
    complaints = _Complaints()
    _refuse_unknown(wish, ("name", "config", "expires_at", "etag"), "", complaints)
    if not wish.keys() & {"name", "config", "expires_at"}:
        complaints.add("body", "changes nothing; give any of name, config, expires_at")
    config = _config(wish, _SETTINGS, complaints, is_required=False)
    methods, tags, tools = _filter(config, complaints)
    change = ServerChange(
        display_name=_name(wish["name"], complaints) if "name" in wish else None,
        methods=methods,
        tags=tags,
        tools=tools,
        exposure=_exposure(config, complaints),
        has_company_knowledge=_company_knowledge(config, complaints),
        expires_at=_expires_at(wish.get("expires_at"), now, timedelta(0), complaints),
        is_expiry_cleared="expires_at" in wish and wish["expires_at"] is None,
        etag=_etag(wish.get("etag", ""), if_match, complaints),
    )
    complaints.settle()
    return change


def page_wish(query: Mapping[str, str]) -> PageWish:
    """Read `limit` and `next_cursor` of a list's address.

    A misspelt parameter is refused: ignored, it would answer the first page for ever.
    """
    complaints = _Complaints()
    _refuse_unknown(query, ("limit", "next_cursor"), "", complaints)
    limit = query.get("limit", str(_DEFAULT_PAGE_SIZE))
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 4 and int(limit) in _PAGE_SIZES):
        complaints.add("limit", "must be a whole number from 1 to 1000")
    cursor = query.get("next_cursor", "")
    if len(cursor) > 200:
        complaints.add("next_cursor", "must be the next_cursor of the page before, unchanged")
    complaints.settle()
    return PageWish(limit=int(limit), cursor=cursor)


def tool_wish(query: Mapping[str, str]) -> Filter:
    """Read `methods`, `tags` and `tools` of an address, each a list with commas; what is left out leaves everything."""
    complaints = _Complaints()
    _refuse_unknown(query, _FILTER, "", complaints)
    given = {key: [word for word in value.split(",") if word] for key, value in query.items() if value}
    methods = _words(given.get("methods", list(EVERY_METHOD)), "methods", complaints)
    tags = _words(given.get("tags", []), "tags", complaints)
    tools = _words(given.get("tools", []), "tools", complaints, _TOOL, _MOST_TOOLS)
    complaints.settle()
    return Filter(methods=methods, tags=tags, tools=tools)


def request_id(header: str) -> str:
    """Read `Idempotency-Key`; empty when none was sent."""
    if header and not _REQUEST_ID.fullmatch(header):
        problem = "must be 8 to 64 letters, digits, `-` or `_`; choose a new one for each new server"
        raise RequestRefused(FieldViolation(field="Idempotency-Key", description=problem))
    return header


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        wish = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestRefused(FieldViolation(field="body", description=f"is not valid JSON: {error}")) from error
    if not isinstance(wish, dict):
        raise RequestRefused(FieldViolation(field="body", description="must be a JSON object"))
    return wish


def _refuse_unknown(given: Mapping[str, Any], known: tuple[str, ...], prefix: str, complaints: _Complaints) -> None:
    for key in given:
        if key not in known:
            complaints.add(f"{prefix}{key}"[:100], f"is not known here; the known ones are {', '.join(known)}")


def _config(
    wish: dict[str, Any], known_keys: tuple[str, ...], complaints: _Complaints, *, is_required: bool
) -> dict[str, Any]:
    config = wish.get("config")
    if config is None and "config" not in wish and not is_required:
        return {}
    if not isinstance(config, dict):
        complaints.add("config", 'must be an object, as in {"methods": ["read"], "tags": ["crm"]}')
        return {}
    for key in _UNSUPPORTED:
        if key in config:
            complaints.add(f"config.{key}", "is not supported by this version of Daybook; leave it out")
    known = {key: value for key, value in config.items() if key not in _UNSUPPORTED}
    _refuse_unknown(known, known_keys, "config.", complaints)
    return known


def _filter(
    config: dict[str, Any], complaints: _Complaints
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...] | None]:
    """Methods, tags and tools of a config; None for what it leaves out."""
    methods = _words(config["methods"], "config.methods", complaints) if "methods" in config else None
    tags = _words(config["tags"], "config.tags", complaints) if "tags" in config else None
    tools = _words(config["tools"], "config.tools", complaints, _TOOL, _MOST_TOOLS) if "tools" in config else None
    return methods, tags, tools


def _preset(config: dict[str, Any], complaints: _Complaints) -> str:
    preset = config.get("preset", "")
    if not isinstance(preset, str) or len(preset) > _NAME_LENGTH:
        complaints.add("config.preset", "must be the name of a preset, as in `chatgpt`")
        return ""
    if preset and any(key in config for key in _FILTER):
        complaints.add("config.preset", f"stands for a whole filter; leave out {', '.join(_FILTER)}, or the preset")
    return preset


def _exposure(config: dict[str, Any], complaints: _Complaints) -> Exposure | None:
    if "tool_exposure" not in config:
        return None
    for exposure in Exposure:
        if config["tool_exposure"] == exposure.value:
            return exposure
    complaints.add("config.tool_exposure", "must be `all`, or `discovery` for search_tools, get_tool_schema, call_tool")
    return None


def _company_knowledge(config: dict[str, Any], complaints: _Complaints) -> bool | None:
    wanted = config.get("company_knowledge")
    if "company_knowledge" in config and not isinstance(wanted, bool):
        complaints.add("config.company_knowledge", "must be true to offer `search` and `fetch`, or false")
    return wanted if isinstance(wanted, bool) else None


def _name(name: Any, complaints: _Complaints) -> str:
    if isinstance(name, str) and name.strip() and len(name) <= _NAME_LENGTH:
        return name.strip()
    complaints.add("name", f'must be a text of 1 to {_NAME_LENGTH} characters, as in "AP agent"')
    return ""


def _words(
    value: Any, field: str, complaints: _Complaints, shape: re.Pattern[str] = _WORD, most: int = _MOST_WORDS
) -> tuple[str, ...]:
    """A list of methods, tags or tools, each once, in the order given."""
    if not isinstance(value, list) or len(value) > most:
        complaints.add(field, f"must be a list of at most {most} texts")
        return ()
    for position, word in enumerate(value):
        if not isinstance(word, str) or not shape.fullmatch(word):
            complaints.add(
                f"{field}[{position}]", "must be a text of lower-case letters and `_`, as in `read` or `crm`"
            )
    if not value and field == "config.methods":
        complaints.add(field, "must name at least one of read, write, custom or an exact method; leave it out for read")
    return tuple(dict.fromkeys(word for word in value if isinstance(word, str)))


def _expires_at(value: Any, now: datetime, ahead: timedelta, complaints: _Complaints) -> datetime | None:
    if value is None:
        return None
    instant = _instant(value)
    if instant is None:
        complaints.add("expires_at", 'must be an RFC 3339 time with its offset, as in "2026-12-31T23:59:59Z", or null')
    elif instant - now < max(ahead, timedelta(milliseconds=1)):
        distance = f"at least {ahead.seconds} seconds ahead" if ahead else "in the future"
        complaints.add("expires_at", f"must be {distance}; to stop a server now, delete it")
    return instant


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    return instant if instant.tzinfo is not None else None


def _etag(in_body: Any, if_match: str, complaints: _Complaints) -> str:
    header = "" if if_match.strip() == "*" else if_match.strip().strip('"')
    if not isinstance(in_body, str) or len(in_body) > 200 or len(header) > 200:
        complaints.add("etag", "must be the etag that was read, unchanged")
        return ""
    if in_body and header and in_body != header:
        complaints.add("etag", "differs from If-Match; send one of the two")
    return in_body or header

"""From a checked call to the one HTTP request it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from chassis.errors import FieldViolation
from services.executor.bodies import plan_body
from services.executor.errors import ArgumentsInvalid, ArgumentUnplaced
from services.executor.model import Arguments, Location, Operation, Page, Placement, PlannedRequest, ResultShape
from services.executor.paging import plan_page

MINOR_VERSION = "75"
"""The newest `minorversion`. Since August 2025 every call is served as this one; saying so survives a change."""

_BRACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

# QuickBooks answers JSON only when asked to; what is no JSON has to be asked for by its own name.
_ACCEPTED = {
    ResultShape.FILE: "application/pdf",
    ResultShape.ADDRESS: "text/plain, application/json;q=0.5",
    ResultShape.XML: "application/xml",
}


def plan_request(operation: Operation, arguments: Arguments, realm_id: str, request_id: str = "") -> PlannedRequest:
    """Turn checked arguments into the one HTTP request QuickBooks will see.

    Pure: no clock, no network. Every argument lands in exactly one place, and the path never leaves the company.

    Args:
        arguments: JSON object, already valid against the tool's schema.
        realm_id: QuickBooks company id, decimal digits, as in "9130347596842560".
        request_id: sent as `requestid` by operations that take one; QuickBooks answers a repeat with the first outcome.

    Raises:
        ArgumentsInvalid: an argument cannot stand in a path, or is no file or batch.
        QueryInvalid, CursorInvalid: the query or the cursor is not this tool's.
        ArgumentUnplaced: the catalog has no place for an argument.
    """
    placed = _place(operation, arguments)
    path = _path(operation, placed[Location.PATH], realm_id)
    query = {target: _text(target, value) for target, value in _parameters(placed)}
    page = _page(operation, placed)
    if page is not None:
        query["query"] = page.query
    query |= {**operation.fixed_query, "minorversion": MINOR_VERSION}
    if operation.takes_request_id and request_id:
        query["requestid"] = request_id
    body = plan_body(operation, placed)
    return PlannedRequest(
        http_method=operation.http_method,
        target=f"{path}?{urlencode(query, quote_via=quote, safe='')}",
        body=body.content,
        content_type=body.content_type,
        accept=_ACCEPTED.get(operation.result_shape, "application/json"),
        page=page,
    )


_Placed = dict[Location, list[tuple[Placement, Any]]]


def _place(operation: Operation, arguments: Arguments) -> _Placed:
    placements = {placement.argument: placement for placement in operation.placements}
    placed: _Placed = {location: [] for location in Location}
    for name, value in arguments.items():
        if name not in placements:
            raise ArgumentUnplaced(f"{operation.tool_id} has no place for {name}")
        placed[placements[name].location].append((placements[name], value))
    return placed


def _path(operation: Operation, placed: Iterable[tuple[Placement, Any]], realm_id: str) -> str:
    values = {placement.target: _segment(placement.argument, value) for placement, value in placed}
    values["realm_id"] = quote(realm_id, safe="")

    def fill(brace: re.Match[str]) -> str:
        if brace[1] not in values:
            raise ArgumentUnplaced(f"{operation.tool_id} has a path without a value for {brace[1]}")
        return values[brace[1]]

    path = _BRACE.sub(fill, operation.path_template)
    return path if path.startswith("/") else f"/v3/company/{values['realm_id']}/{path}"


def _segment(argument: str, value: Any) -> str:
    """One path segment. A dot segment would climb out of the company even when percent-encoded, so it is refused."""
    text = _text(argument, value)
    if not text.strip(".") or "\x00" in text:
        description = "expected the record's Id, as in 102"
        raise ArgumentsInvalid(FieldViolation(field=argument, description=description))
    return quote(text, safe="")


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, list):
        return ",".join(_text(name, item) for item in value)
    raise ArgumentUnplaced(f"{name} cannot stand in a URL")


def _targets(placed: Iterable[tuple[Placement, Any]]) -> list[tuple[str, Any]]:
    return [(placement.target, value) for placement, value in placed]


def _parameters(placed: _Placed) -> list[tuple[str, Any]]:
    """Query parameters: what an object carries along, then what an argument names by itself."""
    carried = [pair for _, group in placed[Location.PARAMETERS] for pair in group.items()]
    return [*carried, *_targets(placed[Location.QUERY])]


def _page(operation: Operation, placed: _Placed) -> Page | None:
    if not any(placement.location is Location.QUERY_LANGUAGE for placement in operation.placements):
        return None
    query = dict(_targets(placed[Location.QUERY_LANGUAGE]))
    paging = dict(_targets(placed[Location.PAGING]))
    return plan_page(
        operation.entity, next(iter(query.values()), None), limit=paging.get("limit"), cursor=paging.get("cursor")
    )

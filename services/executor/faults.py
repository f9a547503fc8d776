"""The table from QuickBooks' faults to conditions of ours."""

from __future__ import annotations

import re
from datetime import timedelta

from chassis.errors import FieldViolation, MeshError
from services.executor.errors import (
    QuickbooksDuplicate,
    QuickbooksForbidden,
    QuickbooksNotFound,
    QuickbooksStaleObject,
    QuickbooksThrottled,
    QuickbooksUnavailable,
    QuickbooksValidation,
    unanswered,
)
from services.executor.fault_bodies import Fault, read_faults
from services.executor.model import Location, Operation, UpstreamResponse

REQUESTS_A_MINUTE = 500
"""QuickBooks' limit for one company. Source: developer.intuit.com, "Limits and throttles"."""

THROTTLE_WAIT = timedelta(seconds=60)
"""QuickBooks names no time; its limits count by the minute. Source: as above."""

_LONGEST_WAIT = timedelta(hours=1)

# Codes and their meaning: developer.intuit.com, "Error codes"; recorded answers where noted.
_STALE = frozenset({"5010", "10200"})
_DUPLICATE = frozenset({"630", "6140", "6240"})
_NOT_FOUND = frozenset({"610"})
# Reading a missing Customer or Vendor answers 2010, a missing TaxAgency 2500 (recorded in September 2026).
_NOT_FOUND_ON_GET = frozenset({"610", "2010", "2500"})
_THROTTLED = frozenset({"3001"})
_FORBIDDEN = frozenset({"100", "110", "120", "3100", "3200", "3202", "5020", "5030", "6190"})
_UNAVAILABLE = frozenset({"140", "150", "10000"})

_ADVICE = {
    "STALE": "someone changed the record since it was read; read it again and repeat the change with its new SyncToken",
    "DUPLICATE": "the name or number is taken; look for the existing record first, or choose another one",
    "NOT_FOUND": "the record, or one that it refers to, does not exist or is inactive; look its Id up with a list tool",
    "FORBIDDEN": "a person must check the company's QuickBooks plan and permissions, or reconnect it",
    "THROTTLED": "too many requests to this company; wait before the next call",
    "UNAVAILABLE": "QuickBooks can't work on this now and wrote nothing; try again shortly",
}
_ADVICE_BY_CODE = {
    "2010": "a member is not known to this record or has the wrong shape; compare it with the tool's input schema",
    "2020": "a required member is missing; add it",
    "2500": "a reference points to a record that does not exist or is inactive; look its Id up with a list tool",
    "4000": "the query does not parse; text stands in single quotes, and there is no OR or JOIN",
    "4001": "the query names something that this record can't be searched by",
    "6070": "a line's Amount must equal Qty times UnitPrice, rounded to the cent",
    "6200": "the books are closed for that date; a person must open the period or choose a later date",
    "6210": "the books are closed for that date; a person must open the period or choose a later date",
    "6540": "the transaction is part of a deposit; take it out of the deposit first",
}


def condition_of(operation: Operation, response: UpstreamResponse, connection: str) -> MeshError | None:
    """The failure that an answer stands for; None when it is a success.

    QuickBooks' own words stay beside ours: metadata `quickbooks_code`, `quickbooks_message`, `quickbooks_detail`,
    `quickbooks_element`, `intuit_tid` and `is_remote_error`.

    Args:
        connection: the company's name here, which rate limits count for.
    """
    faults = read_faults(response.body)
    if response.status < 300 and not faults:
        return None
    first = faults[0] if faults else Fault()
    condition = _condition(operation, response, first, connection)
    condition.violations = _violations(operation, faults)
    return condition


def _condition(operation: Operation, response: UpstreamResponse, fault: Fault, connection: str) -> MeshError:
    code, status = fault.code.lstrip("0"), response.status
    words = _words(fault, response)
    if status == 429 or code in _THROTTLED:
        message = _message(words, status, _ADVICE["THROTTLED"])
        return QuickbooksThrottled(message, connection, REQUESTS_A_MINUTE, _wait(response), **words)
    if status in (401, 403) or code in _FORBIDDEN:
        return QuickbooksForbidden(_message(words, status, _ADVICE["FORBIDDEN"]), **words)
    if code in _STALE:
        return QuickbooksStaleObject(_message(words, status, _ADVICE["STALE"]), **words)
    if code in _DUPLICATE:
        return QuickbooksDuplicate(_message(words, status, _ADVICE["DUPLICATE"]), **words)
    if code in (_NOT_FOUND_ON_GET if operation.method == "get" else _NOT_FOUND):
        return QuickbooksNotFound(_message(words, status, _ADVICE["NOT_FOUND"]), **words)
    if code in _UNAVAILABLE or fault.kind == "SystemFault" or status == 503:
        return QuickbooksUnavailable(_message(words, status, _ADVICE["UNAVAILABLE"]), **words)
    if status >= 500 or 300 <= status < 400:
        # A gateway spoke, not QuickBooks: what happened behind it is not known.
        return unanswered(operation, f"QuickBooks' gateway answered {status}", **words)
    advice = _ADVICE_BY_CODE.get(code, "correct the arguments and call again")
    return QuickbooksValidation(_message(words, status, advice), **words)


def _words(fault: Fault, response: UpstreamResponse) -> dict[str, str]:
    # The detail of a token fault quotes the token itself ("Token expired: …", recorded), so it stays here.
    is_about_token = response.status == 401 or fault.kind.upper() == "AUTHENTICATION"
    words = {
        "quickbooks_code": fault.code,
        "quickbooks_message": fault.message,
        "quickbooks_detail": "" if is_about_token else fault.detail,
        "quickbooks_element": fault.element,
        "intuit_tid": response.intuit_tid,
    }
    return {name: value for name, value in words.items() if value} | {"is_remote_error": "true"}


def _message(words: dict[str, str], status: int, advice: str) -> str:
    code = words.get("quickbooks_code")
    if code is None:
        return f"QuickBooks answered {status}: {advice}"
    # QuickBooks' own words travel beside this message, in the metadata; in it they would be read twice.
    return f"QuickBooks refused with code {code}: {advice}"


def _violations(operation: Operation, faults: tuple[Fault, ...]) -> tuple[FieldViolation, ...]:
    arguments = {p.target: p.argument for p in operation.placements if p.location is Location.BODY}
    return tuple(
        FieldViolation(field=_argument(fault.element, arguments), description=fault.detail or fault.message)
        for fault in faults
        if fault.element and (fault.detail or fault.message)
    )


def _argument(element: str, arguments: dict[str, str]) -> str:
    """QuickBooks' member as the argument it came from: `Id` → `id`, `Line.DetailType` as it is."""
    head, dot, rest = element.partition(".")
    return arguments.get(head, head) + dot + rest


def _wait(response: UpstreamResponse) -> timedelta:
    """QuickBooks documents no Retry-After; should one come, it is believed within reason."""
    named = response.headers.get("retry-after", "")
    if not re.fullmatch(r"[0-9]{1,6}", named):
        return THROTTLE_WAIT
    return min(max(timedelta(seconds=int(named)), timedelta(seconds=1)), _LONGEST_WAIT)

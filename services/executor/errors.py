"""The executor's conditions: what may go wrong with a tool call before, at and after QuickBooks."""

from __future__ import annotations

from datetime import timedelta

from grpc import StatusCode

from chassis.errors import FieldViolation, MeshError, QuotaViolation
from services.executor.model import Operation

RETRY_SOON = timedelta(seconds=5)
"""How long to wait for a QuickBooks that does not answer: long enough to be kind, short for someone who waits."""

_REPEAT = (
    "repeat the very same call (same arguments, and the same idempotency key if you gave one) to learn its outcome: "
    "it will not be written twice"
)
_LOOK_FIRST = "read the record before you try again"


class ToolUnknown(MeshError):
    """No tool of that name, or not in this grant: the two are not told apart."""

    code, reason = StatusCode.NOT_FOUND, "TOOL_UNKNOWN"

    def __init__(self, tool: str) -> None:
        super().__init__(f"there is no tool {tool!r} here; list the tools again", tool=tool)


class ArgumentsInvalid(MeshError):
    """The arguments break the tool's schema."""

    code, reason = StatusCode.INVALID_ARGUMENT, "ARGUMENTS_INVALID"

    def __init__(self, *violations: FieldViolation) -> None:
        super().__init__("the arguments do not fit the tool; " + _listed(violations))
        self.violations = violations


class QueryInvalid(MeshError):
    """The query is not one this tool may run."""

    code, reason = StatusCode.INVALID_ARGUMENT, "QUERY_INVALID"

    def __init__(self, description: str) -> None:
        super().__init__(f"this query cannot run: {description}")
        self.violations = (FieldViolation(field="query", description=description),)


class CursorInvalid(MeshError):
    """The cursor is not one this tool gave for this query."""

    code, reason = StatusCode.INVALID_ARGUMENT, "CURSOR_INVALID"

    def __init__(self) -> None:
        description = (
            "expected the `next_cursor` of the page before, with the very same `query`; "
            "leave `cursor` out to start from the first page"
        )
        super().__init__(f"the cursor does not belong to this query: {description}")
        self.violations = (FieldViolation(field="cursor", description=description),)


class ArgumentUnplaced(RuntimeError):
    """The catalog gives an argument no place, or one where it cannot go: a fault of the catalog, not of the caller."""


class JournalUnavailable(MeshError):
    """The store of intents did not answer, so a write could not be made safe to repeat; nothing was sent."""

    code, reason = StatusCode.UNAVAILABLE, "JOURNAL_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("writes are not possible at the moment, and nothing was sent to QuickBooks; try again shortly")
        self.retry_after = timedelta(seconds=1)


class ResultTooLarge(MeshError):
    """QuickBooks gave a file that is larger than a result can be."""

    code, reason = StatusCode.OUT_OF_RANGE, "RESULT_TOO_LARGE"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"the file has {size:,} bytes, and a result holds at most {limit:,}; open it in QuickBooks itself"
        )


class QuickbooksValidation(MeshError):
    """QuickBooks refuses the data."""

    code, reason = StatusCode.INVALID_ARGUMENT, "QUICKBOOKS_VALIDATION"


class QuickbooksStaleObject(MeshError):
    """The SyncToken is out of date."""

    code, reason = StatusCode.ABORTED, "QUICKBOOKS_STALE_OBJECT"


class QuickbooksDuplicate(MeshError):
    """A name or document number is taken."""

    code, reason = StatusCode.ALREADY_EXISTS, "QUICKBOOKS_DUPLICATE"


class QuickbooksNotFound(MeshError):
    """The record does not exist or is inactive."""

    code, reason = StatusCode.NOT_FOUND, "QUICKBOOKS_NOT_FOUND"


class QuickbooksForbidden(MeshError):
    """QuickBooks refuses this company, app or subscription."""

    code, reason = StatusCode.PERMISSION_DENIED, "QUICKBOOKS_FORBIDDEN"


class QuickbooksThrottled(MeshError):
    """Over the request limit. Says who must wait and how long, in the fields that clients of rate limits know."""

    code, reason = StatusCode.RESOURCE_EXHAUSTED, "QUICKBOOKS_THROTTLED"

    def __init__(self, message: str, connection: str, limit: int, wait: timedelta, **metadata: str) -> None:
        super().__init__(message, **metadata)
        self.retry_after = wait
        self.quota = (QuotaViolation(subject=connection, description=f"{limit} requests a minute for each company"),)
        self.metadata |= {
            "ratelimit-limit": str(limit),
            "ratelimit-remaining": "0",
            "ratelimit-reset": str(int(wait.total_seconds())),
        }


class QuickbooksUnavailable(MeshError):
    """QuickBooks did not answer, or answered that it cannot; nothing was written."""

    code, reason = StatusCode.UNAVAILABLE, "QUICKBOOKS_UNAVAILABLE"

    def __init__(self, message: str, **metadata: str) -> None:
        super().__init__(message, **metadata)
        self.retry_after = RETRY_SOON


class QuickbooksTimeout(MeshError):
    """QuickBooks did not answer a read in time."""

    code, reason = StatusCode.DEADLINE_EXCEEDED, "QUICKBOOKS_TIMEOUT"

    def __init__(self) -> None:
        super().__init__("QuickBooks did not answer in time; try again, or ask for less (a smaller limit, fewer dates)")
        self.retry_after = RETRY_SOON


class QuickbooksOutcomeUnknown(MeshError):
    """A write was sent and no usable answer came: it may have happened."""

    code, reason = StatusCode.UNKNOWN, "QUICKBOOKS_OUTCOME_UNKNOWN"

    def __init__(self, why: str, *, is_repeatable: bool, **metadata: str) -> None:
        advice = _REPEAT if is_repeatable else _LOOK_FIRST
        super().__init__(f"{why}, so this write may or may not have happened; {advice}", **metadata)


def unanswered(operation: Operation, why: str, **metadata: str) -> MeshError:
    """The condition of a request that was sent and got no usable answer.

    Args:
        why: what happened, as in "the connection to QuickBooks broke".
    """
    if operation.is_write:
        return QuickbooksOutcomeUnknown(why, is_repeatable=operation.takes_request_id, **metadata)
    return QuickbooksUnavailable(f"{why}; nothing was written, try again", **metadata)


def _listed(violations: tuple[FieldViolation, ...]) -> str:
    return "; ".join(f"{v.field}: {v.description}" if v.field else v.description for v in violations)

"""The one place where the mesh's failures become MCP: tool results for the model, or JSON-RPC errors. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.errors import DeadlineTooShort, MeshError, PeerUnavailable, RemoteError
from services.mcp_edge.errors import ArgumentsRefused, ParamsInvalid, ProtocolError
from services.mcp_edge.model import Effect

_READ_AGAIN = "Read the record again and repeat the change with its new SyncToken."
_SHORTLY = "Try again in a few seconds."

# What to do next, by reason. A reason that is missing here is not for models: it becomes an internal error.
_ADVICE: Mapping[str, str] = {
    "ARGUMENTS_INVALID": "Correct the fields and call again; the tool's input schema says what each takes.",
    "QUERY_INVALID": "Correct the query and call again, as in: select * from Invoice where Balance > '0'.",
    "CURSOR_INVALID": "Call again without the cursor to start from the first page.",
    "QUICKBOOKS_VALIDATION": "Correct what QuickBooks complains about and call again.",
    "QUICKBOOKS_STALE_OBJECT": _READ_AGAIN,
    "QUICKBOOKS_DUPLICATE": "Use another name or number, or look the existing record up and use that.",
    "QUICKBOOKS_NOT_FOUND": "Check the id with the matching list tool; the record may be deleted or inactive.",
    "QUICKBOOKS_THROTTLED": "Wait as long as retry_after_seconds says, then call again; fewer and larger pages help.",
    "QUICKBOOKS_UNAVAILABLE": "Try again in a minute.",
    "QUICKBOOKS_TIMEOUT": "Try again, with a narrower query or a smaller page.",
    "QUICKBOOKS_OUTCOME_UNKNOWN": "First read whether it was recorded; if you repeat it, change nothing in it.",
    "QUICKBOOKS_FORBIDDEN": "A person must check this company's QuickBooks subscription and permissions.",
    "RESULT_TOO_LARGE": "Ask for less, such as a shorter range of dates; a person can open the file in QuickBooks.",
    "CONNECTION_EXPIRED": "A person must reconnect the company to QuickBooks; tell the user so.",
    "CONNECTION_UNKNOWN": "A person must connect the company to QuickBooks; tell the user so.",
    "INTUIT_UNAVAILABLE": "Try again in a minute.",
    "VAULT_UNAVAILABLE": _SHORTLY,
    "JOURNAL_UNAVAILABLE": _SHORTLY,
    "PEER_UNAVAILABLE": _SHORTLY,
    "DEADLINE_TOO_SHORT": "Try again, with a narrower query or a smaller page.",
    "GRANT_INVALID": _SHORTLY,
}

# The same as above, for a write that may have happened.
_UNKNOWN_ADVICE = "It may have been recorded: read first, and if you repeat it, change nothing in it."

# A hidden tool does not exist: being outside the grant and being nowhere are one answer.
_HIDDEN = frozenset({"TOOL_UNKNOWN", "GRANT_TOO_SMALL"})

# The executor sends nothing to QuickBooks before these are settled, or knows that what it sent did not take.
_MAY_HAVE_WRITTEN = frozenset({"QUICKBOOKS_OUTCOME_UNKNOWN", "QUICKBOOKS_TIMEOUT", "DEADLINE_TOO_SHORT"})

_COPIED = ("quickbooks_code", "quickbooks_message", "quickbooks_detail", "intuit_tid")
_RATE_LIMITS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")

# QuickBooks' own words are a stranger's text: names and memos stand in them. Long enough for its longest known message.
_TEXT_LIMIT = 1000


@dataclass(frozen=True, kw_only=True)
class ToolFailure:
    """A failed call in the words of MCP."""

    text: str
    """For a model that reads only text."""
    error: Mapping[str, Any]
    """For a program: the member `error` of the structured content."""
    headers: tuple[tuple[bytes, bytes], ...]
    """Rate limits, for clients that read HTTP headers."""


def tool_unknown() -> ProtocolError:
    """The answer for every tool outside the caller's set, wherever it was noticed."""
    return ParamsInvalid("Unknown tool: it is not in this server's list. Call tools/list for the tools there are.")


def tool_not_listed() -> ProtocolError:
    """The same on a server in discovery mode, for every name that it does not list, be there such a tool or not."""
    return ParamsInvalid(
        "Unknown tool: this server lists search_tools, get_tool_schema and call_tool only. Find the tool with "
        "search_tools, read its schema with get_tool_schema, and run it with call_tool."
    )


def failure_of_arguments(error: ArgumentsRefused) -> ToolFailure:
    """Say what is wrong with the arguments of a tool that the edge offers itself."""
    field, problem = plain(error.field), plain(error.problem)
    return ToolFailure(
        text=f"The arguments can't be taken.\n- {field}: {problem}\nCorrect them and call again.",
        error={
            "reason": error.reason,
            "message": "The arguments can't be taken.",
            "fields": [{"field": field, "problem": problem}],
        },
        headers=(),
    )


def failure_of_call(error: MeshError, effect: Effect, *, was_sent: bool) -> ToolFailure | ProtocolError | None:
    """Say what a failed call means to the client; None for a fault of ours that the model can do nothing about.

    Args:
        was_sent: the call had left for the executor.
    """
    if error.reason in _HIDDEN:
        return tool_unknown()
    if error.reason not in _ADVICE:
        return None
    outcome = _outcome(error, effect, was_sent)
    return ToolFailure(
        text=_text(error, outcome),
        error=_members(error, outcome),
        headers=tuple(
            (name.encode(), error.metadata[name].encode()) for name in _RATE_LIMITS if _is_count(error, name)
        ),
    )


def may_have_written(error: BaseException, effect: Effect) -> bool:
    """Whether a write may have happened although the call failed.

    A word of the executor's settles it, unless it says itself that it does not know. When the way to the executor
    broke, or it failed in a way it did not foresee, nobody knows.
    """
    if effect is Effect.READ:
        return False
    if isinstance(error, RemoteError):
        return error.reason in _MAY_HAVE_WRITTEN or error.reason not in _ADVICE
    return True


def plain(text: str) -> str:
    """A stranger's text on one line: no control, format or bidirectional characters, and not beyond the limit."""
    kept = "".join(" " if c in "\r\n\t" else c for c in text if c in "\r\n\t" or unicodedata.category(c)[0] != "C")
    return kept if len(kept) <= _TEXT_LIMIT else kept[: _TEXT_LIMIT - 1] + "…"


def _outcome(error: MeshError, effect: Effect, was_sent: bool) -> str | None:
    if effect is Effect.READ:
        return None
    return "unknown" if was_sent and may_have_written(error, effect) else "nothing_written"


def _text(error: MeshError, outcome: str | None) -> str:
    lines = [_sentence(_what_failed(error))]
    lines += [f"- {plain(v.field)}: {plain(v.description)}" for v in error.violations]
    said = [plain(error.metadata[key]) for key in _COPIED[1:3] if error.metadata.get(key)]
    if said:
        code = plain(error.metadata.get("quickbooks_code", ""))
        lines.append(f"QuickBooks says{f' (code {code})' if code else ''}: {': '.join(said)}")
    lines.append(_UNKNOWN_ADVICE if outcome == "unknown" else _ADVICE[error.reason])
    if outcome == "nothing_written":
        lines.append("Nothing was written.")
    if error.help is not None:
        lines.append(f"{plain(error.help.description)}: {plain(error.help.url)}")
    return "\n".join(lines)


def _what_failed(error: MeshError) -> str:
    # The rooms' names mean nothing to a model.
    if isinstance(error, PeerUnavailable):
        return "A part of this service does not answer at the moment."
    if isinstance(error, DeadlineTooShort):
        return "QuickBooks did not answer in the time a call may take."
    return plain(error.message)


def _members(error: MeshError, outcome: str | None) -> dict[str, Any]:
    members: dict[str, Any] = {"reason": error.reason, "message": _what_failed(error)}
    if error.violations:
        members["fields"] = [{"field": plain(v.field), "problem": plain(v.description)} for v in error.violations]
    if "is_remote_error" in error.metadata:
        members["is_remote_error"] = error.metadata["is_remote_error"] == "true"
    members.update({key: plain(error.metadata[key]) for key in _COPIED if error.metadata.get(key)})
    if error.retry_after is not None:
        members["retry_after_seconds"] = math.ceil(error.retry_after.total_seconds())
    members.update(
        {name.replace("-", "_"): int(error.metadata[name]) for name in _RATE_LIMITS if _is_count(error, name)}
    )
    if error.help is not None:
        members["help_url"] = error.help.url
    if outcome is not None:
        members["outcome"] = outcome
    return members


def _is_count(error: MeshError, name: str) -> bool:
    value = error.metadata.get(name, "")
    return value.isascii() and value.isdigit() and len(value) <= 12


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else text + "."

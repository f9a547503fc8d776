"""Failures of the mesh as a model reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.errors import DeadlineTooShort, FieldViolation, Help, MeshError, PeerUnavailable, RemoteError
from daybook.errors.v1.error_reason_pb2 import ErrorReason
from services.mcp_edge.errors import ParamsInvalid
from services.mcp_edge.model import Effect
from services.mcp_edge.translate import ToolFailure, failure_of_call, plain

QUICKBOOKS = {
    "quickbooks_code": "6000",
    "quickbooks_message": "A business validation error has occurred",
    "quickbooks_detail": "Amounts must match the sum of the lines",
    "intuit_tid": "1-65-abc",
    "is_remote_error": "true",
}


def remote(reason: str, message: str = "it failed", **metadata: str) -> RemoteError:
    return RemoteError(grpc.StatusCode.UNKNOWN, reason, message, metadata)


def failed(error: MeshError, effect: Effect = Effect.WRITE, *, was_sent: bool = True) -> ToolFailure:
    failure = failure_of_call(error, effect, was_sent=was_sent)
    assert isinstance(failure, ToolFailure)
    return failure


def test_bad_arguments_are_listed_by_field() -> None:
    """A model corrects itself when it reads which field is wrong and what it should be."""
    error = remote("ARGUMENTS_INVALID", "2 arguments are wrong")
    error.violations = (
        FieldViolation(field="Line[0].Amount", description="expected a number"),
        FieldViolation(field="CustomerRef", description="is required"),
    )
    failure = failed(error)

    assert failure.text.splitlines() == [
        "2 arguments are wrong.",
        "- Line[0].Amount: expected a number",
        "- CustomerRef: is required",
        "Correct the fields and call again; the tool's input schema says what each takes.",
        "Nothing was written.",
    ]
    assert failure.error == {
        "reason": "ARGUMENTS_INVALID",
        "message": "2 arguments are wrong",
        "fields": [
            {"field": "Line[0].Amount", "problem": "expected a number"},
            {"field": "CustomerRef", "problem": "is required"},
        ],
        "outcome": "nothing_written",
    }


def test_quickbooks_own_words_are_kept_beside_ours() -> None:
    """Its message is often the only clue, and its tid is what Intuit's support asks for."""
    failure = failed(remote("QUICKBOOKS_VALIDATION", "QuickBooks refuses the invoice", **QUICKBOOKS))

    assert failure.error == {
        "reason": "QUICKBOOKS_VALIDATION",
        "message": "QuickBooks refuses the invoice",
        "is_remote_error": True,
        "quickbooks_code": "6000",
        "quickbooks_message": "A business validation error has occurred",
        "quickbooks_detail": "Amounts must match the sum of the lines",
        "intuit_tid": "1-65-abc",
        "outcome": "nothing_written",
    }
    assert (
        "QuickBooks says (code 6000): A business validation error has occurred: Amounts must match the sum of the lines"
        in failure.text
    )


def test_a_throttled_call_says_when_to_come_back_in_members_and_in_headers() -> None:
    """429 is passed on, never retried here: the client must know when."""
    limits = {"ratelimit-limit": "500", "ratelimit-remaining": "0", "ratelimit-reset": "37"}
    error = remote("QUICKBOOKS_THROTTLED", "QuickBooks' limit is reached", **limits, is_remote_error="true")
    error.retry_after = timedelta(seconds=36.2)
    failure = failed(error, Effect.READ)

    assert failure.error == {
        "reason": "QUICKBOOKS_THROTTLED",
        "message": "QuickBooks' limit is reached",
        "is_remote_error": True,
        "retry_after_seconds": 37,
        "ratelimit_limit": 500,
        "ratelimit_remaining": 0,
        "ratelimit_reset": 37,
    }
    assert failure.headers == (
        (b"ratelimit-limit", b"500"),
        (b"ratelimit-remaining", b"0"),
        (b"ratelimit-reset", b"37"),
    )


@pytest.mark.parametrize("value", ["7\r\nset-cookie: x=1", "٣", "-1", "9" * 40, ""])
def test_a_rate_limit_that_is_no_number_never_becomes_a_header(value: str) -> None:
    """Metadata comes from upstream; a header is no place for a stranger's text."""
    failure = failed(remote("QUICKBOOKS_THROTTLED", **{"ratelimit-limit": value}))

    assert failure.headers == ()
    assert "ratelimit_limit" not in failure.error


def test_an_expired_connection_shows_where_a_person_can_mend_it() -> None:
    """No model can reconnect a company, but it can pass on the link."""
    error = remote("CONNECTION_EXPIRED", "connections/1 must be reconnected to QuickBooks")
    error.help = Help(description="Reconnect QuickBooks", url="https://books.example/connect")
    failure = failed(error, Effect.READ)

    assert failure.error["help_url"] == "https://books.example/connect"
    assert failure.text.endswith("Reconnect QuickBooks: https://books.example/connect")


OUTCOMES: list[tuple[MeshError, bool, str]] = [
    (remote("QUICKBOOKS_OUTCOME_UNKNOWN"), True, "unknown"),
    (remote("QUICKBOOKS_TIMEOUT"), True, "unknown"),
    (remote("DEADLINE_TOO_SHORT"), True, "unknown"),
    (remote("QUICKBOOKS_UNAVAILABLE"), True, "nothing_written"),
    (remote("QUICKBOOKS_STALE_OBJECT"), True, "nothing_written"),
    (remote("QUICKBOOKS_DUPLICATE"), True, "nothing_written"),
    (remote("JOURNAL_UNAVAILABLE"), True, "nothing_written"),
    (remote("PEER_UNAVAILABLE", peer="auth"), True, "nothing_written"),
    (remote("CONNECTION_EXPIRED"), True, "nothing_written"),
    (PeerUnavailable("executor"), True, "unknown"),
    (DeadlineTooShort(), True, "unknown"),
    (PeerUnavailable("registry"), False, "nothing_written"),
]


@pytest.mark.parametrize(("error", "was_sent", "outcome"), OUTCOMES)
def test_a_failed_write_says_whether_it_may_have_happened(error: MeshError, was_sent: bool, outcome: str) -> None:
    """A second payment because a failure was misread is what nobody forgives."""
    for effect in (Effect.WRITE, Effect.DESTROY):
        assert failed(error, effect, was_sent=was_sent).error["outcome"] == outcome


@pytest.mark.parametrize(("error", "was_sent", "outcome"), OUTCOMES)
def test_a_failed_read_has_no_outcome(error: MeshError, was_sent: bool, outcome: str) -> None:
    """There is nothing to fear from repeating it."""
    failure = failed(error, Effect.READ, was_sent=was_sent)

    assert "outcome" not in failure.error
    assert "written" not in failure.text


@pytest.mark.parametrize("reason", ["TOOL_UNKNOWN", "GRANT_TOO_SMALL"])
def test_a_tool_outside_the_grant_does_not_exist(reason: str) -> None:
    """Which of the two it is would tell what is hidden."""
    failure = failure_of_call(remote(reason), Effect.READ, was_sent=True)

    assert isinstance(failure, ParamsInvalid)
    assert failure.message.startswith("Unknown tool")


@pytest.mark.parametrize("reason", ["INTERNAL", "REQUEST_INVALID", "CALLER_NOT_ALLOWED", "SOMETHING_NEW", ""])
def test_a_fault_of_ours_is_not_for_the_model(reason: str) -> None:
    """It could only make it repeat what cannot work."""
    assert failure_of_call(remote(reason), Effect.READ, was_sent=True) is None


FOR_NO_MODEL = {
    # A bug, or a message of ours that breaks its own rules.
    *("UNSPECIFIED", "INTERNAL", "REQUEST_INVALID", "CALLER_NOT_ALLOWED"),
    # Answers to management calls, which the edge never makes, and to bearers, which it answers with 404.
    *(
        "TOKEN_INVALID",
        "MCP_SERVER_UNKNOWN",
        "CONNECT_STATE_INVALID",
        "CONNECT_REFUSED",
        "ETAG_MISMATCH",
        "FILTER_EMPTY",
    ),
}


def test_every_reason_of_the_contract_has_been_thought_of() -> None:
    """A new reason must not reach a model as an internal error because nobody chose its words."""
    reasons = {value.name.removeprefix("ERROR_REASON_"): value.number for value in ErrorReason.DESCRIPTOR.values}
    # From 500 on they are answers over HTTP, before any call is made.
    of_calls = {name for name, number in reasons.items() if number < 500}

    assert {
        name for name in of_calls if failure_of_call(remote(name), Effect.READ, was_sent=True) is None
    } == FOR_NO_MODEL


def test_a_rooms_name_is_not_shown() -> None:
    """It means nothing to a model and tells a stranger how we are built."""
    failure = failed(PeerUnavailable("executor"))

    assert "executor" not in failure.text
    assert "executor" not in str(failure.error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\tc", "a b c"),
        ("safe\u202etxt.exe", "safetxt.exe"),
        ("zero\u200bwidth\x00\x1b[31m", "zerowidth[31m"),
        ("Žluťoučký 漢字 €", "Žluťoučký 漢字 €"),
        ("x" * 5000, "x" * 999 + "…"),
    ],
)
def test_a_strangers_text_is_made_plain(text: Any, expected: str) -> None:
    """Names and memos stand in QuickBooks' messages; control and direction marks could hide instructions in them."""
    assert plain(text) == expected

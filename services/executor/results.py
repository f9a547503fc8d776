"""From QuickBooks' answer to the tool's result, without decoding a single number."""

from __future__ import annotations

from typing import Any

import msgspec

from services.executor.bulk_results import batch_result, changes_result
from services.executor.errors import unanswered
from services.executor.file_results import address_result, file_result, uploaded_record, xml_result
from services.executor.model import Operation, Page, PlannedRequest, ResultShape, UpstreamResponse
from services.executor.paging import next_cursor

_Members = dict[str, msgspec.Raw]

_members = msgspec.json.Decoder(_Members).decode
_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_number = msgspec.json.Decoder(int).decode
_encode = msgspec.json.encode

_BARE = {ResultShape.FILE: file_result, ResultShape.ADDRESS: address_result, ResultShape.XML: xml_result}
"""Answers that are no JSON."""

_BULKY = {ResultShape.BATCH: batch_result, ResultShape.CHANGES: changes_result, ResultShape.UPLOADED: uploaded_record}
"""Answers that are JSON, but no record under its own name."""

_UNREADABLE = "QuickBooks answered success, but in a form that can't be read"

# Beside the record, an answer may carry when it was made and what to watch out for.
_ENVELOPE = frozenset({"time", "warnings", "requestId"})


def shape_result(operation: Operation, request: PlannedRequest, response: UpstreamResponse) -> bytes:
    """Cut the tool's result out of a successful answer, byte for byte where it is QuickBooks' own.

    Returns:
        A JSON object, UTF-8.

    Raises:
        QuickbooksOutcomeUnknown, QuickbooksUnavailable: the answer is not what QuickBooks promises.
        ResultTooLarge: a file is larger than a result can be.
    """
    try:
        if operation.result_shape in _BARE:
            return _BARE[operation.result_shape](request, response)
        # Members that are copied unread would carry broken UTF-8 on to the client.
        response.body.decode("utf-8", errors="strict")
        members = _members(response.body)
        if operation.result_shape is ResultShape.REPORT:
            return response.body
        if operation.result_shape in _BULKY:
            return _BULKY[operation.result_shape](members)
        if operation.result_shape is ResultShape.PAGE and request.page is not None:
            return _page_result(operation.entity, request.page, members)
        record = _record(operation.entity, members, response.body)
        return record if operation.result_shape is ResultShape.RECORD else _deleted(record)
    except (msgspec.MsgspecError, ValueError, LookupError, StopIteration) as error:
        raise unanswered(operation, _UNREADABLE, intuit_tid=response.intuit_tid) from error


def _record(entity: str, members: _Members, body: bytes) -> bytes:
    """The record under the entity's key, or under the only one there is: CreditCardPayment answers as another name."""
    if entity in members:
        return bytes(members[entity])
    rest = [raw for name, raw in members.items() if name not in _ENVELOPE]
    record = bytes(rest[0]) if len(rest) == 1 else body
    return record if record.lstrip()[:1] == b"{" else body


def _deleted(record: bytes) -> bytes:
    left = msgspec.json.decode(record, type=dict[str, Any])
    if "Id" not in left:
        # A recurring transaction is wrapped once more, by the kind of transaction that it repeats.
        left = next(inner for inner in left.values() if isinstance(inner, dict))
    return _encode({"id": left["Id"], "status": left.get("status", "Deleted")})


def _page_result(entity: str, page: Page, members: _Members) -> bytes:
    answer = _members(members["QueryResponse"])
    total = _number(answer["totalCount"]) if "totalCount" in answer else None
    raw = _listed(entity, answer)
    count = len(_rows(raw))
    tail: dict[str, Any] = {
        "next_cursor": next_cursor(page, count, total),
        "result_count": count,
        "query": page.query,
    }
    if total is not None:
        tail["total_count"] = total
    return b'{"result":' + raw + b"," + _encode(tail)[1:]


def _listed(entity: str, answer: _Members) -> bytes:
    """The array of records; QuickBooks leaves it out when nothing was found."""
    if entity in answer:
        return bytes(answer[entity])
    arrays = [bytes(raw) for raw in answer.values() if bytes(raw).lstrip()[:1] == b"["]
    return arrays[0] if arrays else b"[]"

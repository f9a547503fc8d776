"""Answers about many records at once: batches, and what changed since a moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

_Members = dict[str, msgspec.Raw]

_objects = msgspec.json.Decoder(list[_Members]).decode
_members = msgspec.json.Decoder(_Members).decode
_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.encode

_MOST_CHANGES = 1000
"""Objects in one answer of change data capture. Source: API reference, "Change data capture"."""


def batch_result(members: _Members) -> bytes:
    """What came of each item, in the order asked: the record, or the fault that refused it.

    Items stand alone, so a batch is a success even if some are refused; `failed_count` says how many.
    """
    items = _rows(members["BatchItemResponse"])
    # QuickBooks promises no order; the items were numbered by us.
    ordered = sorted(items, key=lambda item: int(msgspec.json.decode(_members(item)["bId"])))
    failed = sum("Fault" in _members(item) for item in ordered)
    tail = {"result_count": len(ordered), "failed_count": failed}
    return b'{"result":[' + b",".join(bytes(item) for item in ordered) + b"]," + _encode(tail)[1:]


def changes_result(members: _Members) -> bytes:
    """The changed records by entity; of deleted ones, Id and status are left.

    `time` is the moment to ask from next. `is_complete` is false when QuickBooks reached its limit.
    """
    changed = {name: raw for answer in _answers(members) for name, raw in answer.items() if bytes(raw)[:1] == b"["}
    count = sum(len(_rows(raw)) for raw in changed.values())
    tail: dict[str, Any] = {"result_count": count, "is_complete": count < _MOST_CHANGES}
    if "time" in members:
        tail["time"] = members["time"]
    return b'{"result":' + _encode(changed) + b"," + _encode(tail)[1:]


def _answers(members: _Members) -> Iterable[_Members]:
    for response in _objects(members["CDCResponse"]):
        yield from _objects(response["QueryResponse"]) if "QueryResponse" in response else ()

"""JSON as QuickBooks writes it, with exact decimals."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec

from sandbox.faults import QuickBooksFault

Document = dict[str, Any]
"""One QuickBooks object as JSON members. A stored document is never changed in place, only replaced."""

PACIFIC = timezone(timedelta(hours=-8))
"""Offsets follow the company or Pacific time; a fixed offset keeps the sandbox free of a time zone database."""

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """Write JSON; Decimal keeps its digits."""
    return _encoder.encode(value)


def decode(body: bytes) -> Any:
    """Read JSON; every fraction becomes a Decimal."""
    return _decoder.decode(body)


def milliseconds(at: datetime) -> str:
    """Write the `time` member of an answer, as in 2020-09-29T06:02:34.562-07:00."""
    return at.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def seconds(at: datetime) -> str:
    """Write a MetaData time, as in 2020-09-29T06:02:34-07:00."""
    return at.astimezone(PACIFIC).isoformat(timespec="seconds")


def entity_answer(key: str, encoded: bytes, at: datetime) -> bytes:
    """Wrap one encoded object: `{"Invoice": {...}, "time": "..."}`."""
    return b'{"%b":%b,"time":"%b"}' % (key.encode(), encoded, milliseconds(at).encode())


def query_answer(key: str, rows: list[bytes], start: int, at: datetime) -> bytes:
    """Wrap the encoded rows of a query; an empty result carries no members."""
    inner = b"{}"
    if rows:
        inner = b'{"%b":[%b],"startPosition":%d,"maxResults":%d}' % (key.encode(), b",".join(rows), start, len(rows))
    return b'{"QueryResponse":%b,"time":"%b"}' % (inner, milliseconds(at).encode())


def count_answer(total: int, at: datetime) -> bytes:
    """Wrap the answer of a SELECT COUNT(*)."""
    return b'{"QueryResponse":{"totalCount":%d},"time":"%b"}' % (total, milliseconds(at).encode())


def fault_members(fault: QuickBooksFault) -> Document:
    """Return the Fault object of a refusal; query faults carry no element."""
    error: Document = {"Message": fault.kind.message, "Detail": fault.detail, "code": fault.code}
    if fault.element is not None:
        error["element"] = fault.element
    return {"Error": [error], "type": fault.kind.type}


def fault_answer(fault: QuickBooksFault, at: datetime) -> bytes:
    """Write the body of a refusal; code 2030 was captured without its time."""
    time = {} if fault.code == "2030" else {"time": milliseconds(at)}
    return encode({"Fault": fault_members(fault), **time})


def gateway_answer(fault: QuickBooksFault, at: datetime) -> bytes:
    """Write the lower-camel-case body of the gateway's 401, 403 and 429, whose time is epoch milliseconds."""
    error = {"message": fault.kind.message, "detail": fault.detail, "code": fault.code, "element": fault.element}
    return encode(
        {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [error], "type": fault.kind.type},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": int(at.timestamp() * 1000),
            "status": None,
            "cdcresponse": [],
        }
    )

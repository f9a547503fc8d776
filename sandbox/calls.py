"""One request to a company, and the ways to answer it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from sandbox import wire, wire_xml
from sandbox.books import Books, Row
from sandbox.faults import QuickBooksFault, fault
from sandbox.shape import unreadable
from sandbox.wire import Document
from sandbox.world import World

JSON = "application/json;charset=utf-8"
FAULT_JSON = "application/json"
XML = "application/xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request, its realm proved by the token."""

    world: World
    books: Books
    method: str
    parts: list[str]
    """The path below the company, as in ["invoice", "12", "pdf"]."""
    parameters: dict[str, str]
    content_type: str
    """The whole Content-Type header."""
    wants_json: bool
    body: bytes
    origin: str
    """Where the client reached this sandbox, as in "http://127.0.0.1:8710"."""

    @property
    def media_type(self) -> str:
        """The content type of the body without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self.world.clock.now()


def entity_response(call: Call, key: str, row: Row) -> Response:
    """Answer one object in its wrapper."""
    if call.wants_json:
        return answer(call, wire.entity_answer(key, row.encoded, call.now))
    return answer(call, wire_xml.entity_answer(key, row.document, call.now))


def members_response(call: Call, members: Document) -> Response:
    """Answer an envelope that is no single entity, such as BatchItemResponse."""
    if call.wants_json:
        return answer(call, wire.encode({**members, "time": wire.milliseconds(call.now)}))
    return answer(call, wire_xml.members_answer(members, call.now))


def answer(call: Call, body: bytes) -> Response:
    """Answer bytes already written in the form the client asked for."""
    return Response(body, headers={"content-type": JSON if call.wants_json else XML})


def fault_response(world: World, refusal: QuickBooksFault, wants_json: bool) -> Response:
    """Write a refusal; the gateway refuses tokens and realms in JSON whatever was asked for (captured so).

    Throttling was captured in XML in 2016; its JSON of today is not established and takes the gateway's form.
    """
    now = world.clock.now()
    status = refusal.kind.http_status
    if status in (401, 403) or (status == 429 and wants_json):
        headers = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'} if status == 401 else {}
        return Response(wire.gateway_answer(refusal, now), status, headers, FAULT_JSON)
    if wants_json:
        return Response(wire.fault_answer(refusal, now), status, media_type=FAULT_JSON)
    return Response(wire_xml.fault_answer(refusal, now), status, media_type=XML)


def json_object(body: bytes) -> Document:
    """Read a JSON body that must be one object."""
    try:
        body.decode("utf-8")
        value: Any = wire.decode(body)
    except UnicodeDecodeError:
        what = "com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: Invalid byte 1 of 1-byte "
        raise fault("500", what=f"{what}UTF-8 sequence") from None
    except msgspec.DecodeError:
        raise unreadable() from None
    if not isinstance(value, dict):
        raise unreadable()
    return value


def no_resource(call: Call) -> QuickBooksFault:
    """Refuse an address that names nothing."""
    relative = f"/v3/company/{call.books.realm_id}/{'/'.join(call.parts)}"
    return fault("500", what=f"Could not find resource for relative : {relative} of full path: {relative}")

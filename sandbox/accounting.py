"""The accounting API's one address space: `/v3/company/{realm}/...`.

A handler here decides what a request is, hands it to reads, queries or writes, and wraps what comes back. It runs
without a pause, so each write is alone with its company.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox import wire, wire_xml, writes
from sandbox.books import Books, Row
from sandbox.entrance import admit
from sandbox.facts import Entity, facts
from sandbox.faults import QuickBooksFault, fault
from sandbox.query_parse import parse
from sandbox.query_run import run
from sandbox.replay import Outcome
from sandbox.shape import unreadable
from sandbox.wire import Document
from sandbox.world import World

JSON = "application/json;charset=utf-8"
FAULT_JSON = "application/json"
XML = "application/xml"
LARGEST_BODY = 10 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request, its realm proved by the token."""

    world: World
    books: Books
    method: str
    parts: list[str]
    parameters: dict[str, str]
    content_type: str
    wants_json: bool
    body: bytes


async def company(request: Request) -> Response:
    """Answer one request to a company."""
    world: World = request.app.state.world
    wants_json = "json" in request.headers.get("accept", "")
    try:
        realm_id = admit(world, request).realm_id
        call = Call(
            world=world,
            books=world.company(realm_id),
            method=request.method,
            parts=[part for part in request.path_params["rest"].split("/") if part],
            parameters=dict(request.query_params),
            content_type=request.headers.get("content-type", "").partition(";")[0].strip(),
            wants_json=wants_json,
            body=await _body(request),
        )
        with call.books.as_before() if request.scope.get("sandbox.stale") else nullcontext():
            return _dispatch(call)
    except QuickBooksFault as refusal:
        return fault_response(world, refusal, wants_json)


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


async def _body(request: Request) -> bytes:
    if request.method == "GET":
        return b""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise fault("6030", f"The request body is larger than {LARGEST_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


def _dispatch(call: Call) -> Response:
    if call.parts == ["query"]:
        return _query(call)
    entity = facts().by_path(call.parts[0]) if call.parts else None
    if entity is None or len(call.parts) > 2:
        raise _no_resource(call)
    if call.method == "GET":
        return _read(call, entity)
    if len(call.parts) == 1:
        return _write(call, entity)
    raise _no_resource(call)


def _read(call: Call, entity: Entity) -> Response:
    identifier = call.parts[1] if len(call.parts) == 2 else "1" if entity.kind == "singleton" else None
    if identifier is None:
        raise _no_resource(call)
    identifier = writes.checked_id(identifier)
    if entity.kind == "singleton":
        identifier = "1" if identifier == call.books.realm_id else identifier
    return _entity_response(call, entity.name, call.books.get(entity, identifier))


def _write(call: Call, entity: Entity) -> Response:
    if call.content_type not in ("application/json", ""):
        raise fault("1050", f"Invalid Content Type : {call.content_type}. Send application/json.")
    body = _json_object(call.body)
    verb = _verb(entity, call.parameters, body)
    operation = f"{entity.name} {verb}"
    request_id = call.parameters.get("requestid", "")
    replayed = call.books.replays.find(request_id, operation) if request_id else None
    if replayed is not None:
        return _entity_response(call, replayed.key, Row(replayed.document))
    document = _perform(call, entity, verb, body)
    if request_id:
        call.books.replays.remember(request_id, Outcome(operation=operation, key=entity.name, document=document))
        call.books.revision += 1
    return _entity_response(call, entity.name, Row(document))


def _verb(entity: Entity, parameters: dict[str, str], body: Document) -> str:
    operation = parameters.get("operation", "")
    if operation == "void" or (operation in ("update", "") and parameters.get("include") == "void"):
        return "void"
    if operation == "delete":
        verb = "delete"
    elif operation in ("update", "create", ""):
        verb = "update" if body.get("Id") not in (None, "") else "create"
    else:
        raise fault("500", what=operation)
    known = "update_full" if verb == "update" else verb
    if known not in entity.operations:
        raise fault("500", what=f"{verb} on {entity.name}")
    return verb


def _perform(call: Call, entity: Entity, verb: str, body: Document) -> Document:
    now = call.world.clock.now()
    if verb == "create":
        return writes.create(call.books, entity, body, now)
    if verb == "update":
        return writes.update(call.books, entity, body, now)
    if verb == "void":
        return writes.void(call.books, entity, body, now)
    return writes.delete(call.books, entity, body, now)


def _query(call: Call) -> Response:
    text = call.parameters.get("query", "") if call.method == "GET" else call.body.decode("utf-8", "replace")
    query = parse(text.strip())
    now = call.world.clock.now()
    found = run(call.books, query, now)
    if query.counts:
        count = wire.count_answer if call.wants_json else wire_xml.count_answer
        return _answer(call, count(found.total, now))
    if call.wants_json:
        rows = [row.encoded for row in found.rows]
        return _answer(call, wire.query_answer(found.entity.name, rows, query.start, now))
    documents = [row.document for row in found.rows]
    return _answer(call, wire_xml.query_answer(found.entity.name, documents, query.start, now))


def _entity_response(call: Call, key: str, row: Row) -> Response:
    now = call.world.clock.now()
    if call.wants_json:
        return _answer(call, wire.entity_answer(key, row.encoded, now))
    return _answer(call, wire_xml.entity_answer(key, row.document, now))


def _answer(call: Call, body: bytes) -> Response:
    return Response(body, headers={"content-type": JSON if call.wants_json else XML})


def _json_object(body: bytes) -> Document:
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


def _no_resource(call: Call) -> QuickBooksFault:
    relative = f"/v3/company/{call.books.realm_id}/{'/'.join(call.parts)}"
    return fault("500", what=f"Could not find resource for relative : {relative} of full path: {relative}")

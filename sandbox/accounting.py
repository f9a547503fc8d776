"""The accounting API's one address space: `/v3/company/{realm}/...`.

A handler here decides what a request is and hands it on to what reads, queries, writes or delivers. It runs without a
pause, so each write is alone with its company.
"""

from collections.abc import Callable
from contextlib import nullcontext

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.batch import answer_batch
from sandbox.books import Row
from sandbox.calls import FAULT_JSON, Call, entity_response, fault_response, members_response, no_resource
from sandbox.changes import answer_changes
from sandbox.delivery import send
from sandbox.downloads import PATH, file_of, is_good, temporary_address
from sandbox.entrance import admit
from sandbox.facts import Entity, facts
from sandbox.faults import QuickBooksFault, fault
from sandbox.presented import presented
from sandbox.printing import print_document
from sandbox.reading import answer_query, read
from sandbox.reports.route import answer_report
from sandbox.uploads import LARGEST_UPLOAD, upload
from sandbox.wire import fault_members
from sandbox.world import World
from sandbox.writes import checked_id
from sandbox.writing import write

__all__ = ["FAULT_JSON", "company", "fault_response", "fetch_file", "routes"]

LARGEST_BODY = 10 * 1024 * 1024
PDF = "application/pdf"


async def company(request: Request) -> Response:
    """Answer one request to a company."""
    world: World = request.app.state.world
    wants_json = "json" in request.headers.get("accept", "")
    try:
        realm_id = admit(world, request).realm_id
        parts = [part for part in request.path_params["rest"].split("/") if part]
        call = Call(
            world=world,
            books=world.company(realm_id),
            method=request.method,
            parts=parts,
            parameters=dict(request.query_params),
            content_type=request.headers.get("content-type", ""),
            wants_json=wants_json,
            body=await _body(request, LARGEST_UPLOAD if parts == ["upload"] else LARGEST_BODY),
            origin=str(request.base_url).rstrip("/"),
        )
        with call.books.as_before() if request.scope.get("sandbox.stale") else nullcontext():
            return _dispatch(call)
    except QuickBooksFault as refusal:
        return fault_response(world, refusal, wants_json)


async def fetch_file(request: Request) -> Response:
    """Answer a file at its temporary address, to whoever has it."""
    world: World = request.app.state.world
    realm_id, identifier = request.path_params["realm"], request.path_params["identifier"]
    expires, signature = (request.query_params.get(name, "") for name in ("expires", "signature"))
    books = world.companies.get(realm_id)
    if books is None or not is_good(realm_id, identifier, expires, signature, world.clock.now()):
        return PlainTextResponse("Request has expired", 403)
    kind = (books.find("Attachable", identifier) or {}).get("ContentType")
    return Response(file_of(books, identifier), media_type=kind)


routes = [
    Route("/v3/company/{realm}/{rest:path}", company, methods=["GET", "POST"]),
    Route(PATH + "/{realm}/{identifier}", fetch_file),
]


async def _body(request: Request, largest: int) -> bytes:
    if request.method == "GET":
        return b""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise fault("6030", f"The request body is larger than {largest} bytes")
        parts.append(part)
    return b"".join(parts)


def _dispatch(call: Call) -> Response:
    special = SPECIAL.get((call.method, call.parts[0].lower())) if call.parts else None
    if special is not None:
        return special(call)
    entity = _entity(call)
    if call.method == "GET" and call.parts[2:] == ["pdf"]:
        return _pdf(call, entity)
    if call.method == "POST" and call.parts[2:] == ["send"]:
        return _send(call, entity)
    if len(call.parts) > 2:
        raise no_resource(call)
    if call.method == "GET":
        return read(call, entity)
    if len(call.parts) == 1:
        return write(call, entity)
    raise no_resource(call)


def _entity(call: Call) -> Entity:
    entity = facts().by_path(call.parts[0]) if call.parts else None
    if entity is None:
        raise no_resource(call)
    return entity


def _query(call: Call) -> Response:
    if len(call.parts) > 1:
        raise no_resource(call)
    return answer_query(call)


def _tax_service(call: Call) -> Response:
    entity = facts().by_path("/".join(call.parts))
    if entity is None:
        raise no_resource(call)
    return write(call, entity)


def _upload(call: Call) -> Response:
    stored = upload(call.books, call.content_type, call.body, call.now)
    answers = [
        {"Fault": fault_members(each)}
        if isinstance(each, QuickBooksFault)
        else {"Attachable": presented(call.books, "Attachable", Row(each), call.origin, call.now).document}
        for each in stored
    ]
    return members_response(call, {"AttachableResponse": answers})


def _download(call: Call) -> Response:
    """Answer the temporary address of a file as plain text."""
    if len(call.parts) != 2:
        raise no_resource(call)
    identifier = checked_id(call.parts[1])
    file_of(call.books, identifier)
    return PlainTextResponse(temporary_address(call.origin, call.books.realm_id, identifier, call.now))


def _pdf(call: Call, entity: Entity) -> Response:
    if "pdf" not in entity.operations:
        raise fault("500", what=f"pdf on {entity.name}")
    document = call.books.get(entity, checked_id(call.parts[1])).document
    return Response(print_document(call.books, entity.name, document), media_type=PDF)


def _send(call: Call, entity: Entity) -> Response:
    document = send(call.books, entity, checked_id(call.parts[1]), call.parameters.get("sendTo"), call.now)
    return entity_response(call, entity.key, Row(document))


SPECIAL: dict[tuple[str, str], Callable[[Call], Response]] = {
    ("GET", "query"): _query,
    ("POST", "query"): _query,
    ("POST", "batch"): answer_batch,
    ("GET", "cdc"): answer_changes,
    ("GET", "reports"): answer_report,
    ("POST", "upload"): _upload,
    ("GET", "download"): _download,
    ("POST", "taxservice"): _tax_service,
}
"""Addresses that are no entity, by method and first word."""

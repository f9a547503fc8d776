"""Reading one object, or the result of a query."""

from starlette.responses import Response

from sandbox import wire, wire_xml
from sandbox.books import Row
from sandbox.calls import Call, answer, entity_response, members_response, no_resource
from sandbox.currencies import read_rate
from sandbox.facts import Entity
from sandbox.presented import presented
from sandbox.query_parse import parse
from sandbox.query_run import Found, run
from sandbox.wire import Document
from sandbox.writes import checked_id


def read(call: Call, entity: Entity) -> Response:
    """Answer one object.

    Raises:
        QuickBooksFault: 610 or its kin for an id that names nothing, 500 for an address that is none.
    """
    if entity.name == "ExchangeRate" and len(call.parts) == 1:
        return _show(call, entity, Row(read_rate(call.books, _lower_keys(call.parameters), call.now)))
    if entity.name == "TaxClassification" and len(call.parts) == 1:
        return _tax_classes(call, entity)
    identifier = call.parts[1] if len(call.parts) == 2 else "1" if entity.kind == "singleton" else None
    if identifier is None or "read" not in entity.operations or entity.name == "Entitlements":
        raise no_resource(call)
    identifier = checked_id(identifier)
    if entity.kind == "singleton" and identifier == call.books.realm_id:
        identifier = "1"
    return _show(call, entity, call.books.get(entity, identifier))


def answer_query(call: Call) -> Response:
    """Answer a query, given in the address or as the body."""
    text = call.parameters.get("query", "") if call.method == "GET" else call.body.decode("utf-8", "replace")
    query = parse(text.strip())
    found = run(call.books, query, call.now)
    if query.counts:
        count = wire.count_answer if call.wants_json else wire_xml.count_answer
        return answer(call, count(found.total, call.now))
    rows = _rows(call, found, is_whole=not query.fields)
    if call.wants_json:
        return answer(call, wire.query_answer(found.entity.key, [row.encoded for row in rows], query.start, call.now))
    documents = [row.document for row in rows]
    return answer(call, wire_xml.query_answer(found.entity.key, documents, query.start, call.now))


def query_members(call: Call, text: str) -> Document:
    """Return what a query inside a batch answers: the members of QueryResponse."""
    query = parse(text.strip())
    found = run(call.books, query, call.now)
    if query.counts:
        return {"totalCount": found.total}
    rows = [row.document for row in _rows(call, found, is_whole=not query.fields)]
    if not rows:
        return {}
    return {found.entity.key: rows, "startPosition": query.start, "maxResults": len(rows)}


def _rows(call: Call, found: Found, *, is_whole: bool) -> list[Row]:
    if not is_whole:
        return found.rows
    return [presented(call.books, found.entity.name, row, call.origin, call.now) for row in found.rows]


def _show(call: Call, entity: Entity, row: Row) -> Response:
    return entity_response(call, entity.key, presented(call.books, entity.name, row, call.origin, call.now))


def _tax_classes(call: Call, entity: Entity) -> Response:
    """Answer all classes, those of one level, or those below one class; how the list is wrapped is not recorded."""
    given = _lower_keys(call.parameters)
    classes = [
        presented(call.books, entity.name, Row(each), call.origin, call.now).document
        for each in call.books.documents(entity.name)
        if given.get("level", each["Level"]) == each["Level"]
        and given.get("parentid") in (None, each.get("ParentRef", {}).get("value"))
    ]
    found = {entity.key: classes, "startPosition": 1, "maxResults": len(classes)} if classes else {}
    return members_response(call, {"QueryResponse": found})


def _lower_keys(parameters: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in parameters.items()}

"""Up to thirty operations in one request, each answered for itself."""

from typing import Any

from starlette.responses import Response

from sandbox import wire
from sandbox.calls import Call, json_object, members_response
from sandbox.facts import Entity, facts
from sandbox.faults import QuickBooksFault, fault, missing
from sandbox.reading import query_members
from sandbox.replay import LONGEST
from sandbox.wire import Document
from sandbox.writing import JSON_TYPES, known_verb, write_once

MOST_ITEMS = 30
LONGEST_REQUEST_ID = 36
LONGEST_ITEM_ID = 10
"""With a request id on the batch: its own length, then that of each bId (developer documentation of `requestid`)."""
VERBS = ("create", "update", "delete", "void")


def answer_batch(call: Call) -> Response:
    """Carry out the items in their order; one that is refused leaves the others alone."""
    if call.media_type not in JSON_TYPES:
        raise fault("1050", f"Invalid Content Type : {call.media_type}. Send a batch as application/json.")
    items = json_object(call.body).get("BatchItemRequest")
    if not isinstance(items, list) or not items:
        raise missing("BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise fault("1040", f"Batch size exceeds allowed limit : at most {MOST_ITEMS}. Supplied items:{len(items)}")
    request_id = call.parameters.get("requestid", "")
    if len(request_id) > LONGEST_REQUEST_ID:
        raise fault("2130", f"requestid of a batch may have at most {LONGEST_REQUEST_ID} characters")
    return members_response(call, {"BatchItemResponse": [_answered(call, item, request_id) for item in items]})


def _answered(call: Call, item: Any, request_id: str) -> Document:
    identifier = item.get("bId") if isinstance(item, dict) else None
    named = {} if identifier is None else {"bId": identifier}
    try:
        if identifier in (None, ""):
            raise missing("bId")
        return {**_carried_out(call, item, request_id), **named}
    except QuickBooksFault as refusal:
        return {"Fault": wire.fault_members(refusal), **named}


def _carried_out(call: Call, item: Document, request_id: str) -> Document:
    if "Query" in item:
        return {"QueryResponse": query_members(call, str(item["Query"]))}
    entity, body = _subject(item)
    verb = _verb(item)
    if "void" not in verb:
        known_verb(entity, verb)
    item_id = _item_request_id(request_id, str(item["bId"]))
    return {entity.key: write_once(call, entity, verb, body, item_id)}


def _subject(item: Document) -> tuple[Entity, Document]:
    """Find the one member of an item that is an entity."""
    for name, body in item.items():
        entity = _by_key(name)
        if entity is not None and isinstance(body, dict):
            return entity, body
    unknown = [name for name in item if name not in ("bId", "operation", "optionsData")]
    raise fault("2000", name=unknown[0] if unknown else "")


def _by_key(name: str) -> Entity | None:
    return next((each for each in facts().entities.values() if name in (each.key, each.name)), None)


def _verb(item: Document) -> str:
    verb = str(item.get("operation", "")).lower()
    if not verb:
        raise missing("operation")
    if verb not in VERBS:
        raise fault("500", what=verb)
    return "void" if verb == "update" and str(item.get("optionsData", "")).lower() == "void" else verb


def _item_request_id(request_id: str, item_id: str) -> str:
    if not request_id:
        return ""
    if len(item_id) > LONGEST_ITEM_ID:
        raise fault("2130", f"bId may have at most {LONGEST_ITEM_ID} characters in a batch with a requestid")
    return f"{request_id}.{item_id}"[:LONGEST]

"""Deciding which write a request is, and doing it once."""

from collections.abc import Callable
from datetime import datetime

from starlette.responses import Response

from sandbox import writes
from sandbox.books import Books, Row
from sandbox.calls import Call, entity_response, json_object, members_response
from sandbox.currencies import set_rate
from sandbox.facts import Entity
from sandbox.faults import fault
from sandbox.preference_changes import update_preferences
from sandbox.presented import presented
from sandbox.recurring import create_recurring, delete_recurring
from sandbox.replay import Outcome
from sandbox.tax_service import create_tax_code
from sandbox.wire import Document
from sandbox.xml_bodies import read_xml

Write = Callable[[Books, Document, datetime], Document]
SPECIAL: dict[tuple[str, str], Write] = {
    ("ExchangeRate", "update"): set_rate,
    ("Preferences", "update"): update_preferences,
    ("RecurringTransaction", "create"): create_recurring,
    ("RecurringTransaction", "delete"): delete_recurring,
    ("TaxService", "create"): create_tax_code,
}
"""Writes that are no plain change of one stored object."""
JSON_TYPES = ("application/json", "")
XML_TYPES = ("application/xml", "text/xml")


def write(call: Call, entity: Entity) -> Response:
    """Carry out one write, or answer again what its request id was answered before."""
    body = _body(call, entity)
    verb = verb_of(entity, call.parameters, body)
    document = write_once(call, entity, verb, body, call.parameters.get("requestid", ""))
    if entity.kind == "service":
        return members_response(call, document)
    return entity_response(call, entity.key, Row(document))


def write_once(call: Call, entity: Entity, verb: str, body: Document, request_id: str) -> Document:
    """Do a write and return its answer; a request id that was answered before is answered the same and writes nothing.

    Raises:
        QuickBooksFault: 2130 or 600 for a request id that cannot be used, and whatever refuses the write itself.
    """
    operation = f"{entity.name} {verb}"
    replayed = call.books.replays.find(request_id, operation) if request_id else None
    if replayed is not None:
        return replayed.document
    if call.books.profile.subscription_ended:
        raise fault("6190")
    document = _perform(call, entity, verb, body)
    if request_id:
        call.books.replays.remember(request_id, Outcome(operation=operation, key=entity.key, document=document))
        call.books.revision += 1
    return document


def verb_of(entity: Entity, parameters: dict[str, str], body: Document) -> str:
    """Name the write a request asks for: create, update, delete or void.

    Sources disagree on voiding: `operation=void` and `operation=update&include=void` are both taken for every entity
    that can be voided.

    Raises:
        QuickBooksFault: 500, QuickBooks cannot do this to the entity.
    """
    operation = parameters.get("operation", "").lower()
    if operation == "void" or (operation in ("update", "") and parameters.get("include") == "void"):
        return "void"
    if operation not in ("delete", "update", "create", ""):
        raise fault("500", what=operation)
    return known_verb(entity, "delete" if operation == "delete" else _implied(entity, body))


def known_verb(entity: Entity, verb: str) -> str:
    """Return a verb the entity knows, or refuse it (500)."""
    known = "update_full" if verb == "update" else verb
    if known not in entity.operations:
        raise fault("500", what=f"{verb} on {entity.name}")
    return verb


def _implied(entity: Entity, body: Document) -> str:
    """Return update for a body with an Id; a rate has none and the one Preferences object is only ever updated.

    A service keeps nothing that could be updated, and a public client sends it the Id 0.
    """
    if "create" not in entity.operations:
        return "update"
    if entity.kind == "service":
        return "create"
    return "update" if body.get("Id") not in (None, "") else "create"


def _perform(call: Call, entity: Entity, verb: str, body: Document) -> Document:
    books, now = call.books, call.now
    special = SPECIAL.get((entity.name, verb))
    if special is not None:
        stored = special(books, body, now)
        return stored if entity.wraps else presented(books, entity.name, Row(stored), call.origin, now).document
    if verb == "create":
        stored = writes.create(books, entity, body, now)
    elif verb == "update":
        stored = writes.update(books, entity, body, now)
    elif verb == "void":
        stored = writes.void(books, entity, body, now)
    else:
        return _delete(books, entity, body, now)
    return presented(books, entity.name, Row(stored), call.origin, now).document


def _delete(books: Books, entity: Entity, body: Document, now: datetime) -> Document:
    if entity.name == "Attachable" and body.get("SyncToken") in (None, ""):
        # Recorded: deleting an attachment with its Id alone works.
        present = books.find(entity, writes.checked_id(body.get("Id"))) or {}
        body = {**body, "SyncToken": present.get("SyncToken", "0")}
    tombstone = writes.delete(books, entity, body, now)
    if entity.name == "Attachable":
        books.files.pop(tombstone["Id"], None)
    return tombstone


def _body(call: Call, entity: Entity) -> Document:
    if call.media_type in XML_TYPES and not entity.wraps:
        return read_xml(call.body, entity)
    if call.media_type not in JSON_TYPES:
        raise fault("1050", f"Invalid Content Type : {call.media_type}. Send application/json.")
    body = json_object(call.body)
    if entity.json_key and isinstance(body.get(entity.json_key), dict):
        # The documentation shows CreditCardPayment wrapped in requests too; clients send it both ways.
        inner: Document = body[entity.json_key]
        return inner
    return body

"""Change data capture: what was written or deleted since a moment."""

from datetime import datetime, timedelta

from starlette.responses import Response

from sandbox.books import Row
from sandbox.calls import Call, members_response
from sandbox.facts import Entity, facts
from sandbox.faults import fault, missing
from sandbox.indexes import rank
from sandbox.presented import presented
from sandbox.query_fields import column
from sandbox.wire import PACIFIC, Document

WINDOW = timedelta(days=30)
"""How far back changes can be asked for."""
UPDATED = "MetaData.LastUpdatedTime"
MOST_OBJECTS = 1_000
"""Objects in one answer; the oldest changes come, so that a client can go on from the last of them."""


def answer_changes(call: Call) -> Response:
    """Answer `cdc?entities=Invoice,Customer&changedSince=...`.

    Deleted objects come after the living ones. What QuickBooks answers beyond thirty days or for an entity that it
    does not cover was never captured: here it is 2190 and 2000.
    """
    entities = [_covered(name) for name in call.parameters.get("entities", "").split(",") if name.strip()]
    if not entities:
        raise missing("entities")
    since = _since(call)
    changed = [(at, entity, document) for entity in entities for at, document in _changed(call, entity, since)]
    kept = sorted(changed, key=lambda change: change[0])[:MOST_OBJECTS]
    responses = [_response(call, entity, [each for _, of, each in kept if of is entity]) for entity in entities]
    return members_response(call, {"CDCResponse": [{"QueryResponse": responses}]})


def _covered(name: str) -> Entity:
    entity = facts().by_name(name.strip())
    if entity is None or not entity.cdc:
        raise fault("2000", name=name.strip())
    return entity


def _since(call: Call) -> datetime:
    text = call.parameters.get("changedSince", "")
    if not text:
        raise missing("changedSince")
    try:
        # A plus sign that was not escaped arrives as a space.
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        raise fault("2060", f"changedSince is not valid. Supplied value:{text}", element="changedSince") from None
    at = at if at.tzinfo is not None else at.replace(tzinfo=PACIFIC)
    if call.now - at > WINDOW:
        raise fault("2190", f"changedSince may lie at most {WINDOW.days} days back", element="changedSince")
    return at


def _changed(call: Call, entity: Entity, since: datetime) -> list[tuple[datetime, Document]]:
    table = call.books.rows[entity.name]
    updated = column(entity, UPDATED)
    # By the index, so that a company of a hundred thousand documents is not read through for one that changed.
    index = table.index(updated.name, updated.read)
    changed = sorted(index.ids_of(index.compared(">=", since)), key=rank)
    living = [(index.value(identifier), table[identifier].document) for identifier in changed]
    deleted = [
        (at, {"domain": "QBO", "status": "Deleted", "Id": identifier, "MetaData": {"LastUpdatedTime": text}})
        for (name, identifier), text in call.books.tombstones.items()
        if name == entity.name and (at := datetime.fromisoformat(text)) >= since
    ]
    return [*living, *deleted]


def _response(call: Call, entity: Entity, documents: list[Document]) -> Document:
    if not documents:
        return {}
    living = [_shown(call, entity, each) for each in documents if each.get("status") != "Deleted"]
    deleted = [each for each in documents if each.get("status") == "Deleted"]
    return {entity.key: [*living, *deleted], "startPosition": 1, "maxResults": len(documents)}


def _shown(call: Call, entity: Entity, document: Document) -> Document:
    return presented(call.books, entity.name, Row(document), call.origin, call.now).document

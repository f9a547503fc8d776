"""Creating, updating, deleting and voiding, each as one straight line that either happens whole or not at all."""

from datetime import datetime
from typing import Any

from sandbox import names, numbers
from sandbox.banking import check_not_deposited
from sandbox.books import Books
from sandbox.closing import check_open
from sandbox.commit import commit, erase
from sandbox.facts import Entity
from sandbox.faults import business_rule, fault, missing, not_found
from sandbox.references import resolve
from sandbox.rules import apply_rules
from sandbox.shape import accept, require
from sandbox.voiding import voided
from sandbox.wire import Document, seconds

REDEFAULTED = ("CurrencyRef", "Active", "PrintStatus", "EmailStatus", "ApplyTaxAfterDiscount")
"""Members a full update that leaves them out does not lose, as measured."""


DELETED = "Object Not Found : Another user has deleted this transaction."


def create(books: Books, entity: Entity, body: Document, now: datetime, identifier: str | None = None) -> Document:
    """Write a new object and return it; `identifier` is for seeds, which bring their ids."""
    books.begin_change()
    members = _present(accept(entity, body))
    require(entity, members, entity.required.create)
    draft = {**entity.defaults, **members, "Id": identifier or books.next_id(entity), "SyncToken": "0"}
    draft["MetaData"] = {"CreateTime": seconds(now), "LastUpdatedTime": seconds(now)}
    created = _settle(books, entity, draft, None, now)
    books.announce(entity.name, created["Id"], "Create")
    return created


def provide(books: Books, entity: Entity, members: Document, now: datetime) -> Document:
    """Store an object that only QuickBooks itself makes, such as a tax rate, and return it."""
    books.begin_change()
    stamp = {"CreateTime": seconds(now), "LastUpdatedTime": seconds(now)}
    draft = {"Id": books.next_id(entity), **entity.defaults, **members, "SyncToken": "0", "MetaData": stamp}
    provided = commit(books, entity, resolve(books, entity, draft, None), None, now)
    books.announce(entity.name, provided["Id"], "Create")
    return provided


def update(books: Books, entity: Entity, body: Document, now: datetime) -> Document:
    """Change an object and return it.

    A full update erases every writable member that is left out; a sparse one (`"sparse": true`) changes only what
    is given and replaces `Line` as a whole.
    """
    books.begin_change()
    sparse = body.get("sparse") in (True, "true") and "update_sparse" in entity.operations
    members = accept(entity, body)
    if not sparse:
        members = _present(members)
    require(entity, members, entity.required.sparse_update if sparse else entity.required.full_update)
    before = current(books, entity, body)
    if _is_repeated_deactivation(before, members):
        return before
    check_not_deposited(books, entity.name, before)
    draft = _present({**_members(entity, before, read_only=False), **members}) if sparse else None
    draft = draft or _replaced(entity, before, members)
    computed = _members(entity, before, read_only=True)
    updated = _settle(books, entity, {**computed, **draft, **_next(before, now)}, before, now)
    books.announce(entity.name, updated["Id"], _update_operation(before, updated))
    return updated


def delete(books: Books, entity: Entity, body: Document, now: datetime) -> Document:
    """Remove a transaction; the answer is its tombstone."""
    books.begin_change()
    before = current(books, entity, body)
    check_open(books, entity, before)
    check_not_deposited(books, entity.name, before)
    erase(books, entity.name, before, now)
    books.tombstones[entity.name, before["Id"]] = seconds(now)
    books.announce(entity.name, before["Id"], "Delete")
    return {"domain": "QBO", "status": "Deleted", "Id": before["Id"]}


def void(books: Books, entity: Entity, body: Document, now: datetime) -> Document:
    """Bring a transaction to nothing but keep it; a second void changes nothing."""
    books.begin_change()
    before = current(books, entity, body)
    draft = voided(entity, before)
    if draft is None:
        return before
    check_open(books, entity, before)
    check_not_deposited(books, entity.name, before)
    emptied = commit(books, entity, {**draft, **_next(before, now)}, before, now)
    books.announce(entity.name, emptied["Id"], "Void")
    return emptied


def current(books: Books, entity: Entity, body: Document) -> Document:
    """Find the object a write is about.

    Raises:
        QuickBooksFault: 2020 without Id or SyncToken, 2030 for an Id that is no number, 610 for one that names
            nothing, 5010 for a SyncToken that is not the current one.
    """
    identifier = checked_id(body.get("Id"))
    token = body.get("SyncToken")
    if token in (None, ""):
        raise missing("SyncToken")
    before = books.find(entity, identifier)
    if before is None:
        raise fault("610", DELETED) if (entity.name, identifier) in books.tombstones else not_found()
    if str(token) != before["SyncToken"]:
        raise fault("5010", user=books.profile.user_name)
    return before


def checked_id(identifier: Any) -> str:
    """Return an id as text, or refuse one that is absent or not a whole number."""
    if identifier in (None, ""):
        raise missing("Id")
    text = str(identifier)
    if not text.removeprefix("-").isdigit():
        raise fault("2030", v=text)
    return text


def _settle(books: Books, entity: Entity, draft: Document, before: Document | None, now: datetime) -> Document:
    draft = resolve(books, entity, draft, before)
    draft = names.mark(entity.name, apply_rules(books, entity.name, draft, before, now))
    draft = numbers.number(books, entity.name, draft, before)
    _check_deactivation(before, draft)
    _check_immutable(entity, before, draft)
    _check_address(draft)
    check_open(books, entity, before, draft)
    numbers.check_number(books, entity.name, draft, before)
    names.check_unique(books, entity.name, draft)
    return commit(books, entity, draft, before, now)


def _replaced(entity: Entity, before: Document, members: Document) -> Document:
    kept = {name: before[name] for name in (*REDEFAULTED, *entity.immutable) if name in before}
    return {**entity.defaults, **kept, **members}


def _members(entity: Entity, before: Document, *, read_only: bool) -> Document:
    """Return the stored members of one kind: those a client may set, or those only the server sets."""
    fields = entity.fields
    return {name: value for name, value in before.items() if name in fields and fields[name].read_only is read_only}


def _next(before: Document, now: datetime) -> Document:
    return {
        "Id": before["Id"],
        "SyncToken": str(int(before["SyncToken"]) + 1),
        "MetaData": {"CreateTime": before["MetaData"]["CreateTime"], "LastUpdatedTime": seconds(now)},
    }


def _present(members: Document) -> Document:
    return {name: value for name, value in members.items() if value is not None}


def _update_operation(before: Document, updated: Document) -> str:
    """Name an update as webhooks do: a name list is never deleted, so making inactive is what Delete can mean there."""
    return "Delete" if before.get("Active", True) and not updated.get("Active", True) else "Update"


def _is_repeated_deactivation(before: Document, members: Document) -> bool:
    return before.get("Active") is False and set(members) - {"SyncToken"} == {"Active"} and members["Active"] is False


def _check_deactivation(before: Document | None, draft: Document) -> None:
    if before is None or draft.get("Active", True) or not before.get("Active", True):
        return
    if before.get("Balance") or before.get("CurrentBalance"):
        raise fault("6220", "Delete Entity Has Balance Error : bring the balance to zero before making it inactive")


def _check_immutable(entity: Entity, before: Document | None, draft: Document) -> None:
    for name in entity.immutable:
        if before is not None and name in before and _essence(before[name]) != _essence(draft.get(name)):
            raise business_rule(f"{name} of a {entity.name} cannot change once it is set.")


def _essence(value: Any) -> Any:
    """Return what two values are compared by: of a reference only what it points at."""
    return value.get("value") if isinstance(value, dict) else value


def _check_address(draft: Document) -> None:
    if draft.get("EmailStatus") == "NeedToSend" and "BillEmail" not in draft and "POEmail" not in draft:
        raise fault("6420", "Email address is required : EmailStatus NeedToSend needs BillEmail", element="BillEmail")

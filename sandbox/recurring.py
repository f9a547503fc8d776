"""Recurring transactions: a template of one transaction, and how often it should be written.

A template is stored under its own id and posts nothing; the sandbox never writes a transaction from it by itself.
"""

from datetime import datetime

from sandbox.books import Books
from sandbox.facts import Entity, facts
from sandbox.faults import fault, missing
from sandbox.references import resolve
from sandbox.rules import apply_rules
from sandbox.shape import accept, require, unknown_member, unreadable
from sandbox.wire import Document, seconds
from sandbox.writes import current

NAME = "RecurringTransaction"
NOT_YET = ("DocNumber", "Balance", "LinkedTxn")
"""Members a transaction gets only when it is written from the template."""


def create_recurring(books: Books, body: Document, now: datetime) -> Document:
    """Store a template given as `{"Invoice": {..., "RecurringInfo": {...}}}`.

    Raises:
        QuickBooksFault: 2010 unless the body wraps exactly one kind of transaction, 2020 for a missing member of the
            transaction or of its schedule; otherwise what the transaction itself would be refused with.
    """
    entity = facts().entities[NAME]
    kind, given = _unwrapped(entity, body)
    members = {name: value for name, value in accept(kind, given).items() if value is not None}
    require(kind, members, (*kind.required.create, "RecurringInfo"))
    schedule = _schedule(members["RecurringInfo"])
    identifier = books.next_id(entity)
    template = _template(books, kind, {**kind.defaults, **members, "Id": identifier}, now)
    stamp = {"CreateTime": seconds(now), "LastUpdatedTime": seconds(now)}
    head = {"domain": "QBO", "sparse": False, "Id": identifier, "SyncToken": "0", "MetaData": stamp}
    inner = {**head, **template, "RecurDataRef": {"value": identifier}, "RecurringInfo": schedule}
    books.begin_change()
    books.put(NAME, {**head, "Type": kind.name, "RecurringInfo": schedule, kind.name: inner})
    return inner_of(books.rows[NAME][identifier].document)


def delete_recurring(books: Books, body: Document, now: datetime) -> Document:
    """Remove the template named by `{"Invoice": {"Id", "SyncToken"}}`."""
    entity = facts().entities[NAME]
    kind, given = _unwrapped(entity, body)
    before = current(books, entity, given)
    books.begin_change()
    books.remove((NAME, before["Id"]))
    return {kind.name: {"domain": "QBO", "status": "Deleted", "Id": before["Id"]}}


def inner_of(stored: Document) -> Document:
    """Return a template as answers show it: the wrapper with the transaction in it."""
    kind = stored["Type"]
    return {kind: stored[kind]}


def _unwrapped(entity: Entity, body: Document) -> tuple[Entity, Document]:
    body = body.get(NAME, body)
    named = [name for name in body if name in entity.wraps] if isinstance(body, dict) else []
    if len(named) != 1 or not isinstance(body[named[0]], dict):
        if isinstance(body, dict) and body and not named:
            raise unknown_member(next(iter(body)), NAME, entity.fields)
        raise unreadable()
    return facts().entities[named[0]], body[named[0]]


def _schedule(given: Document) -> Document:
    if "Name" not in given:
        raise missing("RecurringInfo.Name")
    schedule = {"Active": True, "RecurType": "Automated", **given}
    interval = schedule.get("ScheduleInfo", {})
    if schedule["RecurType"] == "Unscheduled":
        return schedule
    if "IntervalType" not in interval:
        raise missing("RecurringInfo.ScheduleInfo.IntervalType")
    if interval.get("EndDate", "9999") < interval.get("StartDate", ""):
        raise fault("2190", "Invalid Date Range : EndDate must not lie before StartDate", element="EndDate")
    first = {"NextDate": interval["StartDate"]} if "StartDate" in interval else {}
    return {**schedule, "ScheduleInfo": {"NumInterval": 1, **first, **interval}}


def _template(books: Books, kind: Entity, draft: Document, now: datetime) -> Document:
    """Return the transaction with its references named and its amounts computed, but without date and number."""
    dated = "TxnDate" in draft
    computed = apply_rules(books, kind.name, resolve(books, kind, draft, None), None, now)
    unset = NOT_YET if dated else (*NOT_YET, "TxnDate", "DueDate")
    return {name: value for name, value in computed.items() if name not in unset}

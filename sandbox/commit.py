"""Putting a finished document into the books, with all that follows from it.

Nothing here refuses: every rule has been checked before, so a change is never half done.
"""

from datetime import datetime

from sandbox import derived, references
from sandbox.books import Books
from sandbox.facts import Entity, facts
from sandbox.ledger import Key
from sandbox.links import applications, linked_type
from sandbox.postings import entry_for
from sandbox.settling import without_target
from sandbox.wire import Document


def commit(books: Books, entity: Entity, draft: Document, before: Document | None, now: datetime) -> Document:
    """Store a document, post it, settle what it pays, and bring every dependent balance up to date."""
    key = (entity.name, draft["Id"])
    entry = entry_for(books, entity.name, draft)
    books.put(entity.name, _ordered(entity, draft))
    if _is_emptied(entity, draft):
        _release(books, key, now)
    changed = books.links.replace(key, applications(entity.name, draft))
    if before is not None and linked_type(entity.name, before) != linked_type(entity.name, draft):
        changed |= {part.target for part in applications(entity.name, draft)}
    touched = books.ledger.replace(key, entry)
    touched.accounts |= {key[1]} if entity.name == "Account" else set()
    touched.parties |= {key} if entity.name in ("Customer", "Vendor") else set()
    derived.refresh(books, touched)
    derived.resettle(books, changed, now)
    _complete(books, entity, key)
    _rename(books, entity, before, key)
    return books.rows[entity.name][draft["Id"]].document


def erase(books: Books, entity: str, before: Document, now: datetime) -> None:
    """Take a transaction out of the books: its postings go, what it paid is open again, what paid it is unapplied."""
    key = (entity, before["Id"])
    books.remove(key)
    _release(books, key, now)
    changed = books.links.replace(key, ())
    derived.refresh(books, books.ledger.replace(key, None))
    derived.resettle(books, changed, now)


def _release(books: Books, target: Key, now: datetime) -> None:
    """Unapply every payment from a document that is going away or being voided."""
    for key in books.links.payments_of(target):
        payment = books.find(*key)
        if payment is None:
            continue
        members = without_target(key[0], payment, target)
        books.amend(key, {**members, **derived.next_version(payment, now)})
        books.links.replace(key, applications(key[0], {**payment, **members}))


def _is_emptied(entity: Entity, draft: Document) -> bool:
    return derived.settles(entity.name) and not draft["TotalAmt"] and draft.get("PrivateNote", "").startswith("Voided")


def _complete(books: Books, entity: Entity, key: Key) -> None:
    """Write the members the journal and the links decide into the document itself."""
    document = books.rows[key[0]][key[1]].document
    if derived.settles(entity.name):
        books.amend(key, derived.settlement(books, key, document))


def _rename(books: Books, entity: Entity, before: Document | None, key: Key) -> None:
    """Carry a changed name into the objects below and into every reference."""
    member = entity.reference_name
    after = books.rows[key[0]][key[1]].document
    if before is None or member is None or before.get(member) == after.get(member):
        return
    references.rename(books, key)
    for child in books.documents(entity.name):
        if child.get("ParentRef", {}).get("value") == key[1] and "FullyQualifiedName" in child:
            name = child[entity.name_member or ""]
            books.amend((entity.name, child["Id"]), {"FullyQualifiedName": f"{after['FullyQualifiedName']}:{name}"})
            _rename(books, entity, child, (entity.name, child["Id"]))


def _ordered(entity: Entity, draft: Document) -> Document:
    """Lay the members out in the order of the facts, so that equal documents have equal bytes."""
    known = {name: draft[name] for name in facts().entities[entity.name].fields if name in draft}
    return {"domain": "QBO", "sparse": False, **known}

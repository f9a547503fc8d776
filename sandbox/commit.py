"""Putting a finished document into the books, with all that follows from it.

Nothing here refuses: every rule has been checked before, so a change is never half done.
"""

from datetime import datetime

from sandbox import derived, references
from sandbox.books import Books
from sandbox.currency import is_foreign
from sandbox.facts import Entity, facts
from sandbox.ledger import Key, Touched
from sandbox.links import PAYS, applications, linked_type, target_of
from sandbox.postings import entry_for
from sandbox.settling import without_target
from sandbox.stock import movements_of
from sandbox.stocktaking import opening_of
from sandbox.voiding import NOTE
from sandbox.wire import Document


def commit(books: Books, entity: Entity, draft: Document, before: Document | None, now: datetime) -> Document:
    """Store a document, post it, settle what it pays, and bring every dependent balance up to date.

    While a company is being loaded the balances and what links to the document wait for `bulk`.
    """
    key = (entity.name, draft["Id"])
    if entity.name == "Item" and draft["Type"] == "Inventory" and before is None:
        books.inventory.openings[key[1]] = opening_of(draft)
    # A company without the accounts an entry needs refuses here, before anything has been written.
    entry = entry_for(books, entity.name, draft)
    books.put(entity.name, _ordered(entity, draft))
    if books.is_loading:
        books.links.replace(key, applications(entity.name, draft))
        books.inventory.stage(key, movements_of(books, entity.name, draft))
        books.ledger.replace(key, entry)
        return books.rows[entity.name][draft["Id"]].document
    released = books.links.sources_of(key) if _is_voided(draft) else []
    changed = _release(books, key, released, now)
    changed |= books.links.replace(key, applications(entity.name, draft))
    if before is not None and linked_type(entity.name, before) != linked_type(entity.name, draft):
        changed |= set(books.links.applied_by(key))
    again = {*released, *(_costed_with(books, key) if _has_other_accounts(before, draft) else ())}
    touched = post(books, key, changed, again)
    touched.accounts |= {key[1]} if entity.name == "Account" else set()
    touched.parties |= {key} if entity.name in ("Customer", "Vendor") else set()
    derived.refresh(books, touched)
    derived.resettle(books, changed - {key}, now)
    complete(books, key)
    _rename(books, entity, before, key)
    return books.rows[entity.name][draft["Id"]].document


def erase(books: Books, entity: str, before: Document, now: datetime) -> None:
    """Take a transaction out of the books: its postings go, what it paid is open again, what paid it is unapplied."""
    key = (entity, before["Id"])
    books.remove(key)
    released = books.links.sources_of(key)
    changed = _release(books, key, released, now)
    changed |= books.links.replace(key, ())
    derived.refresh(books, post(books, key, changed, set(released)))
    derived.resettle(books, changed - {key}, now)


def post(books: Books, key: Key, relinked: set[Key], again: set[Key]) -> Touched:
    """Bring journal and stock in line with one document, and with every other whose cost or exchange this changes.

    Args:
        relinked: documents for which what settles them has changed.
        again: further documents to be posted anew.
    """
    document = books.find(*key)
    items = {movement.item_id for movement, _ in books.inventory.costed(key)}
    recosted = books.inventory.replace(key, movements_of(books, key[0], document) if document else ())
    items |= {movement.item_id for movement, _ in books.inventory.costed(key)}
    others = recosted | again | _exchanging(books, relinked | {key})
    touched = Touched()
    for each in [key, *sorted(others - {key})]:
        present = books.find(*each)
        touched.add(books.ledger.replace(each, entry_for(books, each[0], present) if present else None))
    derived.refresh_quantities(books, items)
    return touched


def complete(books: Books, key: Key) -> None:
    """Write the members the journal and the links decide into the document itself."""
    if key[0] in derived.DOCUMENTS:
        books.amend(key, derived.completed(books, key, books.rows[key[0]][key[1]].document))


def _exchanging(books: Books, targets: set[Key]) -> set[Key]:
    """Return the payments of foreign documents: each one's share depends on those before it."""
    foreign = (target for target in targets if is_foreign(books, books.find(*target) or {}))
    return {payment for target in foreign for payment in books.links.payments_of(target)}


def _release(books: Books, target: Key, sources: list[Key], now: datetime) -> set[Key]:
    """Unlink everything from a document that is going away or being voided; answers what else that frees."""
    freed: set[Key] = set()
    for key in sources:
        source = books.find(*key)
        if source is not None:
            paying = key[0] in PAYS
            members = without_target(books, key[0], source, target) if paying else _unbilled(source, target)
            books.amend(key, {**members, **derived.next_version(source, now)})
            freed |= books.links.replace(key, applications(key[0], {**source, **members}))
    return freed - {target}


def _is_voided(draft: Document) -> bool:
    return "TotalAmt" in draft and not draft["TotalAmt"] and str(draft.get("PrivateNote", "")).startswith(NOTE)


def _unbilled(source: Document, target: Key) -> Document:
    """Return the members of a form that no longer bills an estimate, time or order."""
    return {"LinkedTxn": [linked for linked in source.get("LinkedTxn", ()) if target_of(linked) != target]}


def _has_other_accounts(before: Document | None, draft: Document) -> bool:
    """Whether an inventory item has other accounts than before: what its stock cost then moves with it."""
    if before is None or draft.get("Type") != "Inventory":
        return False
    return any(before[name]["value"] != draft[name]["value"] for name in ("AssetAccountRef", "ExpenseAccountRef"))


def _costed_with(books: Books, item: Key) -> set[Key]:
    return {movement.key for movement in books.inventory.movements(item[1])}


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

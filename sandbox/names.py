"""Names of accounts, items, customers and vendors: built, unique, marked when inactive."""

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import fault, missing
from sandbox.wire import Document

PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
DELETED = " (deleted)"
"""What QuickBooks appends to the name of something made inactive."""
DEEPEST = 5
"""Levels of sub-accounts, sub-items and sub-customers."""


def displayed(entity: str, draft: Document) -> Document:
    """Complete DisplayName from the name parts and PrintOnCheckName from the company or display name."""
    built = " ".join(draft[part] for part in PARTS if draft.get(part))
    name = draft.get("DisplayName") or built
    if not name:
        raise missing("DisplayName")
    return {"PrintOnCheckName": draft.get("CompanyName") or name, **draft, "DisplayName": name}


def place(books: Books, entity: str, draft: Document) -> Document:
    """Complete FullyQualifiedName, and Level where the entity shows it, from the chain of parents.

    Raises:
        QuickBooksFault: 900 if an object would be its own ancestor, 6180 below the deepest level.
    """
    member = facts().entities[entity].name_member or ""
    chain = [draft[member]]
    above = draft.get("ParentRef")
    while above is not None:
        if above["value"] == draft.get("Id"):
            raise fault("900", element="ParentRef")
        parent = books.find(entity, above["value"]) or {}
        chain.insert(0, parent[member])
        above = parent.get("ParentRef")
    if len(chain) > DEEPEST:
        raise fault("6180", f"Sub Level Limit : at most {DEEPEST} levels", element="ParentRef")
    placed = {**draft, "FullyQualifiedName": ":".join(chain)}
    placed.pop("Level", None)
    if len(chain) > 1 and "Level" in facts().entities[entity].fields:
        placed["Level"] = len(chain) - 1
    return placed


def mark(entity: str, draft: Document) -> Document:
    """Append " (deleted)" to an inactive object's names, and take it off one made active again."""
    member = facts().entities[entity].name_member
    if member is None:
        return draft
    inactive = not draft.get("Active", True)
    marked = {
        name: draft[name].removesuffix(DELETED) + (DELETED if inactive else "")
        for name in (member, "FullyQualifiedName")
        if name in draft
    }
    return {**draft, **marked}


def check_unique(books: Books, entity: str, draft: Document) -> None:
    """Refuse a name another object of the same name space already has (6240).

    Customers, vendors and employees share one space; accounts and items need a name of their own under each parent.
    """
    table = facts().entities
    space = table[entity].name_space
    for other in table.values():
        if not space or other.name_space != space:
            continue
        for document in books.documents(other.name):
            if (other.name, document["Id"]) != (entity, draft["Id"]) and _clash(entity, other.name, draft, document):
                raise fault("6240", extra="null")


def _clash(entity: str, other: str, draft: Document, document: Document) -> bool:
    mine = str(draft[facts().entities[entity].name_member or ""])
    theirs = str(document[facts().entities[other].name_member or ""])
    if mine.casefold() != theirs.casefold():
        return False
    return facts().entities[entity].name_space == "people" or _parent(draft) == _parent(document)


def _parent(document: Document) -> str | None:
    above = document.get("ParentRef")
    return above["value"] if above else None

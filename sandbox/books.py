"""One company's books: its documents, its journal, its links."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from sandbox.facts import Entity, facts
from sandbox.faults import business_rule, not_found
from sandbox.inventory import Inventory
from sandbox.ledger import Key, Ledger
from sandbox.links import Links
from sandbox.replay import Replays
from sandbox.table import Row, Table
from sandbox.wire import Document

__all__ = ["Books", "Change", "Profile", "Row"]

CONTROL_TYPES = ("Accounts Receivable", "Accounts Payable")
"""Account types that are kept by customer and by vendor."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a company that no entity of this cut carries."""

    currency: str = "USD"
    currency_name: str = "United States Dollar"
    user_name: str = "Company Administrator"
    """Who QuickBooks says was faster when a SyncToken is stale."""
    invoice_terms_days: int = 30
    """Due date of an invoice that names no term, as in the vendor's samples."""
    warns_of_duplicate_numbers: bool = False
    """The setting that, with custom numbers on, turns a repeated DocNumber into fault 6140."""
    has_closing_password: bool = False
    """Whether a password protects the closed period: fault 6210 instead of 6200."""
    subscription_ended: bool = False
    """Whether nothing can be written any more: fault 6190."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that happened to a document, as webhooks report it."""

    entity: str
    identifier: str
    operation: str
    """Create, Update, Delete, Void, Merge or Emailed."""


class Books:
    """Everything one realm knows.

    Documents are values: a change puts a new one in the old one's place, so a reader never sees half a write and
    nothing is ever copied to be safe.
    """

    def __init__(self, realm_id: str, profile: Profile, *, seed: str, opened_at: datetime) -> None:
        self.realm_id = realm_id
        self.profile = profile
        self.seed = seed
        self.opened_at = opened_at
        self.rows: dict[str, Table] = {name: Table() for name in facts().entities}
        self.ledger = Ledger()
        self.links = Links()
        self.inventory = Inventory()
        self.is_loading = False
        """Whether documents are being put in by the thousand, with balances and costs to follow (see `bulk`)."""
        self.replays = Replays()
        self.files: dict[str, bytes] = {}
        """Contents of attached files, by the id of their Attachable."""
        self.tombstones: dict[Key, str] = {}
        """When each deleted document was deleted, as change data capture tells it."""
        self.mails: dict[str, int] = {}
        """Documents sent by mail on each day."""
        self.revision = 0
        """Counts changes, so that the snapshot knows whether it is behind."""
        self.on_change: Callable[[Change], None] | None = None
        """Told of every change; set once the seed is in, so that a fresh company reports nothing."""
        self._former: dict[Key, Row | None] = {}
        self._highest: dict[str, int] = {}
        self._roles: dict[tuple[str, str], str] = {}

    def find(self, entity: Entity | str, identifier: str) -> Document | None:
        """Return a document, or None."""
        row = self.rows[entity if isinstance(entity, str) else entity.name].get(identifier)
        return None if row is None else row.document

    def get(self, entity: Entity, identifier: str) -> Row:
        """Return a stored row.

        Raises:
            QuickBooksFault: 610, or 2010 where QuickBooks answers so, if the id names nothing.
        """
        row = self.rows[entity.name].get(identifier)
        if row is None:
            raise not_found(entity.missing_id_fault)
        return row

    def documents(self, entity: str) -> list[Document]:
        """Return all documents of one entity, oldest first."""
        return [row.document for row in self.rows[entity].values()]

    def put(self, entity: str, document: Document) -> None:
        """Store a document in place of its former self."""
        self._keep((entity, document["Id"]))
        self._store(entity, document, Row(document))

    def load(self, entity: str, document: Document, encoded: bytes | None = None) -> None:
        """Store a document that is no change; given as JSON too, only that is kept in memory."""
        self._store(entity, document, Row(document) if encoded is None else Row(encoded=encoded))

    def _store(self, entity: str, document: Document, row: Row) -> None:
        identifier = document["Id"]
        self.rows[entity][identifier] = row
        if entity == "Account":
            self._roles.clear()
        if document.get("AccountType") in CONTROL_TYPES:
            self.ledger.control_accounts.add(identifier)
        space = facts().entities[entity].id_space
        self._count(space, identifier)
        self._count(f"{entity} numbers", document.get("DocNumber", ""))
        self.revision += 1

    def remove(self, key: Key) -> None:
        """Take a document away; its id is never used again."""
        self._keep(key)
        del self.rows[key[0]][key[1]]
        self.revision += 1

    def amend(self, key: Key, members: Document) -> None:
        """Replace server-computed members of a document; None takes one away."""
        row = self.rows[key[0]].get(key[1])
        if row is None or all(row.document.get(name) == value for name, value in members.items()):
            return
        self._keep(key)
        merged = {**row.document, **members}
        self.rows[key[0]][key[1]] = Row({name: value for name, value in merged.items() if value is not None})
        self.revision += 1

    def begin_change(self) -> None:
        """Forget how things stood before the last change: what follows is a new one."""
        self._former.clear()

    def announce(self, entity: str, identifier: str, operation: str) -> None:
        """Tell whoever listens what happened to a document."""
        if self.on_change is not None:
            self.on_change(Change(entity=entity, identifier=identifier, operation=operation))

    @contextmanager
    def as_before(self) -> Iterator[None]:
        """Show the documents as they were before the last change, for a stale read."""
        present = {key: self.rows[key[0]].get(key[1]) for key in self._former}
        self._show(self._former)
        try:
            yield
        finally:
            self._show(present)

    def _show(self, rows: dict[Key, Row | None]) -> None:
        for (entity, identifier), row in rows.items():
            if row is not None:
                self.rows[entity][identifier] = row
            elif identifier in self.rows[entity]:
                del self.rows[entity][identifier]

    def _keep(self, key: Key) -> None:
        if key not in self._former:
            self._former[key] = self.rows[key[0]].get(key[1])

    def next_id(self, entity: Entity) -> str:
        """Return the id after the highest ever given in the entity's id space."""
        return str(self._highest.get(entity.id_space, 0) + 1)

    def next_number(self, entity: str) -> str:
        """Return the document number after the highest used so far; the first is 1001, as QuickBooks begins."""
        return str(self._highest.get(f"{entity} numbers", 1000) + 1)

    def highest_ids(self) -> dict[str, int]:
        """Return the highest id given in each id space, and the highest document numbers."""
        return dict(self._highest)

    def keep_ids_above(self, highest: dict[str, int]) -> None:
        """Never give an id again that was given before a restart."""
        for space, number in highest.items():
            self._highest[space] = max(self._highest.get(space, 0), number)

    def account_with(self, member: str, value: str) -> str:
        """Return the id of the first active account of a type or subtype, as in ("AccountType", "Accounts Payable").

        Raises:
            QuickBooksFault: 6000, the company has no such account.
        """
        known = self._roles.get((member, value))
        if known is not None:
            return known
        for document in self.documents("Account"):
            if document.get(member) == value and document.get("Active", True):
                self._roles[member, value] = str(document["Id"])
                return str(document["Id"])
        raise business_rule(f"The company has no active account whose {member} is {value}. Create one first.")

    def _count(self, space: str, number: str) -> None:
        if number.isascii() and number.isdigit():
            self._highest[space] = max(self._highest.get(space, 0), int(number))

    def reference(self, entity: str, identifier: str) -> dict[str, Any]:
        """Return a reference to a stored document, with its name."""
        document = self.find(entity, identifier) or {}
        name_member = facts().entities[entity].reference_name
        named = {"name": document[name_member]} if name_member and name_member in document else {}
        return {"value": identifier, **named}

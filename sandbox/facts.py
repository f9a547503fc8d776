"""What is known of QuickBooks' entities, read once from `facts/entities.json`."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FACTS = Path(__file__).parent / "facts"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One member of an entity or of a nested type."""

    type: str
    """string, id, decimal, integer, boolean, date, date-time, ref, enum, object or any."""
    object: str | None = None
    enum: str | None = None
    ref_to: tuple[str, ...] = ()
    array: bool = False
    read_only: bool = False
    extension: bool = False
    """An open holder that QuickBooks returns and refuses to take back."""
    required: bool = False
    max_length: int | None = None
    maximum: int | None = None
    """The largest number this member takes."""
    filterable: bool = False
    sortable: bool = False
    forbidden: str = ""
    """Characters this text may not contain."""
    format: str | None = None
    type_member: str | None = None
    """How a reference repeats what it points at in `type`: "name" as in Vendor, "upper" as in VENDOR."""


class Required(msgspec.Struct, frozen=True, kw_only=True):
    """The members each kind of write must carry, besides Id and SyncToken."""

    create: tuple[str, ...] = ()
    full_update: tuple[str, ...] = ()
    sparse_update: tuple[str, ...] = ()


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One QuickBooks resource: its path, its members, its flags."""

    path: str
    kind: str
    """transaction, name_list, singleton, supporting, template or service."""
    operations: tuple[str, ...]
    fields: dict[str, Field]
    required: Required
    defaults: dict[str, Any]
    missing_id_fault: str
    """The code that answers a read of an unknown id."""
    id_space: str
    """Entities with the same space never share an id."""
    name_member: str | None = None
    reference_name: str | None = None
    """The member that fills `name` in a reference to this entity."""
    reference_kind: str = ""
    name_space: str = ""
    """Names are unique among the entities of one space."""
    line_detail_types: tuple[str, ...] = ()
    linkable: tuple[str, ...] = ()
    account_types: dict[str, tuple[str, ...]] = {}
    """Account reference (dotted) to the AccountTypes it may point at."""
    immutable: tuple[str, ...] = ()
    """Members no update may change once they are set."""
    cdc: bool = False
    """Whether change data capture covers it."""
    wraps: tuple[str, ...] = ()
    """The entities of which it holds one, as a template."""
    json_key: str = ""
    """The key that wraps it in requests and answers, where that is not its name."""
    name: str = ""

    @property
    def key(self) -> str:
        """The key that wraps it in requests and answers."""
        return self.json_key or self.name

    @property
    def is_transaction(self) -> bool:
        """Whether this entity posts to the ledger."""
        return self.kind == "transaction"


class NestedType(msgspec.Struct, frozen=True, kw_only=True):
    """The members of a nested object such as Line or PhysicalAddress."""

    fields: dict[str, Field]


class AccountType(msgspec.Struct, frozen=True, kw_only=True):
    """One AccountType with the side of the books it belongs to."""

    classification: str
    default_subtype: str
    subtypes: tuple[str, ...]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The whole table. Source: the `source` member of the file itself."""

    source: str
    entities: dict[str, Entity]
    types: dict[str, NestedType]
    enums: dict[str, tuple[str, ...]]
    account_types: dict[str, AccountType]

    def by_path(self, path: str) -> Entity | None:
        """Find an entity by the last part of its address, in any case."""
        return _paths().get(path.lower())

    def by_name(self, name: str) -> Entity | None:
        """Find an entity by its name, in any case, as queries spell it."""
        return _names().get(name.lower())


@cache
def facts() -> Facts:
    """Return the facts; the file is read once a process."""
    table = msgspec.json.decode((FACTS / "entities.json").read_bytes(), type=Facts)
    named = {name: msgspec.structs.replace(entity, name=name) for name, entity in table.entities.items()}
    return msgspec.structs.replace(table, entities=named)


@cache
def _paths() -> dict[str, Entity]:
    return {entity.path: entity for entity in facts().entities.values()}


@cache
def _names() -> dict[str, Entity]:
    return {name.lower(): entity for entity in facts().entities.values() for name in (entity.name, entity.key)}

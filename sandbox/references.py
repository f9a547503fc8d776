"""Resolving references: what they point at must exist, and the server fills the name."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.books import Books
from sandbox.facts import Entity, Field, facts
from sandbox.faults import fault
from sandbox.preferences import preference
from sandbox.wire import Document

CURRENCY = "(ISO 4217 code)"
INACTIVE = (
    "Invalid Reference Id : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
PSEUDO_TAX_CODES = ("TAX", "NON")
"""What a US company's lines name instead of a tax code; no stored object stands behind them."""
PSEUDO = {"TaxCode": PSEUDO_TAX_CODES, "Item": ("SHIPPING_ITEM_ID",)}
"""Values that stand for no stored object, by the entity they are named as."""
Target = tuple[str, str]


def resolve(books: Books, entity: Entity, draft: Document, before: Document | None) -> Document:
    """Return the draft with every reference checked and named.

    A reference that stood in the stored document may go on pointing at something made inactive since.

    Raises:
        QuickBooksFault: 2500 for an unknown or inactive target, 2220 for a foreign currency, 6430 for an account of
            the wrong type.
    """
    kept = frozenset(_targets(entity.fields, before)) if before else frozenset()
    named: Document = _resolver(books, kept)(entity.fields, draft)
    _check_account_types(books, entity, named)
    return named


def rename(books: Books, target: Target) -> None:
    """Write a target's present name into every reference to it."""
    fresh = books.reference(*target)
    # Looking for the id in the text first leaves few documents of a hundred thousand to be taken apart.
    needle = b'"value":"%b"' % target[1].encode()
    for entity in facts().entities.values():
        for row in [row for row in books.rows[entity.name].values() if needle in row.encoded]:
            document = row.document
            if target in _targets(entity.fields, document):
                books.amend((entity.name, document["Id"]), _renamed(entity.fields, document, target, fresh))


def _resolver(books: Books, kept: frozenset[Target]) -> Any:
    def walk(fields: Mapping[str, Field], members: Document) -> Document:
        return {name: value(fields[name], given) for name, given in members.items()}

    def value(field: Field, given: Any) -> Any:
        if given is None or field.type not in ("ref", "object"):
            return given
        if isinstance(given, list):
            return [value(field, each) for each in given]
        if field.type == "object":
            return walk(facts().types[field.object or ""].fields, given)
        return _named(books, field, given, kept)

    return walk


def _named(books: Books, field: Field, given: Document, kept: frozenset[Target]) -> Document:
    if field.ref_to == (CURRENCY,):
        return _currency(books, given)
    known = [name for name in field.ref_to if name in books.rows]
    if not known or any(given["value"] in PSEUDO.get(name, ()) for name in known):
        return given
    for name in _kinds(known, given):
        document = books.find(name, given["value"])
        if document is not None:
            if not document.get("Active", True) and (name, given["value"]) not in kept:
                raise fault("2500", INACTIVE)
            return {**books.reference(name, given["value"]), **_type_of(field, name)}
    raise fault("2500", Kind=facts().entities[known[0]].reference_kind, id=given["value"])


def _kinds(known: list[str], given: Document) -> list[str]:
    """Return the entities a reference may mean: the one its `type` names, or all of them."""
    named = [name for name in known if name.lower() == str(given.get("type", "")).lower()]
    return named or known


def _type_of(field: Field, name: str) -> Document:
    if field.type_member is None:
        return {}
    return {"type": name.upper() if field.type_member == "upper" else name}


def _currency(books: Books, given: Document) -> Document:
    """Name a currency: the company's own, or one it has added while it keeps many."""
    if given["value"] == books.profile.currency:
        return {"value": books.profile.currency, "name": books.profile.currency_name}
    if preference(books, "CurrencyPrefs", "MultiCurrencyEnabled"):
        for kept in books.documents("CompanyCurrency"):
            if kept["Code"] == given["value"] and kept.get("Active", True):
                return {"value": kept["Code"], "name": kept["Name"]}
    raise fault("2220", f"Invalid Currency Type : {given['value']}. The company keeps {books.profile.currency}.")


def _targets(fields: Mapping[str, Field], members: Document) -> Iterator[Target]:
    for name, value in members.items():
        field = fields.get(name)
        if field is None or field.type not in ("ref", "object"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if field.type == "object":
                yield from _targets(facts().types[field.object or ""].fields, each)
            else:
                yield from ((kind, each["value"]) for kind in field.ref_to)


def _renamed(fields: Mapping[str, Field], members: Document, target: Target, fresh: Document) -> Document:
    def value(field: Field | None, given: Any) -> Any:
        if field is None or field.type not in ("ref", "object"):
            return given
        if isinstance(given, list):
            return [value(field, each) for each in given]
        if field.type == "object":
            return _renamed(facts().types[field.object or ""].fields, given, target, fresh)
        return fresh if target[0] in field.ref_to and given["value"] == target[1] else given

    return {name: value(fields.get(name), given) for name, given in members.items()}


def _check_account_types(books: Books, entity: Entity, draft: Document) -> None:
    for path, allowed in entity.account_types.items():
        outer, _, inner = path.partition(".")
        holder = (draft.get(outer) or {}) if inner else draft
        reference = holder.get(inner or outer)
        account = books.find("Account", reference["value"]) if reference else None
        if account is not None and account["AccountType"] not in allowed:
            reason = f"{path} must be {' or '.join(allowed)}; account {account['Id']} is {account['AccountType']}"
            raise fault("6430", reason=reason, element=path)

"""The stored documents of one entity, kept in order of id and ready to be queried.

A table is a dict from id to row. It also keeps the ids in order, and one index for each column a query has asked for,
so that a page out of a hundred thousand rows costs what a page costs. An index is built when first needed and then
kept up to date; a company that is never queried pays nothing.
"""

from bisect import bisect_left, insort
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from sandbox.indexes import Index, rank
from sandbox.wire import Document, decode, encode


class Row:
    """One stored document, as members, as JSON, or both.

    A row given as JSON alone is read anew whenever its members are asked for: a company of a hundred thousand
    transactions is kept as text, at a sixth of the memory.
    """

    __slots__ = ("_document", "_encoded")

    def __init__(self, document: Document | None = None, encoded: bytes | None = None) -> None:
        self._document = document
        self._encoded = encoded

    @property
    def document(self) -> Document:
        """The document's members; not to be changed in place."""
        if self._document is None:
            members: Document = decode(self.encoded)
            return members
        return self._document

    @property
    def encoded(self) -> bytes:
        """The document as JSON bytes, written when first asked for."""
        if self._encoded is None:
            self._encoded = encode(self._document)
        return self._encoded

    @property
    def is_text_only(self) -> bool:
        """Whether the members are read from the JSON at each use."""
        return self._document is None


class Table(dict[str, Row]):
    """Rows by id. Put and taken away by item assignment and `del` alone, which keep order and indexes right."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        """Every id, in order of its number."""
        self._indexes: dict[str, Index] = {}

    def __setitem__(self, identifier: str, row: Row) -> None:
        """Put a row in place of its former self."""
        if identifier not in self:
            self._place(identifier)
        super().__setitem__(identifier, row)
        if self._indexes:
            document = row.document
            for index in self._indexes.values():
                index.put(identifier, document)

    def __delitem__(self, identifier: str) -> None:
        """Take a row away."""
        super().__delitem__(identifier)
        del self.ids[bisect_left(self.ids, rank(identifier), key=rank)]
        for index in self._indexes.values():
            index.drop(identifier)

    def index(self, name: str, read: Callable[[Document], Any]) -> Index:
        """Return the index of a column, building it at its first use.

        Args:
            name: the column's dotted name.
            read: the comparable value in one document; a tuple where a row has several.
        """
        found = self._indexes.get(name)
        if found is None:
            found = self._indexes[name] = self._built(name.partition(".")[0], read)
        return found

    def _built(self, member: str, read: Callable[[Document], Any]) -> Index:
        index = Index(read)
        # Reading one member out of the text takes a fifth of the time that reading them all does.
        partial = msgspec.defstruct("Partial", [(member, Any, msgspec.UNSET)])
        decoder = msgspec.json.Decoder(partial, float_hook=Decimal)
        for identifier in self.ids:
            row = self[identifier]
            if row.is_text_only:
                value = getattr(decoder.decode(row.encoded), member)
                index.put(identifier, {} if value is msgspec.UNSET else {member: value})
            else:
                index.put(identifier, row.document)
        return index

    def _place(self, identifier: str) -> None:
        if not self.ids or rank(self.ids[-1]) < rank(identifier):
            self.ids.append(identifier)
        else:
            insort(self.ids, identifier, key=rank)

"""The catalog: an immutable, revisioned set of tools, looked up by name or page by page."""

from __future__ import annotations

import base64
import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from chassis.grants import Scope
from services.registry.capabilities import Resource, resources_of
from services.registry.companions import Companions
from services.registry.errors import PageTokenForeign, ToolUnknown
from services.registry.filters import select
from services.registry.model import Entry
from services.registry.search import SearchIndex

_MOST_SUGGESTIONS = 3

# Names share long beginnings, so what is only half alike is another tool.
_LEAST_LIKENESS = 0.8


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One page of what a scope opens."""

    entries: tuple[Entry, ...]
    next_page_token: str
    """Empty on the last page."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Every tool, in the order that listings have."""

    entries: tuple[Entry, ...]
    by_tool_id: Mapping[str, Entry]
    revision: str
    """Digest of the entries, 32 hexadecimal digits: the same definitions give the same one on every replica."""
    methods: tuple[str, ...]
    """Every method there is, sorted."""
    tags: tuple[str, ...]
    """Every tag there is, sorted."""
    resources: tuple[Resource, ...]
    """What can be done with each resource, in the order of the entries."""
    resource_of: Mapping[str, str]
    """The resource of each tool."""
    companions: Companions
    index: SearchIndex = field(compare=False, repr=False)

    def find(self, tool_id: str) -> Entry:
        """The entry of that name.

        Raises:
            ToolUnknown: there is none.
        """
        entry = self.by_tool_id.get(tool_id)
        if entry is None:
            raise ToolUnknown(tool_id)
        return entry

    def list(self, scope: Scope, page_size: int = 0, page_token: str = "") -> Listing:
        """One page of what the scope opens.

        Args:
            page_size: 0 for everything.
            page_token: as given by the page before, for the same scope and size or another size.

        Raises:
            PageTokenForeign: it is another scope's, or of a catalog before this one.
        """
        selected = select(self.entries, scope)
        binding = self._binding(scope)
        start = _read_token(page_token, binding, len(selected)) if page_token else 0
        end = start + page_size if page_size else len(selected)
        token = _write_token(end, binding) if end < len(selected) else ""
        return Listing(entries=selected[start:end], next_page_token=token)

    def select(self, scope: Scope) -> tuple[Entry, ...]:
        """Everything that the scope opens."""
        return select(self.entries, scope)

    def search(self, query: str, scope: Scope, limit: int) -> tuple[Entry, ...]:
        """What fits a question, best first, among what the scope opens; nothing when nothing fits."""
        return self.index.find(query, scope, limit)

    def close_to(self, tool_id: str) -> Sequence[str]:
        """Tools whose names are like one that does not exist, closest first."""
        return difflib.get_close_matches(tool_id, self.by_tool_id, n=_MOST_SUGGESTIONS, cutoff=_LEAST_LIKENESS)

    def _binding(self, scope: Scope) -> str:
        parts = [self.revision, sorted(set(scope.methods)), sorted(set(scope.tags)), sorted(set(scope.tools))]
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def build_catalog(
    entries: Sequence[Entry],
    resource_of: Mapping[str, str] | None = None,
    reasons: Mapping[str, Mapping[str, str]] | None = None,
    companions: Companions = Companions(),  # noqa: B008 - frozen
) -> Catalog:
    """Make a catalog of entries, in their order; their names are distinct.

    Args:
        resource_of: the resource of each tool, by tool id; without it, the record that it is about.
        reasons: why operations are no tools, by resource and method.
    """
    if resource_of is None:
        resource_of = {entry.tool.tool_id: entry.operation.entity.lower() for entry in entries}
    return Catalog(
        entries=tuple(entries),
        by_tool_id={entry.tool.tool_id: entry for entry in entries},
        revision=hashlib.sha256(msgspec.json.encode([entries, companions], order="sorted")).hexdigest()[:32],
        methods=tuple(sorted({entry.tool.method for entry in entries})),
        tags=tuple(sorted({tag for entry in entries for tag in entry.tool.tags})),
        resources=resources_of(entries, resource_of, reasons or {}),
        resource_of=resource_of,
        companions=companions,
        index=SearchIndex(entries, resource_of, companions.vocabulary),
    )


def _write_token(start: int, binding: str) -> str:
    return base64.urlsafe_b64encode(f"{binding}:{start}".encode()).decode()


def _read_token(token: str, binding: str, length: int) -> int:
    try:
        bound, _, start = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        position = int(start)
    except ValueError as error:
        raise PageTokenForeign() from error
    if bound != binding or not 0 < position < length:
        raise PageTokenForeign()
    return position

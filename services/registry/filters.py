"""Which tools a scope opens; the rule itself is `chassis.grants.Scope`, the one that the executor applies."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.grants import Scope
from services.registry.model import Entry


def select(entries: Iterable[Entry], scope: Scope) -> tuple[Entry, ...]:
    """The entries that the scope opens, in the order given."""
    return tuple(entry for entry in entries if scope.allows(entry.tool.method, entry.tool.tags, entry.tool.tool_id))

"""What changed between two looks at a company's books."""

from __future__ import annotations

from typing import Any

Paths = dict[str, tuple[Any, Any]]


def changes(before: dict[str, Any], after: dict[str, Any]) -> Paths:
    """Every leaf that differs, by its path, as (before, after); None stands for absent."""
    left, right = dict(_leaves(before)), dict(_leaves(after))
    return {
        path: (left.get(path), right.get(path))
        for path in sorted(left.keys() | right.keys())
        if left.get(path) != right.get(path)
    }


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in _leaves(part, f"{path}/{key}")]
    if isinstance(value, list):
        return [leaf for index, part in enumerate(value) for leaf in _leaves(part, f"{path}/{_name(part, index)}")]
    return [(path, value)]


def _name(part: Any, index: int) -> str:
    """Journal entries are named by what they belong to, so that a new one moves none of the others."""
    return f"{part['type']}-{part['id']}" if isinstance(part, dict) and {"type", "id"} <= part.keys() else str(index)

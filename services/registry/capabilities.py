"""Readiness: which operations are tools, why the others are not, and what a filter costs a model to read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from services.registry.model import Effect, Entry

# Words, numbers by threes and single signs: how the tokenizers of late 2026 cut JSON and English, near enough. A long
# word costs another token for every eight letters or so.
_PIECE = re.compile(r"[A-Za-z]+|[0-9]{1,3}|[^\sA-Za-z0-9]+")
_LETTERS_A_TOKEN = 9


@dataclass(frozen=True, kw_only=True)
class Capability:
    """One operation of a resource."""

    method: str
    tool_id: str
    """Empty when it is no tool."""
    missing: str
    """Why not; empty when it is one."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What can be done with one resource."""

    name: str
    """As its file is called: `invoice`."""
    capabilities: tuple[Capability, ...]


def resources_of(
    entries: Iterable[Entry], resources: Mapping[str, str], reasons: Mapping[str, Mapping[str, str]]
) -> tuple[Resource, ...]:
    """Put together what each resource can do.

    Args:
        resources: the resource of each tool, by tool id.
        reasons: why operations are no tools, by resource and method.
    """
    found: dict[str, list[Capability]] = {}
    for entry in entries:
        tool = entry.tool
        there = found.setdefault(resources[tool.tool_id], [])
        there.append(Capability(method=tool.method, tool_id=tool.tool_id, missing=""))
    for name, missing in reasons.items():
        there = found.setdefault(name, [])
        there.extend(Capability(method=method, tool_id="", missing=reason) for method, reason in missing.items())
    return tuple(Resource(name=name, capabilities=tuple(there)) for name, there in found.items())


def score_of(resources: Iterable[Resource]) -> int:
    """How many operations are tools, in percent, rounded down: only all of them are 100."""
    every = [capability for resource in resources for capability in resource.capabilities]
    return 100 * sum(1 for capability in every if capability.tool_id) // len(every) if every else 0


def listing_tokens(entries: Sequence[Entry]) -> int:
    """Tokens of tools as a model sees them, without output schemas, estimated."""
    return sum(estimated_tokens(_as_listed(entry)) for entry in entries)


def output_tokens(entries: Sequence[Entry]) -> int:
    """Tokens of tools' output schemas, estimated."""
    return sum(estimated_tokens(entry.tool.output_schema_json.decode()) for entry in entries)


def estimated_tokens(text: str) -> int:
    """Tokens of a text, from its words and signs: no tokenizer is needed, and none would fit every model."""
    return sum(1 + (len(piece) - 1) // _LETTERS_A_TOKEN for piece in _PIECE.findall(text))


def _as_listed(entry: Entry) -> str:
    tool = entry.tool
    shown = {
        "name": tool.tool_id,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": msgspec.Raw(tool.input_schema_json),
        "annotations": {
            "readOnlyHint": tool.effect is Effect.READ,
            "destructiveHint": tool.effect is Effect.DESTROY,
            "idempotentHint": tool.is_idempotent,
            "openWorldHint": tool.is_open_world,
        },
    }
    return msgspec.json.encode(shown).decode()

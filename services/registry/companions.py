"""What stands beside the definitions: the users' words, recommended filters, sources of free-text search."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from services.registry.definitions import Document
from services.registry.errors import Complaint


@dataclass(frozen=True, kw_only=True)
class Synonym:
    """Phrases of users, and the catalog's words for them."""

    say: tuple[str, ...]
    mean: str


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """How questions are read."""

    fillers: tuple[str, ...] = ()
    """Words that are taken out of questions and phrases before they are compared."""
    ignore: tuple[str, ...] = ()
    """Words that no phrase takes and that say nothing about the tool that is looked for."""
    synonyms: tuple[Synonym, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A filter that is recommended by name."""

    preset_id: str
    description: str
    methods: tuple[str, ...]
    tags: tuple[str, ...]
    tools: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KnowledgeSource:
    """One kind of record that free text may find."""

    kind: str
    list_tool: str
    get_tool: str
    text_query: str
    """With `{text}` inside of single quotes."""
    needs_digit: bool
    """It fits only texts with a digit, as document numbers have."""
    party: str
    """The kind that its records belong to; empty for none."""
    party_query: str
    """With `{id}` for a record of that kind."""
    title: str
    """Members of the record in braces."""
    link_path: str
    """With `{id}`."""


@dataclass(frozen=True, kw_only=True)
class Companions:
    """All of it; an integration may have none."""

    vocabulary: Vocabulary = Vocabulary()
    presets: tuple[Preset, ...] = ()
    knowledge: tuple[KnowledgeSource, ...] = ()


def read_companions(documents: Mapping[str, Document]) -> Companions:
    """Read valid documents, by kind: `synonyms`, `presets`, `knowledge`; each may be missing."""
    return Companions(
        vocabulary=_vocabulary(documents["synonyms"]) if "synonyms" in documents else Vocabulary(),
        presets=tuple(_presets(documents["presets"])) if "presets" in documents else (),
        knowledge=tuple(_knowledge(documents["knowledge"])) if "knowledge" in documents else (),
    )


def check_companions(documents: Mapping[str, Document], tools: Collection[str]) -> Iterator[Complaint]:
    """Complain of tools that are named and that the catalog does not have."""
    for name, preset in documents["presets"].content.items() if "presets" in documents else ():
        for position, tool in enumerate(preset.get("tools", ())):
            if tool not in tools:
                yield documents["presets"].complaint((name, "tools", position), f"there is no tool {tool}")
    for kind, source in documents["knowledge"].content["kinds"].items() if "knowledge" in documents else ():
        for key in ("list", "get"):
            if source[key] not in tools:
                yield documents["knowledge"].complaint(("kinds", kind, key), f"there is no tool {source[key]}")


def _vocabulary(document: Document) -> Vocabulary:
    phrases = document.content["phrases"]
    return Vocabulary(
        fillers=tuple(document.content["fillers"]),
        ignore=tuple(document.content["ignore"]),
        synonyms=tuple(Synonym(say=tuple(phrase["say"]), mean=phrase["mean"]) for phrase in phrases),
    )


def _presets(document: Document) -> Iterator[Preset]:
    for name, preset in sorted(document.content.items()):
        yield Preset(
            preset_id=name,
            description=preset["description"],
            methods=tuple(preset["methods"]),
            tags=tuple(preset.get("tags", ())),
            tools=tuple(preset.get("tools", ())),
        )


def _knowledge(document: Document) -> Iterator[KnowledgeSource]:
    for kind, source in document.content["kinds"].items():
        yield KnowledgeSource(
            kind=kind,
            list_tool=source["list"],
            get_tool=source["get"],
            text_query=source["find"],
            needs_digit=source.get("needs_digit", False),
            party=source.get("party", ""),
            party_query=source.get("of_party", ""),
            title=source["title"],
            link_path=source["link"],
        )

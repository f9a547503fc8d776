"""Definition files: YAML read with its line numbers, so that every complaint names file, line and key.

Only what JSON has is understood: a plain `no` or a date is a text here, and an anchor is repeated as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import yaml

from services.registry.errors import CatalogBroken, Complaint

Path = tuple[str | int, ...]
"""Keys and positions from the root of a file to a value."""

_WORDS = {"true": True, "false": False, "null": None}
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)")

# Deeper than any definition needs; an anchor that contains itself ends here instead of never.
_MAX_DEPTH = 40

# The C parser is some ten times faster; wheels of every platform carry it.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file: its content, and the line of each of its keys."""

    file: str
    content: Any
    lines: Mapping[Path, int]

    def complaint(self, path: Path, problem: str) -> Complaint:
        """A complaint about the value at `path`, or about the nearest thing above it that the file has."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Complaint(file=self.file, line=self.lines.get(known, 0), key=".".join(map(str, path)), problem=problem)


def parse_document(file: str, text: str) -> Document:
    """Read one YAML file.

    Args:
        file: its name, for complaints.

    Raises:
        CatalogBroken: it is not YAML, is empty, or repeats a key.
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise CatalogBroken([_syntax_complaint(file, error)]) from error
    if root is None:
        raise CatalogBroken([Complaint(file=file, line=0, key="", problem="the file is empty")])
    reader = _Reader(file)
    content = reader.read(root, ())
    if reader.complaints:
        raise CatalogBroken(reader.complaints)
    return Document(file=file, content=content, lines=reader.lines)


def check_document(document: Document, validator: jsonschema_rs.Validator) -> list[Complaint]:
    """What a schema of `catalog/resource.schema.json` has against a file."""
    return [complaint for error in validator.iter_errors(document.content) for complaint in _explain(document, error)]


class _Reader:
    """Turns YAML nodes into values, noting lines on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.complaints: list[Complaint] = []

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > _MAX_DEPTH:
            self._complain(node, path, "nested too deeply; does an anchor contain itself?")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _read_mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            inner = (*path, key)
            if key in content:
                self._complain(key_node, inner, "the key stands here twice")
            self.lines[inner] = key_node.start_mark.line + 1
            content[key] = self.read(value_node, inner)
        return content

    def _complain(self, node: yaml.Node, path: Path, problem: str) -> None:
        line = node.start_mark.line + 1
        key = ".".join(map(str, path[:8]))
        self.complaints.append(Complaint(file=self.file, line=line, key=key, problem=problem))


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    # Quoted and folded scalars are always texts. The C parser gives plain ones the style "", the other one None.
    if getattr(node, "style", None):
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _syntax_complaint(file: str, error: yaml.YAMLError) -> Complaint:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return Complaint(file=file, line=mark.line + 1 if mark else 0, key="", problem=f"not YAML: {problem}")


def _explain(document: Document, error: jsonschema_rs.ValidationError) -> Iterator[Complaint]:
    path: Path = tuple(error.instance_path)
    kind = error.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        for key in kind.unexpected:
            yield document.complaint((*path, key), "this key is not known here; see catalog/resource.schema.json")
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield document.complaint((*path, kind.property), "this key is missing")
    else:
        yield document.complaint(path, error.message)

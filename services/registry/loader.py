"""Read a folder of definitions into a catalog: whole, or not at all, with every complaint at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import jsonschema_rs
import msgspec

from services.registry.catalog import Catalog, build_catalog
from services.registry.companions import check_companions, read_companions
from services.registry.definitions import Document, check_document, parse_document
from services.registry.derivation import derive_entry
from services.registry.errors import CatalogBroken, Complaint
from services.registry.files import DefinitionFile, DefinitionFiles, read_files, unreadable
from services.registry.model import Entry
from services.registry.resources import define_resource
from services.registry.schemas import SchemaLibrary

CATALOG_ROOT = Path(__file__).resolve().parents[2] / "catalog"
"""The definitions that ship with Daybook, and the schema of all definition files."""

DEFAULTS_FILE = "_defaults.yaml"
SHAPES_FILE = "types.yaml"
UNFILED = "other"
"""The resource under which stands what no file is about."""
COMPANION_FILES = {"synonyms.yaml": "synonyms", "presets.yaml": "presets", "knowledge.yaml": "knowledge"}
"""Files that are no resources, by name, with their definition in `catalog/companions.schema.json`."""

Made = TypeVar("Made")


class _Complaints:
    """Collects what is wrong, so that one attempt to load says everything."""

    def __init__(self) -> None:
        self._all: list[Complaint] = []

    def attempt(self, make: Callable[[], Made]) -> Made | None:
        """What `make` makes, or None with its complaints kept."""
        try:
            return make()
        except CatalogBroken as broken:
            self._all.extend(broken.complaints)
            return None

    def add(self, complaints: Iterable[Complaint]) -> None:
        self._all.extend(complaints)

    def settle(self) -> None:
        """Raise what was collected, if anything was."""
        if self._all:
            raise CatalogBroken(self._all)


def load_catalog(folder: Path, overrides: Path | None = None) -> Catalog:
    """Build the catalog of one integration.

    Args:
        folder: holds `_defaults.yaml`, one file a resource, and `schemas/`; it may hold `COMPANION_FILES`.
        overrides: a folder whose files replace or add to those, by name.

    Raises:
        CatalogBroken: anything is wrong with any file.
    """
    return catalog_of(read_files(folder, overrides))


def catalog_of(files: DefinitionFiles) -> Catalog:
    """Build the catalog that files describe.

    Raises:
        CatalogBroken: anything is wrong with any file.
    """
    complaints = _Complaints()
    defaults = complaints.attempt(partial(_defaults, files))
    resources = _valid(_resource_files(files), "resource", complaints)
    schemas = [
        document
        for file in files.below("schemas/")
        for document in _valid([file], "shapes" if file.name == f"schemas/{SHAPES_FILE}" else "record", complaints)
    ]
    companions = _companions(files, complaints)
    complaints.settle()
    assert defaults is not None
    library = SchemaLibrary({Path(document.file).name: document for document in schemas})
    derived = [(document, _entries(document, defaults, library, complaints)) for document in resources]
    complaints.add(_repeats(derived))
    complaints.settle()
    resource_of = {e.tool.tool_id: Path(document.file).stem for document, entries in derived for e in entries}
    complaints.add(check_companions(companions, resource_of))
    complaints.settle()
    return build_catalog(
        [entry for _, entries in derived for entry in entries],
        resource_of,
        _reasons([*(document for document, _ in derived), defaults]),
        read_companions(companions),
    )


def _defaults(files: DefinitionFiles) -> Document:
    if not any(_resource_files(files)):
        raise CatalogBroken([Complaint(file=DEFAULTS_FILE, line=0, key="", problem="no definition file beside it")])
    file = files.named(DEFAULTS_FILE)
    if file is None:
        raise CatalogBroken([unreadable(DEFAULTS_FILE, "there is no such file")])
    return _parse(file, _validator("defaults"))


def _resource_files(files: DefinitionFiles) -> Iterator[DefinitionFile]:
    return (file for file in files.below("") if file.name not in (DEFAULTS_FILE, *COMPANION_FILES))


def _companions(files: DefinitionFiles, complaints: _Complaints) -> dict[str, Document]:
    named = {kind: files.named(name) for name, kind in COMPANION_FILES.items()}
    valid = {kind: _valid([file], kind, complaints) for kind, file in named.items() if file is not None}
    return {kind: documents[0] for kind, documents in valid.items() if documents}


def _valid(files: Iterable[DefinitionFile], kind: str, complaints: _Complaints) -> list[Document]:
    """The files that are valid as `kind`; what is wrong with the others is kept."""
    validator = _validator(kind)
    attempts = [complaints.attempt(partial(_parse, file, validator)) for file in files]
    return [document for document in attempts if document is not None]


@cache
def _validator(kind: str) -> jsonschema_rs.Validator:
    """What checks a file as `kind`, a definition of one of the two schemas of definition files."""
    name = "companions" if kind in COMPANION_FILES.values() else "resource"
    definitions = msgspec.json.decode((CATALOG_ROOT / f"{name}.schema.json").read_bytes())["$defs"]
    return jsonschema_rs.validator_for({"$ref": f"#/$defs/{kind}", "$defs": definitions})


def _parse(file: DefinitionFile, validator: jsonschema_rs.Validator) -> Document:
    document = parse_document(file.label, file.text)
    problems = check_document(document, validator)
    if problems:
        raise CatalogBroken(problems)
    return document


def _reasons(documents: Iterable[Document]) -> dict[str, Mapping[str, str]]:
    """Why operations are no tools, by resource; what has no file stands in the defaults."""
    found = {Path(document.file).stem: document.content.get("not_a_tool", {}) for document in documents}
    unfiled: Mapping[str, str] = found.pop(Path(DEFAULTS_FILE).stem, {})
    return {name: reasons for name, reasons in found.items() if reasons} | ({UNFILED: unfiled} if unfiled else {})


def _entries(document: Document, defaults: Document, library: SchemaLibrary, complaints: _Complaints) -> list[Entry]:
    resource = complaints.attempt(partial(define_resource, document, defaults.content, library))
    record = complaints.attempt(partial(library.record, document.content.get("schema", "")))
    if resource is None or record is None:
        return []
    derive = partial(derive_entry, document, resource, record=record)
    entries = [complaints.attempt(partial(derive, method)) for method in resource.methods]
    return [entry for entry in entries if entry is not None]


def _repeats(derived: Iterable[tuple[Document, list[Entry]]]) -> Iterator[Complaint]:
    """Tools whose name another one has already."""
    owners: dict[str, str] = {}
    for document, entries in derived:
        for entry in entries:
            name = entry.tool.tool_id
            if name in owners:
                path = ("methods", entry.tool.method, "tool")
                yield document.complaint(path, f"{name} is the name of a tool in {owners[name]} already")
            owners.setdefault(name, document.file)

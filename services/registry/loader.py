"""Read a folder of definitions into a catalog: whole, or not at all, with every complaint at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import jsonschema_rs
import msgspec

from services.registry.catalog import Catalog, build_catalog
from services.registry.definitions import Document, check_document, parse_document
from services.registry.derivation import derive_entry
from services.registry.errors import CatalogBroken, Complaint
from services.registry.model import Entry
from services.registry.resources import define_resource
from services.registry.schemas import SchemaLibrary

CATALOG_ROOT = Path(__file__).resolve().parents[2] / "catalog"
"""The definitions that ship with Daybook, and the schema of all definition files."""

DEFAULTS_FILE = "_defaults.yaml"
SHAPES_FILE = "types.yaml"

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


def load_catalog(folder: Path) -> Catalog:
    """Build the catalog of one integration.

    Args:
        folder: holds `_defaults.yaml`, one file a resource, and `schemas/`.

    Raises:
        CatalogBroken: anything is wrong with any file.
    """
    complaints = _Complaints()
    files = _files(folder, but=DEFAULTS_FILE)
    if not files:
        complaints.add(
            [Complaint(file=DEFAULTS_FILE, line=0, key="", problem=f"no definition file beside it in {folder}")]
        )
    defaults = _read(folder, [folder / DEFAULTS_FILE], "defaults", complaints)
    resources = _read(folder, files, "resource", complaints)
    shapes = _read(folder, (folder / "schemas").glob(SHAPES_FILE), "shapes", complaints)
    records = _read(folder, _files(folder / "schemas", but=SHAPES_FILE), "record", complaints)
    complaints.settle()
    library = SchemaLibrary({Path(document.file).name: document for document in (*shapes, *records)})
    derived = [(document, _entries(document, defaults[0], library, complaints)) for document in resources]
    complaints.add(_repeats(derived))
    complaints.settle()
    return build_catalog([entry for _, entries in derived for entry in entries])


def _files(folder: Path, but: str) -> list[Path]:
    return sorted(path for path in folder.glob("*.yaml") if path.name != but)


def _read(folder: Path, files: Iterable[Path], kind: str, complaints: _Complaints) -> list[Document]:
    """The files that are valid as `kind`, a definition of `catalog/resource.schema.json`."""
    validator = _validator(kind)
    documents: list[Document] = []
    for path in files:
        document = complaints.attempt(partial(_parse, folder, path))
        if document is None:
            continue
        problems = check_document(document, validator)
        complaints.add(problems)
        if not problems:
            documents.append(document)
    return documents


def _validator(kind: str) -> jsonschema_rs.Validator:
    definitions = msgspec.json.decode((CATALOG_ROOT / "resource.schema.json").read_bytes())["$defs"]
    return jsonschema_rs.validator_for({"$ref": f"#/$defs/{kind}", "$defs": definitions})


def _parse(folder: Path, path: Path) -> Document:
    name = path.relative_to(folder).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"can't be read as UTF-8 text: {error}"
        raise CatalogBroken([Complaint(file=name, line=0, key="", problem=problem)]) from error
    return parse_document(name, text)


def _entries(document: Document, defaults: Document, library: SchemaLibrary, complaints: _Complaints) -> list[Entry]:
    resource = complaints.attempt(partial(define_resource, document, defaults.content))
    record = complaints.attempt(partial(library.record, document.content["schema"]))
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

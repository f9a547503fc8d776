"""The definition files of one catalog, read at once: a folder's, with an override folder's laid over them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.registry.errors import CatalogBroken, Complaint

OVERRIDES = "overrides"
"""How complaints call the override folder."""

# A ConfigMap has no folders, and its keys no slashes.
_FLAT_SCHEMAS = "schemas."
_SCHEMAS = "schemas/"


@dataclass(frozen=True, kw_only=True)
class DefinitionFile:
    """One file."""

    name: str
    """Below its folder, as in `schemas/invoice.yaml`."""
    label: str
    """For complaints: its name, and whether it is an override."""
    text: str


@dataclass(frozen=True, kw_only=True)
class DefinitionFiles:
    """All files of a catalog at one moment."""

    files: tuple[DefinitionFile, ...]
    """In the order of their names."""
    digest: str
    """Changes with any name or content."""

    def named(self, name: str) -> DefinitionFile | None:
        """The file of that name."""
        return next((file for file in self.files if file.name == name), None)

    def below(self, folder: str) -> Iterator[DefinitionFile]:
        """The files directly in a folder, as in `schemas/`; an empty name is the root."""
        return (f for f in self.files if f.name.startswith(folder) and "/" not in f.name[len(folder) :])


def read_files(folder: Path, overrides: Path | None = None) -> DefinitionFiles:
    """Read the files of a catalog.

    Args:
        overrides: a folder whose files replace those of the same name, or are added. `schemas.invoice.yaml` there is
            `schemas/invoice.yaml`.

    Raises:
        CatalogBroken: a file can't be read, the override folder is not there, or has files that are no definitions.
    """
    paths = {name: (name, path) for name, path in _paths(folder)}
    if overrides is not None:
        paths |= {name: (f"{OVERRIDES}/{name}", path) for name, path in _override_paths(overrides)}
    files = tuple(_read(name, label, path) for name, (label, path) in sorted(paths.items()))
    parts = "".join(f"{len(file.name)}:{file.name}{len(file.text)}:{file.text}" for file in files)
    return DefinitionFiles(files=files, digest=hashlib.sha256(parts.encode()).hexdigest())


def _paths(folder: Path) -> Iterator[tuple[str, Path]]:
    yield from ((path.name, path) for path in folder.glob("*.yaml"))
    yield from ((f"{_SCHEMAS}{path.name}", path) for path in (folder / "schemas").glob("*.yaml"))


def _override_paths(folder: Path) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir():
        raise CatalogBroken([Complaint(file=OVERRIDES, line=0, key="", problem=f"there is no folder {folder}")])
    for path in folder.iterdir():
        # A mounted ConfigMap keeps its versions in hidden folders.
        if path.name.startswith(".") or path.is_dir():
            continue
        if path.suffix != ".yaml":
            problem = "only files that end in .yaml are definitions; rename it or take it away"
            raise CatalogBroken([Complaint(file=f"{OVERRIDES}/{path.name}", line=0, key="", problem=problem)])
        flat = path.name.removeprefix(_FLAT_SCHEMAS)
        yield (f"{_SCHEMAS}{flat}" if flat != path.name else flat), path
    yield from ((f"{_SCHEMAS}{path.name}", path) for path in (folder / "schemas").glob("*.yaml"))


def _read(name: str, label: str, path: Path) -> DefinitionFile:
    try:
        return DefinitionFile(name=name, label=label, text=path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogBroken([unreadable(label, error)]) from error


def unreadable(label: str, error: object) -> Complaint:
    """What is said of a file that is absent or no text."""
    return Complaint(file=label, line=0, key="", problem=f"can't be read as UTF-8 text: {error}")

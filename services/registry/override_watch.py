"""The override folder while the room runs: looked at every few seconds, swapped whole or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from services.registry.catalog import Catalog
from services.registry.errors import CatalogBroken
from services.registry.files import DefinitionFiles, read_files
from services.registry.loader import catalog_of

log = logging.getLogger(__name__)


class OverrideWatch:
    """Follows an override folder. The catalog that is served stays while what the folder holds is broken."""

    def __init__(
        self, folder: Path, overrides: Path, swap: Callable[[Catalog], None], complain: Callable[[Sequence[str]], None]
    ) -> None:
        """Take what to read and whom to tell.

        Args:
            swap: takes a new catalog.
            complain: takes what is wrong with definitions that were refused.
        """
        self._folder = folder
        self._overrides = overrides
        self._swap = swap
        self._complain = complain
        self._seen = ""
        self._refused: tuple[str, ...] = ()

    def start_from(self, files: DefinitionFiles) -> None:
        """Say what is served already."""
        self._seen = files.digest

    async def follow(self, pause: timedelta) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(pause.total_seconds())
            try:
                await self.look()
            except Exception:
                # Whatever it was, the catalog that is served is sound, and the next look may succeed.
                log.exception("the override folder could not be looked at")

    async def look(self) -> None:
        """Read the folder once; load it if anything is new in it."""
        # Files and YAML are read beside the event loop: the whole catalog takes a good part of a second.
        try:
            files = await asyncio.to_thread(read_files, self._folder, self._overrides)
        except CatalogBroken as broken:
            # What could not be read has no digest; whatever is read next counts as new.
            self._seen = ""
            self._refuse(broken)
            return
        if files.digest == self._seen:
            return
        self._seen = files.digest
        try:
            catalog = await asyncio.to_thread(catalog_of, files)
        except CatalogBroken as broken:
            self._refuse(broken)
            return
        self._refused = ()
        self._swap(catalog)
        log.info("catalog replaced", extra={"tools": len(catalog.entries), "revision": catalog.revision})

    def _refuse(self, broken: CatalogBroken) -> None:
        problems = tuple(str(complaint) for complaint in broken.complaints)
        # A file that can't be read is met at every look, and complained of once.
        if problems == self._refused:
            return
        self._refused = problems
        self._complain(problems)
        for problem in problems:
            log.error("override refused; the catalog before it is served", extra={"problem": problem})

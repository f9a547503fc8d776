"""The registry room, wired: settings → catalog → servicer → server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import logs, settings, telemetry
from chassis.server import RoomServer
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from services.registry.files import DefinitionFiles, read_files
from services.registry.loader import catalog_of
from services.registry.override_watch import OverrideWatch
from services.registry.servicer import SERVICE, CatalogServicer
from services.registry.settings import RegistrySettings

ROOM = "registry"

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_room(room_settings: RegistrySettings) -> AsyncIterator[RoomServer]:
    """Build the room and serve it for as long as the context lasts.

    Raises:
        CatalogBroken: the definitions can't be served; the message names file, line and key of each fault.
        SettingsError: the address can't be bound.
    """
    files = read_files(room_settings.catalog_folder, room_settings.catalog_overrides)
    catalog = catalog_of(files)
    log.info("catalog loaded", extra={"tools": len(catalog.entries), "revision": catalog.revision})
    servicer = CatalogServicer(catalog)
    server = RoomServer(ROOM, room_settings.listen, tls=room_settings.tls)
    server.register(wire.add_CatalogServiceServicer_to_server, servicer, SERVICE)
    await server.start()
    try:
        async with _following(room_settings, files, servicer):
            yield server
    finally:
        await server.drain()


@asynccontextmanager
async def _following(
    room_settings: RegistrySettings, files: DefinitionFiles, servicer: CatalogServicer
) -> AsyncIterator[None]:
    """Take changes of the override folder, if there is one, for as long as the context lasts."""
    if room_settings.catalog_overrides is None:
        yield
        return
    watch = OverrideWatch(
        room_settings.catalog_folder, room_settings.catalog_overrides, servicer.replace, servicer.note_problems
    )
    watch.start_from(files)
    following = asyncio.create_task(watch.follow(room_settings.overrides_pause))
    try:
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def serve() -> None:
    """Run the room until the process is told to stop."""
    logs.setup(ROOM)
    meters = telemetry.setup(ROOM)
    try:
        async with open_room(settings.load(RegistrySettings)) as server:
            await server.wait()
    finally:
        meters.shutdown()

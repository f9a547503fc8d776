"""The registry room, wired: settings → catalog → servicer → server."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import logs, settings, telemetry
from chassis.server import RoomServer
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from services.registry.loader import load_catalog
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
    catalog = load_catalog(room_settings.catalog_folder)
    log.info("catalog loaded", extra={"tools": len(catalog.entries), "revision": catalog.revision})
    server = RoomServer(ROOM, room_settings.listen, tls=room_settings.tls)
    server.register(wire.add_CatalogServiceServicer_to_server, CatalogServicer(catalog), SERVICE)
    await server.start()
    try:
        yield server
    finally:
        await server.drain()


async def serve() -> None:
    """Run the room until the process is told to stop."""
    logs.setup(ROOM)
    meters = telemetry.setup(ROOM)
    try:
        async with open_room(settings.load(RegistrySettings)) as server:
            await server.wait()
    finally:
        meters.shutdown()

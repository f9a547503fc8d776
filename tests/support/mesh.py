"""The real mesh, as `daybook up` starts it, and what tests do with it: connect, create servers, look at the books."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.support.collector import Collector

ROOT = Path(__file__).resolve().parents[2]
EVERY_METHOD = ("read", "write", "custom")
READY_WITHIN_SECONDS = 60
ROOMS = ("auth", "registry", "executor", "mcp_edge", "console")


@dataclass(frozen=True, kw_only=True)
class Made:
    """An MCP server that a test made."""

    id: str
    """Its id in the REST API."""
    url: str
    """Its URL, token included."""
    connection: str
    """The integrated account it is over."""

    @property
    def token(self) -> str:
        """The secret part of the URL."""
        return self.url.rpartition("/")[2]


class Mesh:
    """A running `daybook up`, and the few things that tests ask of it."""

    def __init__(self, process: subprocess.Popen[str], state: dict[str, Any], folder: Path, log: Path) -> None:
        self.process = process
        self.state = state
        self.folder = folder
        self.log = log
        token = Path(state["api_token_file"]).read_text(encoding="utf-8").strip()
        self.console = httpx2.Client(
            base_url=state["console_url"], headers={"authorization": f"Bearer {token}"}, timeout=30
        )
        self.sandbox = httpx2.Client(base_url=state["sandbox_url"], timeout=30)
        self._realms = iter(range(9_341_000_000_000_001, 9_342_000_000_000_000))

    def fresh_realm(self) -> str:
        """A realm id that no other test has: its books are its own."""
        return str(next(self._realms))

    def connect(self, realm: str | None = None) -> str:
        """Connect a company through the real OAuth redirects and return its id."""
        realm = realm or self.fresh_realm()
        begun = self._managed("POST", "/connect").json()
        approve = f"{begun['authorize_url']}&sandbox_decision=approve&sandbox_realm={realm}"
        redirect = self.sandbox.get(approve, follow_redirects=False)
        assert redirect.status_code in {302, 303}, redirect.text
        answer = self.console.get(redirect.headers["location"], headers={"accept": "application/json"})
        answer.raise_for_status()
        assert parse_qs(urlsplit(redirect.headers["location"]).query)["realmId"] == [realm]
        return realm

    def create_server(
        self,
        connection: str | None = None,
        methods: tuple[str, ...] = EVERY_METHOD,
        tags: tuple[str, ...] = (),
        expires_at: str | None = None,
        **config: Any,
    ) -> Made:
        """Make an MCP server by REST, over a freshly connected company unless one is named.

        Args:
            config: further members of its config; a preset stands in place of methods and tags.
        """
        connection = connection or self.connect()
        if "preset" not in config:
            config |= {"methods": list(methods)} | ({"tags": list(tags)} if tags else {})
        body = {"name": "Test", "config": config} | ({"expires_at": expires_at} if expires_at else {})
        made = self._managed("POST", f"/integrated-account/{connection}/mcp", json=body).json()
        return Made(id=made["id"], url=made["url"], connection=connection)

    def _managed(self, method: str, path: str, **request: Any) -> httpx2.Response:
        """A management call, repeated while a room that an earlier test killed is still on its way back."""
        end = time.monotonic() + READY_WITHIN_SECONDS
        while (answer := self.console.request(method, path, **request)).status_code == 503:
            assert time.monotonic() < end, answer.text
        return answer.raise_for_status()

    def revoke_server(self, made: Made) -> None:
        """Revoke an MCP server by REST."""
        self.console.delete(f"/integrated-account/{made.connection}/mcp/{made.id}").raise_for_status()

    def books(self, realm: str) -> dict[str, Any]:
        """Everything the sandbox holds of one company, in a stable order."""
        books: dict[str, Any] = self.sandbox.get(f"/_sandbox/companies/{realm}/books").raise_for_status().json()
        return books

    def requests(self, realm: str) -> list[dict[str, Any]]:
        """What one company was asked, oldest first."""
        answer = self.sandbox.get("/_sandbox/requests", params={"realm": realm}).raise_for_status().json()
        return list(answer["requests"])

    def refreshes(self, realm: str) -> int:
        """How often one company's tokens were refreshed."""
        counters = self.sandbox.get("/_sandbox/counters").raise_for_status().json()
        return int(counters["refreshes"].get(realm, 0))

    def room(self, name: str) -> dict[str, Any]:
        """Where a room runs: pid, port, address; read anew, since the supervisor may have restarted it."""
        state = json.loads((self.folder / "up.json").read_text(encoding="utf-8"))
        room: dict[str, Any] = state["rooms"][name]
        return room

    def kill(self, name: str) -> None:
        """End a room, or the Valkey, as a crash would; the supervisor starts it again."""
        # A frozen one may have been noticed and ended already.
        with suppress(ProcessLookupError):
            os.kill(self._pid(name), signal.SIGKILL)

    def freeze(self, name: str) -> None:
        """Hold a room, or the Valkey, still: it is there and does not answer. The supervisor notices after seconds."""
        os.kill(self._pid(name), signal.SIGSTOP)

    def _pid(self, name: str) -> int:
        state = json.loads((self.folder / "up.json").read_text(encoding="utf-8"))
        process = state["valkey"] if name == "valkey" else state["rooms"][name]
        return int(process["pid"])

    def order_fault(self, realm: str, **order: Any) -> None:
        """Order trouble for one company's next matching request (see the sandbox's control API)."""
        self.sandbox.post("/_sandbox/faults", json={"realm_id": realm, **order}).raise_for_status()

    def wait_for_snapshot(self, realm: str) -> None:
        """Wait until the sandbox has put a company and its tokens on disk, which it does within a second or so."""
        end = time.monotonic() + READY_WITHIN_SECONDS
        while realm not in (self.folder / "sandbox.json").read_text(encoding="utf-8"):
            assert time.monotonic() < end, f"the sandbox did not save {realm}"

    def wait_for_faults(self) -> None:
        """Wait until every ordered fault has been taken by a request."""
        end = time.monotonic() + READY_WITHIN_SECONDS
        while self.sandbox.get("/_sandbox/faults").raise_for_status().json()["faults"]:
            assert time.monotonic() < end, "no request took the fault that was ordered"

    def close(self) -> None:
        """End `daybook up` as Ctrl-C does."""
        self.console.close()
        self.sandbox.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)


@contextmanager
def running_mesh(
    folder: Path,
    collector: Collector | None = None,
    port_base: int | None = None,
    variables: dict[str, str] | None = None,
) -> Iterator[Mesh]:
    """Start `daybook up` over a folder and stop it in the end.

    Args:
        collector: where every room exports its spans; none without.
        port_base: first of the mesh's ports; a free block by default.
        variables: settings that every room inherits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "up.log"
    command = [sys.executable, "-m", "cli", "up", "--data-dir", str(folder), "--json"]
    command += ["--port-base", str(port_base or free_port_base())]
    with log.open("w") as sink:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(collector) | (variables or {}),
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
        )
    try:
        mesh = Mesh(process, _state_when_ready(process, log), folder, log)
    except BaseException:
        process.kill()
        process.wait(10)
        raise
    try:
        yield mesh
    finally:
        mesh.close()
        if process.stdout is not None:
            process.stdout.close()


def environment(collector: Collector | None) -> dict[str, str]:
    """The tests' own environment, with the import roots and, if wanted, an OTLP endpoint."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "DAYBOOK_"))}
    environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{ROOT / 'stubs'}"
    if collector is not None:
        environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{collector.port}"
        environ["OTEL_BSP_SCHEDULE_DELAY"] = "100"
    return environ


def free_port_base() -> int:
    """A port with a hundred free ones above it, as far as can be told."""
    for base in range(20_000, 60_000, 200):
        if all(_is_free(base + offset) for offset in (0, 1, 2, 3, 4, 90)):
            return base
    raise AssertionError("no free block of ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _state_when_ready(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    assert process.stdout is not None
    started = time.monotonic()
    for line in process.stdout:
        if line.startswith("{"):
            state: dict[str, Any] = json.loads(line)
            return state
        assert time.monotonic() - started < READY_WITHIN_SECONDS, log.read_text(encoding="utf-8")[-4000:]
    raise AssertionError(f"`daybook up` ended before it was ready:\n{log.read_text(encoding='utf-8')[-4000:]}")

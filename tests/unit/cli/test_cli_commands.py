"""What a person types and what comes of it."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from cli.announce import Announcer, readable
from cli.call import read_arguments, split_words
from cli.errors import CommandFailed
from cli.first_run import SERVER_NAME, ensure_url, kept_url
from cli.main import main
from cli.plan import RoomPlan, Wire
from cli.processes import Supervisor
from cli.servers import ServerOptions, line_of, the_connection, wish_of
from cli.state import DataFolder
from cli.up import first_end

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SCHEMA = {
    "properties": {
        "id": {"type": "string"},
        "limit": {"type": "integer"},
        "Line": {"type": "array"},
        "Active": {"type": "boolean"},
    }
}


class FakeManagement:
    """A console that remembers."""

    def __init__(self, connections: list[dict[str, Any]], servers: list[dict[str, Any]]) -> None:
        self._connections = connections
        self._servers = servers
        self.revoked: list[str] = []
        self.wishes: list[dict[str, Any]] = []

    def connections(self) -> list[dict[str, Any]]:
        return self._connections

    def servers(self, connection: str) -> list[dict[str, Any]]:
        return self._servers

    def create_server(self, connection: str, wish: dict[str, Any]) -> dict[str, Any]:
        self.wishes.append(wish)
        return {"url": "http://127.0.0.1:8700/mcp/dbm_new", "warnings": []}

    def revoke_server(self, connection: str, server: str) -> None:
        self.revoked.append(server)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(root=tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run `daybook` with these words; its exit code."""
    monkeypatch.setattr(sys, "argv", ["daybook", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("word", "arguments"),
    [
        ("id=42", {"id": "42"}),
        ("limit=5", {"limit": 5}),
        ("Active=true", {"Active": True}),
        ('Line=[{"Amount": 1}]', {"Line": [{"Amount": 1}]}),
        ("limit=many", {"limit": "many"}),
        ("query=select * from Invoice where Id = '1'", {"query": "select * from Invoice where Id = '1'"}),
        ("unknown=5", {"unknown": 5}),
        ("id=", {"id": ""}),
    ],
)
def test_an_argument_becomes_what_the_schema_wants(word: str, arguments: dict[str, Any]) -> None:
    """QuickBooks ids are texts of digits; a number there would be refused."""
    assert read_arguments(split_words([word]), SCHEMA) == arguments


@pytest.mark.parametrize("word", ["limit", "=5", ""])
def test_an_argument_without_a_name_is_wrong_usage(word: str) -> None:
    """Exit code 2 tells a script that the call was never made."""
    with pytest.raises(CommandFailed, match="expected key=value") as raised:
        split_words([word])
    assert raised.value.exit_code == 2


def test_help_needs_none_of_the_heavy_imports() -> None:
    """Help must answer at once; the mesh's libraries take a second to import."""
    program = "import sys, cli.main; print(sorted({'grpc', 'mcp', 'httpx2', 'redis', 'starlette'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("words", [("status",), ("tools",), ("call", "some_tool"), ("servers", "list"), ("connect",)])
def test_without_a_mesh_each_command_says_what_to_do(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One line, on standard error, with the next step."""
    code = run(monkeypatch, *words, "--data-dir", str(tmp_path))
    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (1, "", 1)
    assert f"no mesh runs over {tmp_path}: start one with `daybook up`, or name" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "kitchen"),
        ("up", "--port-base", "80"),
        ("call", "a", "b", "c"),
        ("call", "t", "--arg", "a=1", "--args-json", "{}"),
        ("servers", "create"),
    ],
)
def test_wrong_usage_is_exit_code_2(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """As every command line does."""
    assert run(monkeypatch, *words) == 2


def test_an_api_token_comes_from_the_environment_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """On the command line it would show in the process list."""
    monkeypatch.setenv("DAYBOOK_CONSOLE_URL", "http://127.0.0.1:1")
    assert run(monkeypatch, "servers", "list", "--data-dir", str(tmp_path)) == 1
    assert "set DAYBOOK_API_TOKEN_FILE or DAYBOOK_API_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("DAYBOOK_API_TOKEN", "canary-token-5521")
    assert run(monkeypatch, "servers", "list", "--data-dir", str(tmp_path)) == 1
    said = capsys.readouterr()
    assert "the console at http://127.0.0.1:1 does not answer" in said.err
    assert "canary-token-5521" not in said.err + said.out


def test_a_server_is_asked_for_with_what_was_named_only() -> None:
    """What is left out is the console's to choose: least privilege."""
    full = wish_of("n", ServerOptions(methods=("read", "write"), tags=("crm",)), "1h", NOW)
    shown = ServerOptions(preset="chatgpt", exposure="discovery", company_knowledge=True)
    assert wish_of("n", ServerOptions(), None, NOW) == {"name": "n", "config": {}}
    assert wish_of("n", shown, None, NOW)["config"] == {
        "preset": "chatgpt",
        "tool_exposure": "discovery",
        "company_knowledge": True,
    }
    assert full == {
        "name": "n",
        "config": {"methods": ["read", "write"], "tags": ["crm"]},
        "expires_at": "2026-11-22T13:00:00Z",
    }
    with pytest.raises(CommandFailed, match="--expires-in: expected a duration"):
        wish_of("n", ServerOptions(), "soon", NOW)


def test_the_only_company_need_not_be_named() -> None:
    """With two, guessing would open the wrong books."""
    one, two = {"id": "1111"}, {"id": "2222"}
    assert the_connection(FakeManagement([one], []), None) == "1111"  # type: ignore[arg-type]
    with pytest.raises(CommandFailed, match="one of 1111, 2222"):
        the_connection(FakeManagement([one, two], []), None)  # type: ignore[arg-type]
    with pytest.raises(CommandFailed, match="daybook connect"):
        the_connection(FakeManagement([], []), None)  # type: ignore[arg-type]


def test_a_kept_address_is_used_again_on_the_present_port(folder: DataFolder) -> None:
    """A second `up` must not break the client that has the address."""
    folder.url_file.write_text("http://127.0.0.1:8700/mcp/dbm_kept\n")
    console = FakeManagement([{"id": "1", "status": "active"}], [{"id": "s", "name": SERVER_NAME}])
    assert ensure_url(folder, console, "http://127.0.0.1:9700") == ("http://127.0.0.1:9700/mcp/dbm_kept", False)  # type: ignore[arg-type]
    assert console.wishes == []


@pytest.mark.parametrize("kept", [None, "nonsense", "http://127.0.0.1:8700/mcp/dbm_kept"])
def test_a_lost_address_is_replaced_and_its_server_revoked(folder: DataFolder, kept: str | None) -> None:
    """A server that nobody can reach must not stay open; and an address without a server opens nothing."""
    servers = (
        [] if kept and kept.startswith("http") else [{"id": "old", "name": SERVER_NAME}, {"id": "x", "name": "AP"}]
    )
    if kept is not None:
        folder.url_file.write_text(kept)
    console = FakeManagement([{"id": "1", "status": "active"}], servers)
    url, is_new = ensure_url(folder, console, "http://127.0.0.1:8700")  # type: ignore[arg-type]
    assert (url, is_new, kept_url(folder, "http://127.0.0.1:8700")) == ("http://127.0.0.1:8700/mcp/dbm_new", True, url)
    assert console.revoked == [server["id"] for server in servers if server["name"] == SERVER_NAME]
    assert folder.url_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain words", "plain words"),
        ("[1]", "[1]"),
        (
            json.dumps(
                {"time": "2026-11-22T12:00:01.250+00:00", "level": "info", "room": "a", "event": "x", "port": 1}
            ),
            "12:00:01.250 info    x port=1",
        ),
    ],
)
def test_a_log_line_is_told_for_people(line: str, shown: str) -> None:
    """JSON is for collectors; a laptop has a person."""
    assert readable(line) == shown


def test_colours_are_for_terminals_only() -> None:
    """A file or a pipe gets plain text."""
    stream = io.StringIO()
    Announcer(stream).room_line("auth", "hello")
    Announcer(stream, is_quiet=True).room_line("auth", "unheard")
    assert stream.getvalue() == "auth     | hello\n"
    assert click.unstyle(stream.getvalue()) == stream.getvalue()


def test_a_room_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The person sees why, and nothing is left running."""
    stream = io.StringIO()
    plan = RoomPlan(room="console", port=1, wire=Wire.HTTP, environment={"DAYBOOK_CONSOLE_CALL_TIMEOUT": "soon"})

    async def start() -> bool:
        supervisor = Supervisor([plan], tmp_path, Announcer(stream))
        with pytest.raises(CommandFailed, match=r"console ended while starting \(exit code 1\)") as raised:
            await supervisor.start()
        assert "DAYBOOK_CONSOLE_CALL_TIMEOUT: expected a duration" in raised.value.message
        return supervisor.rooms[0].is_running

    assert asyncio.run(start()) is False
    assert "DAYBOOK_CONSOLE_CALL_TIMEOUT" in (tmp_path / "console.log").read_text()


def test_the_first_end_ends_all() -> None:
    """Ctrl-C must not wait for work that never ends, and a failure must not be lost."""
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def fails() -> None:
        raise CommandFailed("no")

    with pytest.raises(CommandFailed, match="no"):
        asyncio.run(first_end(forever(), fails()))
    assert ended == ["cancelled"]


def test_a_server_is_shown_on_one_line() -> None:
    """What it opens, and until when."""
    server = {
        "id": "k3v9k3v9",
        "name": "AP agent",
        "config": {"methods": ["read"], "tags": ["crm"], "tools": ["a", "b"], "tool_exposure": "discovery"},
        "expires_at": None,
        "integrated_account_id": "9130347596842560",
    }
    assert line_of(server) == (
        "k3v9k3v9  AP agent                  read on crm of 2 tools, by discovery  without end  (9130347596842560)"
    )

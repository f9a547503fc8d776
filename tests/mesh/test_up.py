"""`daybook up`: what a second one keeps, and what stops one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.books import changes
from tests.support.mesh import ROOT, environment, free_port_base, running_mesh
from tests.support.rpc import call_tool


def test_a_second_up_in_the_same_place_keeps_the_url_and_the_data(tmp_path: Path) -> None:
    """A laptop is closed and opened: the chat client's URL and the books must survive it."""
    folder, base = tmp_path / "daybook", free_port_base()
    with running_mesh(folder, port_base=base) as first:
        url, realm = first.state["mcp_url"], "9130347596842560"
        made = call_tool(url, "create_a_quick_books_customer", {"DisplayName": "Tern & Tide Charters"})
        before = first.books(realm)

    with running_mesh(folder, port_base=base) as second:
        assert second.state["mcp_url"] == url
        assert changes(before, second.books(realm)) == {}
        read = call_tool(url, "get_single_quick_books_customer_by_id", {"id": made["structuredContent"]["Id"]})

    assert read["structuredContent"]["DisplayName"] == "Tern & Tide Charters"
    assert not (folder / "up.json").exists()


def test_an_up_that_finds_its_ports_taken_says_by_whom_and_starts_nothing(tmp_path: Path) -> None:
    """Half a mesh on somebody else's ports is worse than none."""
    base = free_port_base()
    with running_mesh(tmp_path / "first", port_base=base) as running:
        command = [sys.executable, "-m", "cli", "up", "--data-dir", str(tmp_path / "second")]
        command += ["--port-base", str(base)]
        refused = subprocess.run(
            command, cwd=ROOT, env=environment(None), capture_output=True, text=True, timeout=60, check=False
        )

        assert refused.returncode == 1
        assert str(base) in refused.stderr
        assert str(running.room("mcp_edge")["pid"]) in refused.stderr
    assert not (tmp_path / "second" / "up.json").exists()


@pytest.mark.parametrize(
    ("room", "variable"),
    [
        ("auth", "DAYBOOK_AUTH_REDIS_URL"),
        ("auth", "DAYBOOK_AUTH_SEALING_KEYS"),
        ("executor", "DAYBOOK_EXECUTOR_REDIS_URL"),
    ],
)
def test_a_room_without_a_setting_names_it_and_does_not_start(room: str, variable: str) -> None:
    """A room that starts half-configured fails at its first call, at night."""
    refused = subprocess.run(
        [sys.executable, "-m", "cli", "serve", room],
        cwd=ROOT,
        env=environment(None),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert refused.returncode != 0
    assert variable in refused.stderr + refused.stdout
    assert "Traceback" not in refused.stderr + refused.stdout


def test_the_first_answer_is_shown_as_json_when_asked(tmp_path: Path) -> None:
    """Other programs start a mesh too."""
    command = [sys.executable, "-m", "cli", "up", "--once", "--json", "--data-dir", str(tmp_path / "daybook")]
    command += ["--port-base", str(free_port_base())]
    finished = subprocess.run(
        command, cwd=ROOT, env=environment(None), capture_output=True, text=True, timeout=120, check=False
    )

    assert finished.returncode == 0, finished.stderr[-2000:]
    shown = json.loads(finished.stdout)
    assert {"mcp_url", "console_url", "sandbox_url", "rooms"} <= shown.keys()
    assert "1001" in json.dumps(shown["first_call"])

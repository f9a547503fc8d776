"""Running one room in this process."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from cli.errors import CommandFailed

MESH_ROOMS = ("auth", "registry", "executor", "mcp_edge", "console")
"""Rooms of the mesh; each has `serve` in its `app`."""

ROOMS = (*MESH_ROOMS, "sandbox")
"""Everything `daybook serve` can run."""


def serve_room(room: str) -> int:
    """Run a room until the process is told to stop; its settings come from the environment.

    Raises:
        CommandFailed: the settings do not allow a start.
    """
    return _serve_sandbox() if room == "sandbox" else _serve_mesh_room(room)


def end_with_parent() -> None:
    """Ask this process to stop when its standard input ends.

    A supervisor that is killed cannot tell its rooms; the pipe it held tells them.
    """
    threading.Thread(target=_wait_for_end_of_input, name="parent-watch", daemon=True).start()


def _wait_for_end_of_input() -> None:
    # Unbuffered: a daemon thread inside sys.stdin would hold its lock while the interpreter ends.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _serve_mesh_room(room: str) -> int:
    from chassis.settings import SettingsError

    serve: Callable[[], Coroutine[Any, Any, None]] = importlib.import_module(f"services.{room}.app").serve
    try:
        # uvloop costs each call 10 to 15 % less CPU in the edge and the executor, and no room more.
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve())
    except SettingsError as error:
        raise CommandFailed(f"{room} cannot start:\n{error}") from error
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _serve_sandbox() -> int:
    sandbox = importlib.import_module("sandbox.__main__")
    sys.argv = ["sandbox"]
    return int(sandbox.main())

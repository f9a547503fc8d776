"""Processes of a mesh: started, read, restarted when they die, stopped in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from cli.announce import Announcer, readable
from cli.errors import CommandFailed
from cli.plan import RoomPlan, inherited
from cli.readiness import wait_ready

READY_WITHIN = timedelta(seconds=30)
"""A room that is not ready by then is broken; a cold start takes two or three seconds."""

STOP_WITHIN = timedelta(seconds=25)
"""Above the twenty seconds in which a room lets running calls finish."""

MOST_RESTARTS = 5
"""A room that died this often in one run will not be well by starting it once more."""

_LAST_LINES = 12
_LONGEST_LINE = 1024 * 1024


class RoomProcess:
    """One room's process, over any number of restarts."""

    def __init__(self, plan: RoomPlan, logs: Path, announcer: Announcer) -> None:
        self.plan = plan
        self._log_file = logs / f"{plan.room}.log"
        self._announcer = announcer
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Id of the present process."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the present process has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the room. Its standard input is a pipe that ends with us, so that it ends too if we are killed."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli",
            "serve",
            self.plan.room,
            "--with-parent",
            env=inherited(os.environ, self.plan),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            # Ctrl-C in the terminal is for us: rooms are stopped in order, not all at once.
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read_log(self._process))

    async def ended(self) -> int:
        """Wait for the present process; its exit code, negative for a signal."""
        assert self._process is not None
        code = await self._process.wait()
        if self._reader is not None:
            # A grandchild that still holds the pipe must not keep us here.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reader, 1)
        return code

    async def stop(self) -> None:
        """Ask the room to stop; kill it if it does not in time."""
        if not self.is_running:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.ended(), STOP_WITHIN.total_seconds())
        except TimeoutError:
            self._announcer.trouble(f"{self.plan.room} did not stop in time; killing it")
            self.kill()
            await self.ended()

    def kill(self) -> None:
        """End the process as it stands."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if self.restarts else os.O_TRUNC)
        with os.fdopen(os.open(self._log_file, flags, 0o600), "w", encoding="utf-8") as file:
            while line := await _next_line(process.stdout):
                self.last_lines.append(readable(line.rstrip()))
                file.write(line)
                file.flush()
                self._announcer.room_line(self.plan.room, line.rstrip())


class Supervisor:
    """All rooms of a mesh."""

    def __init__(self, plans: Sequence[RoomPlan], logs: Path, announcer: Announcer) -> None:
        self.rooms = [RoomProcess(plan, logs, announcer) for plan in plans]
        self._announcer = announcer

    async def start(self) -> None:
        """Start every room at once, then wait until all are ready; each waits for its own peers.

        Raises:
            CommandFailed: a room ended, or was not ready in time; with its last lines.
        """
        await asyncio.gather(*(room.start() for room in self.rooms))
        # The first failure ends the wait for all others.
        await _all_unless_one_fails([self._require_ready(room) for room in self.rooms])

    async def watch(self) -> None:
        """Restart rooms that die, until one dies too often.

        Raises:
            CommandFailed: naming that room, with its last lines.
        """
        await _all_unless_one_fails([self._keep(room) for room in self.rooms])

    async def stop(self) -> None:
        """Stop the rooms, the outermost first, so that no room loses a peer that it still needs."""
        for room in reversed(self.rooms):
            await room.stop()

    def kill(self) -> None:
        """End every room as it stands."""
        for room in self.rooms:
            room.kill()

    async def _require_ready(self, room: RoomProcess) -> None:
        ready = asyncio.create_task(wait_ready(room.plan, READY_WITHIN))
        ended = asyncio.create_task(room.ended())
        try:
            await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise CommandFailed(f"{room.plan.room} ended while starting ({_exit(ended.result())}){_said(room)}")
            if not ready.result():
                raise CommandFailed(f"{room.plan.room} was not ready within {READY_WITHIN.seconds} s{_said(room)}")
            self._announcer.progress(f"  {room.plan.room} is ready on {room.plan.address}")
        finally:
            ready.cancel()
            ended.cancel()

    async def _keep(self, room: RoomProcess) -> None:
        while True:
            code = await room.ended()
            if room.restarts >= MOST_RESTARTS:
                raise CommandFailed(f"{room.plan.room} died {room.restarts + 1} times; giving up{_said(room)}")
            room.restarts += 1
            pause = min(2 ** (room.restarts - 1) / 2, 8)
            self._announcer.trouble(
                f"{room.plan.room} died ({_exit(code)}); starting it again in {pause:g} s "
                f"({room.restarts} of {MOST_RESTARTS}){_said(room)}"
            )
            await asyncio.sleep(pause)
            await room.start()
            if await wait_ready(room.plan, READY_WITHIN):
                self._announcer.progress(f"{room.plan.room} is back, pid {room.pid}")


async def _all_unless_one_fails(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _next_line(stream: asyncio.StreamReader) -> str:
    """The next line with its end; empty when the stream has ended."""
    while True:
        try:
            return (await stream.readline()).decode(errors="replace")
        except ValueError:
            # Over the limit: the reader dropped it. A room must never wait because nobody reads its log.
            continue


def _exit(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _said(room: RoomProcess) -> str:
    return "".join(f"\n    {line}" for line in room.last_lines) or "; it said nothing"

"""What a person sees of a running mesh: progress, and each room's log under its own name."""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click

_COLOURS = {
    "mcp_edge": "cyan",
    "registry": "green",
    "executor": "yellow",
    "auth": "magenta",
    "console": "blue",
    "sandbox": "bright_black",
    "valkey": "red",
}
_WIDTH = max(map(len, _COLOURS))
_HEAD = ("time", "level", "room", "event", "exception", "trace_id")


class Announcer:
    """Writes to standard error, so that standard output stays the command's answer."""

    def __init__(self, stream: TextIO | None = None, *, is_quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._is_coloured = self._stream.isatty()
        self._is_quiet = is_quiet

    def progress(self, text: str) -> None:
        """One step of starting or stopping."""
        click.echo(text, file=self._stream)

    def trouble(self, text: str) -> None:
        """Something that a person should read."""
        click.echo(self._styled(text, "red"), file=self._stream)

    def room_line(self, room: str, line: str) -> None:
        """One line of a room's log."""
        if not self._is_quiet:
            name = self._styled(f"{room:<{_WIDTH}}", _COLOURS.get(room, "white"))
            click.echo(f"{name} | {readable(line)}", file=self._stream)

    def _styled(self, text: str, colour: str) -> str:
        return click.style(text, fg=colour) if self._is_coloured else text


def readable(line: str) -> str:
    """A room's JSON log line as people read it; any other line as it is."""
    try:
        entry = json.loads(line)
        clock, level, event = entry["time"][11:23], entry["level"], entry["event"]
    except (ValueError, KeyError, TypeError):
        return line
    facts = " ".join(f"{name}={value}" for name, value in entry.items() if name not in _HEAD)
    told = "\n" + entry["exception"] if "exception" in entry else ""
    return f"{clock} {level:<7} {event}{' ' if facts else ''}{facts}{told}"

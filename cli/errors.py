"""How a command fails: one line for the person, one exit code for the script."""

from __future__ import annotations

FAILURE = 1
"""Something did not work."""

USAGE = 2
"""The command was called wrongly; click's own code for that."""

INTERRUPTED = 130
"""Told to stop before there was anything to show; as shells say it (128 + SIGINT)."""

TOOL_FAILED = 5
"""The tool was called, and answered with an error."""


class CommandFailed(Exception):
    """A command cannot do what was asked; the message says why, then what to do."""

    def __init__(self, message: str, exit_code: int = FAILURE) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class SetupBroken(CommandFailed):
    """The data folder or the ports do not allow a mesh to start; nothing was started."""

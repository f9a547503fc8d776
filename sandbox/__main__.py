"""Serve the sandbox: `python -m sandbox`."""

import os
import sys

import uvicorn

from sandbox.app import build_app
from sandbox.seeds import UnknownSeed
from sandbox.settings import SettingRefused, load_settings
from sandbox.snapshot import SnapshotUnreadable

DRAIN_SECONDS = 5
"""How long open requests may take to finish once the sandbox is told to stop."""


def main() -> int:
    """Serve until told to stop; a setting that cannot be used ends the start with a sentence."""
    try:
        settings = load_settings(os.environ)
        app = build_app(settings)
    except (SettingRefused, SnapshotUnreadable, UnknownSeed) as refusal:
        sys.stderr.write(f"sandbox: {refusal}\n")
        return 2
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

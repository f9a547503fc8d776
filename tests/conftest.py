"""What every kind of test shares: one event loop library, and a network that is closed but for loopback."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

import pytest


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host not in {"localhost", ""} and not ipaddress.ip_address(host).is_loopback:
        raise PermissionError(f"tests reach loopback only, not {host}")


sys.addaudithook(_refuse_the_outside)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Everything of ours runs on asyncio."""
    return "asyncio"

"""What every kind of test shares: one event loop library, and a network that is closed but for loopback."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import settings

# On a shared machine a slow example says nothing about the code; examples are the same on every run.
settings.register_profile("daybook", deadline=None, derandomize=True)
settings.load_profile("daybook")


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


@pytest.fixture(scope="session", autouse=True)
async def one_event_loop(anyio_backend: str) -> AsyncIterator[None]:
    """Keep one event loop for the whole run: gRPC has one poller a process, and it outlives the loop it began with."""
    yield

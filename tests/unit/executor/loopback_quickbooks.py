"""A QuickBooks of raw sockets, which can be as rude as a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Received:
    """One request, as it came off the wire."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """Path and query, byte for byte."""
        return self.line.split(" ")[1]


@dataclass
class Loopback:
    """What was received, and how each request is answered in turn; the last behaviour stays."""

    behaviours: list[Behaviour]
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    url: str = ""


def answering(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    """Answer in full."""
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "intuit_tid: 1-abc"]
    head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    return behave


def cutting(first: bytes = b"") -> Behaviour:
    """Say so much, then cut the connection."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        writer.close()

    return behave


async def silence(writer: asyncio.StreamWriter) -> None:
    """Never answer."""


@asynccontextmanager
async def loopback(*behaviours: Behaviour) -> AsyncIterator[Loopback]:
    """Serve on a free port."""
    state = Loopback(list(behaviours))
    open_writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        open_writers.add(writer)
        try:
            while not writer.is_closing():
                state.received.append(await _read(reader))
                behave = state.behaviours.pop(0) if len(state.behaviours) > 1 else state.behaviours[0]
                await behave(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            open_writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield state
    finally:
        server.close()
        for writer in list(open_writers):
            writer.close()
        await server.wait_closed()
        # One turn of the loop, so that each connection's task sees its end.
        await asyncio.sleep(0)


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    named = {name.lower(): value for name, value in headers.items()}
    return Received(head[0], named, await reader.readexactly(int(named.get("content-length", "0"))))

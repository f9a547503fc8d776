"""Posting to an address of this machine, and to no other."""

import asyncio
import ipaddress
from datetime import timedelta
from urllib.parse import urlsplit

LONGEST_STATUS_LINE = 1_024


def target_of(url: str) -> tuple[str, int, str]:
    """Take a loopback address apart into host, port and path.

    Raises:
        ValueError: says what the address must look like.
    """
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
        port = parts.port or 80
    except ValueError:
        is_loopback, port = False, 0
    if parts.scheme != "http" or not is_loopback or any(character in url for character in "\r\n "):
        raise ValueError(f"url must be http on this machine, such as http://127.0.0.1:8705/hook; it is {url!r}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, port, path


async def post(url: str, body: bytes, headers: dict[str, str], within: timedelta) -> int:
    """Post a body and return the status; 0 if nobody answers in time."""
    host, port, path = target_of(url)
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await _exchange(host, port, _request(host, port, path, body, headers))
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0


async def _exchange(host: str, port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection(host, port, limit=LONGEST_STATUS_LINE)
    try:
        writer.write(request)
        await writer.drain()
        status_line = await reader.readline()
        return int(status_line.split()[1])
    finally:
        writer.close()


def _request(host: str, port: int, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    named = f"[{host}]" if ":" in host else host
    lines = [f"POST {path} HTTP/1.1", f"Host: {named}:{port}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body

"""The first steps of a new mesh, taken over the same roads as a person's: connect, make a server, ask it something."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from cli.call import ToolAnswer, call_tool
from cli.errors import CommandFailed
from cli.management import Management, said_by
from cli.private import write_private
from cli.state import DataFolder

SERVER_NAME = "daybook up"
"""What the server of the first run is called."""

FIRST_TOOL = "list_all_quick_books_invoices"
FIRST_ARGUMENTS = {"query": "select * from Invoice where Balance > '0' orderby DueDate maxresults 5"}
"""The oldest unpaid invoices: what a person looks for first."""

_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class FirstCall:
    """The first real answer of a mesh."""

    tool: str
    arguments: dict[str, Any]
    answer: ToolAnswer
    seconds: float


def ensure_url(folder: DataFolder, management: Management, edge_url: str) -> tuple[str, bool]:
    """The MCP URL of this data folder: the kept one while its server exists, else that of a new one. Blocks.

    Returns:
        The URL, and whether it is new.
    """
    kept = kept_url(folder, edge_url)
    connections = management.connections()
    if not connections or any(connection["status"] != "active" for connection in connections):
        connections = [connect_sandbox(management)]
    servers = {c["id"]: [s for s in management.servers(c["id"]) if s["name"] == SERVER_NAME] for c in connections}
    if kept and any(servers.values()):
        return kept, False
    return make_url(folder, management, connections[0]["id"]), True


def kept_url(folder: DataFolder, edge_url: str) -> str:
    """The URL of an earlier run, on the edge's present address; empty when there was none."""
    try:
        path = urlsplit(folder.url_file.read_text(encoding="utf-8").strip()).path
    except OSError:
        return ""
    return edge_url + path if path.startswith("/mcp/") else ""


def make_url(folder: DataFolder, management: Management, connection: str) -> str:
    """Make the server, revoking those of the same name whose URL is lost, and keep the URL."""
    for server in management.servers(connection):
        if server["name"] == SERVER_NAME:
            management.revoke_server(connection, server["id"])
    wish = {"name": SERVER_NAME, "config": {"methods": ["read", "write", "custom"]}}
    url: str = management.create_server(connection, wish)["url"]
    write_private(folder.url_file, url + "\n")
    return url


def connect_sandbox(management: Management) -> dict[str, Any]:
    """Link the sandbox's company by the whole OAuth dance, with the approval that a person would click.

    Raises:
        CommandFailed: one of the steps was refused.
    """
    page = management.begin_connect()["authorize_url"]
    with httpx2.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as browser:
        try:
            approved = browser.get(page, headers={"sandbox-decision": "approve"})
            if not approved.is_redirect:
                raise CommandFailed(f"the sandbox did not approve the connection (status {approved.status_code})")
            ended = browser.get(approved.headers["location"], headers={"Accept": "application/json"})
        except httpx2.HTTPError as error:
            raise CommandFailed(f"connecting the sandbox company failed: {error}") from error
    if not ended.is_success:
        raise CommandFailed(f"connecting the sandbox company failed: {said_by(ended)}")
    return dict(ended.json())


async def first_call(url: str) -> FirstCall:
    """Ask the mesh for its oldest unpaid invoices."""
    started = time.monotonic()
    answer = await call_tool(url, FIRST_TOOL, FIRST_ARGUMENTS)
    seconds = time.monotonic() - started
    return FirstCall(tool=FIRST_TOOL, arguments=dict(FIRST_ARGUMENTS), answer=answer, seconds=seconds)

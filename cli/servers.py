"""`daybook servers` and `daybook connect`: where the console is, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chassis.settings import Secret, parse_duration
from cli.errors import USAGE, CommandFailed
from cli.management import Management
from cli.state import DataFolder, require_state


def management(folder: DataFolder, console_url: str | None, token_file: Path | None, token: str | None) -> Management:
    """The console to talk to: what was named, else that of the mesh running over the folder.

    Args:
        token: from the environment only; a token on a command line would show in the process list.

    Raises:
        CommandFailed: neither was found.
    """
    if console_url is None:
        state = require_state(folder, "name a console with --console-url or DAYBOOK_CONSOLE_URL")
        console_url = str(state["console_url"])
        if token is None and token_file is None:
            token_file = Path(state["api_token_file"])
    if token is not None:
        return Management(console_url, Secret(token.strip()))
    if token_file is None:
        raise CommandFailed("no API token: set DAYBOOK_API_TOKEN_FILE or DAYBOOK_API_TOKEN")
    try:
        return Management(console_url, Secret(token_file.read_text(encoding="utf-8").strip()))
    except OSError as error:
        raise CommandFailed(f"cannot read the API token in {token_file}: {error.strerror}") from error


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """What `daybook servers create` was told to open, and how."""

    methods: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    preset: str | None = None
    exposure: str | None = None
    company_knowledge: bool = False

    def config(self) -> dict[str, Any]:
        """The config of the wish; what is not named is left to the console."""
        given: dict[str, Any] = {
            "methods": list(self.methods),
            "tags": list(self.tags),
            "tools": list(self.tools),
            "preset": self.preset,
            "tool_exposure": self.exposure,
            "company_knowledge": self.company_knowledge,
        }
        return {key: value for key, value in given.items() if value}


def wish_of(name: str, options: ServerOptions, expires_in: str | None, now: datetime) -> dict[str, Any]:
    """The body that asks for a server."""
    wish: dict[str, Any] = {"name": name, "config": options.config()}
    if expires_in is not None:
        wish["expires_at"] = _end(expires_in, now)
    return wish


def _end(expires_in: str, now: datetime) -> str:
    try:
        lifetime = parse_duration(expires_in)
    except ValueError as error:
        raise CommandFailed(f"--expires-in: {error}", exit_code=USAGE) from error
    return (now + lifetime).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def the_connection(console: Management, named: str | None) -> str:
    """The connection that was named, else the only one there is.

    Raises:
        CommandFailed: there is none, or it is not clear which.
    """
    if named is not None:
        return named
    ids = [connection["id"] for connection in console.connections()]
    if not ids:
        raise CommandFailed("no company is connected; start with `daybook connect`")
    if len(ids) > 1:
        raise CommandFailed(f"name the company with --connection: one of {', '.join(ids)}", exit_code=USAGE)
    return str(ids[0])


def all_servers(console: Management, named: str | None) -> list[dict[str, Any]]:
    """The servers of one connection, or of all."""
    connections = [named] if named else [connection["id"] for connection in console.connections()]
    return [server for connection in connections for server in console.servers(connection)]


def revoke(console: Management, server_id: str, named: str | None) -> None:
    """Stop a server, wherever it is.

    Raises:
        CommandFailed: no connection has such a server.
    """
    if named is None:
        found = [server for server in all_servers(console, None) if server["id"] == server_id]
        if not found:
            raise CommandFailed(f"no MCP server {server_id}; `daybook servers list` shows those there are")
        named = found[0]["integrated_account_id"]
    console.revoke_server(named, server_id)


def line_of(server: Mapping[str, Any]) -> str:
    """One server on one line."""
    config = server["config"]
    opened = ",".join(config["methods"]) + (f" on {','.join(config['tags'])}" if config["tags"] else "")
    opened += f" of {len(config['tools'])} tools" if config["tools"] else ""
    opened += ", by discovery" if config["tool_exposure"] == "discovery" else ""
    end = f"until {server['expires_at']}" if server["expires_at"] else "without end"
    return f"{server['id']}  {server['name']:<24}  {opened}  {end}  ({server['integrated_account_id']})"

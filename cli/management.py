"""The console's management API, as the commands use it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2

from chassis.settings import Secret
from cli.errors import CommandFailed

_TIMEOUT_SECONDS = 20.0


class Management:
    """A client of one console with one API token."""

    def __init__(self, console_url: str, api_token: Secret) -> None:
        self._console_url = console_url.rstrip("/")
        self._api_token = api_token

    def connections(self) -> list[dict[str, Any]]:
        """Every connected company."""
        return self._all("/integrated-account")

    def servers(self, connection: str) -> list[dict[str, Any]]:
        """Every MCP server of a company."""
        return self._all(f"/integrated-account/{quote(connection, safe='')}/mcp")

    def create_server(self, connection: str, wish: dict[str, Any]) -> dict[str, Any]:
        """Make an MCP server; the answer alone has its URL."""
        return self._ask("POST", f"/integrated-account/{quote(connection, safe='')}/mcp", wish)

    def revoke_server(self, connection: str, server: str) -> None:
        """Stop an MCP server."""
        self._ask("DELETE", f"/integrated-account/{quote(connection, safe='')}/mcp/{quote(server, safe='')}")

    def begin_connect(self) -> dict[str, Any]:
        """Start linking a company: the page to open."""
        return self._ask("POST", "/connect")

    def _all(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._ask("GET", path + (f"?next_cursor={quote(cursor, safe='')}" if cursor else ""))
            rows += page["result"]
            cursor = page["next_cursor"] or ""
            if not cursor:
                return rows

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._api_token.reveal()}"}
        try:
            with httpx2.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
                answer = client.request(method, self._console_url + path, json=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise CommandFailed(f"the console at {self._console_url} does not answer: {error}") from error
        if answer.is_success:
            return dict(answer.json()) if answer.content else {}
        raise CommandFailed(said_by(answer))


def said_by(answer: httpx2.Response) -> str:
    """What a console's refusal says, on one line."""
    try:
        body = answer.json()
        return f"the console refused ({answer.status_code} {body['reason']}): {body['message']}"
    except (ValueError, KeyError, TypeError):
        return f"the console refused with status {answer.status_code}"

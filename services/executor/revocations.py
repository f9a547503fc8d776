"""Takes in which MCP servers were changed or revoked."""

from __future__ import annotations

import logging

from chassis.grants import GrantVerifier
from services.executor.access_cache import AccessCache

log = logging.getLogger(__name__)


class Revocations:
    """Passes auth's word on to whatever here believes in grants."""

    def __init__(self, verifier: GrantVerifier, tokens: AccessCache) -> None:
        self._verifier = verifier
        self._tokens = tokens

    def hear(self, mcp_server: str) -> None:
        """Take one name; the empty one says that the watch stands."""
        if not mcp_server:
            self._tokens.watch()
            return
        self._verifier.forget(mcp_server)
        self._tokens.forget(mcp_server)

    def lose(self) -> None:
        """The watch broke."""
        self._tokens.unwatch()
        log.debug("not watching MCP servers; access is checked with auth every second")

"""The official MCP client, in each revision of the protocol that a chat client may speak."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp.client.session
import pytest
from mcp import Client
from mcp_types import CallToolResult

LEGACY_2025_06, LEGACY_2025_11, MODERN = "2025-06-18", "2025-11-25", "2026-07-28"
ERAS = (LEGACY_2025_06, LEGACY_2025_11, MODERN)


@asynccontextmanager
async def client_of(url: str, era: str, meta: dict[str, Any] | None = None) -> AsyncIterator[Client]:
    """Open the official client at a URL, speaking one revision."""
    with pytest.MonkeyPatch.context() as patch:
        # The client always proposes its newest legacy revision; older clients in the field propose their own.
        if era != MODERN:
            patch.setattr(mcp.client.session, "LATEST_HANDSHAKE_VERSION", era)
        async with Client(url, mode=MODERN if era == MODERN else "legacy") as client:
            assert client.protocol_version == era
            yield client


def structured(result: CallToolResult) -> dict[str, Any]:
    """The object of a good result; the text beside it must say the same."""
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def failure(result: CallToolResult) -> dict[str, Any]:
    """The `error` object of a result that is an error."""
    assert result.is_error, result.structured_content
    assert result.structured_content is not None
    error: dict[str, Any] = result.structured_content["error"]
    return error

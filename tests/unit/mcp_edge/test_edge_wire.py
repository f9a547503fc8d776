"""The whole edge over real HTTP and real gRPC, driven by the official client in both eras."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import msgspec
import pytest
from mcp import Client, MCPError

from chassis.errors import FieldViolation
from chassis.logs import JsonFormatter
from services.mcp_edge.app import open_room
from services.mcp_edge.settings import EdgeSettings
from tests.unit.mcp_edge.edge_fakes import LEGACY_HEADERS, READ_TOOL, SERVER, TOKEN, WRITE_TOOL, body_of
from tests.unit.mcp_edge.edge_rooms import GRANT, ArgumentsInvalid, Rooms, open_rooms

pytestmark = pytest.mark.anyio


@dataclass
class Mesh:
    """A running edge and what stands behind it."""

    rooms: Rooms
    base: str

    @property
    def url(self) -> str:
        return f"{self.base}/mcp/{TOKEN}"


@pytest.fixture
async def mesh() -> AsyncIterator[Mesh]:
    async with open_rooms() as rooms, open_room(rooms.settings()) as server:
        await asyncio.wait_for(rooms.watched.wait(), 5)
        yield Mesh(rooms=rooms, base=f"http://127.0.0.1:{server.port}")


MODES = ["legacy", "auto", "2026-07-28"]


@pytest.mark.parametrize("mode", MODES)
async def test_the_official_client_lists_and_calls(mesh: Mesh, mode: Any) -> None:
    """What it accepts, every client built on it accepts."""
    async with Client(mesh.url, mode=mode, read_timeout_seconds=5) as client:
        tools = (await client.list_tools()).tools
        result = await client.call_tool(READ_TOOL, {"query": "select * from Invoice"})

    assert [tool.name for tool in tools] == [READ_TOOL, WRITE_TOOL]
    assert result.is_error is False
    assert result.structured_content == {"result": [{"TotalAmt": 100}]}


async def test_the_official_client_in_auto_mode_goes_modern(mesh: Mesh) -> None:
    """Its probe is `server/discover`; a bad answer to it has sent clients down the wrong path."""
    async with Client(mesh.url, mode="auto", read_timeout_seconds=5) as client:
        assert client.protocol_version == "2026-07-28"


@pytest.mark.parametrize("mode", MODES)
async def test_the_official_client_shows_an_error_as_a_tool_error(mesh: Mesh, mode: Any) -> None:
    """It checks results against the output schema: an error must pass as one, not as a broken result."""
    mesh.rooms.failure = ArgumentsInvalid("one argument is wrong")
    mesh.rooms.failure.violations = (FieldViolation(field="query", description="must begin with select"),)
    async with Client(mesh.url, mode=mode, read_timeout_seconds=5) as client:
        await client.list_tools()
        result = await client.call_tool(READ_TOOL, {"query": "drop"})

    assert result.is_error is True
    assert result.structured_content is not None
    assert result.structured_content["error"]["fields"] == [{"field": "query", "problem": "must begin with select"}]


@pytest.mark.parametrize("mode", MODES)
async def test_the_official_client_takes_an_unknown_tool_for_a_protocol_error(mesh: Mesh, mode: Any) -> None:
    """Unknown and hidden tools are -32602 in both eras."""
    async with Client(mesh.url, mode=mode, read_timeout_seconds=5) as client:
        with pytest.raises(MCPError) as raised:
            await client.call_tool("drop_table", {})

    assert raised.value.code == -32602


async def test_the_executor_gets_the_grant_the_deadline_and_nothing_of_the_token(mesh: Mesh) -> None:
    """No inbound credential leaves the edge."""
    async with httpx2.AsyncClient() as client:
        body = body_of("tools/call", {"name": READ_TOOL, "arguments": {"query": "x"}})
        reply = await client.post(mesh.url, content=body, headers={**LEGACY_HEADERS, "authorization": "Bearer secret"})
    metadata, request = mesh.rooms.executed[0]

    assert reply.status_code == 200
    assert metadata["daybook-grant"] == GRANT
    assert TOKEN not in str(metadata)
    assert "secret" not in str(metadata)
    assert 40 < mesh.rooms.deadline <= 45
    assert (request.tool_id, request.arguments_json) == (READ_TOOL, b'{"query":"x"}')


async def test_a_warm_call_is_one_hop(mesh: Mesh) -> None:
    """Token and tool list are held; only the executor is asked."""
    async with httpx2.AsyncClient() as client:
        for _ in range(5):
            body = body_of("tools/call", {"name": READ_TOOL})
            assert (await client.post(mesh.url, content=body, headers=LEGACY_HEADERS)).status_code == 200

    assert (mesh.rooms.exchanges, len(mesh.rooms.executed)) == (1, 5)


async def test_a_revoked_server_is_not_found_at_once(mesh: Mesh) -> None:
    """Revocation bites within a second on every replica."""
    async with httpx2.AsyncClient() as client:
        assert (await client.post(mesh.url, content=body_of("ping"), headers=LEGACY_HEADERS)).status_code == 200
        mesh.rooms.tokens.clear()
        mesh.rooms.changes.put_nowait(SERVER)

        async def until_gone() -> int:
            replies = 0
            while (await client.post(mesh.url, content=body_of("ping"), headers=LEGACY_HEADERS)).status_code != 404:
                replies += 1
            return replies

        await asyncio.wait_for(until_gone(), 1)


class Lines(logging.Handler):
    """Keeps what a room would print, but for this test's own HTTP client, which logs its URLs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter("mcp_edge"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("httpx2", "httpcore2")):
            self.lines.append(self.format(record))


@pytest.fixture
def printed() -> Iterator[list[str]]:
    """Every line of every logger, at the most talkative level."""
    root, handler = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


async def test_neither_token_nor_grant_reaches_a_log(printed: list[str], mesh: Mesh) -> None:
    """Whoever reads logs must not be able to open the books."""
    unknown = "dbm_" + "u" * 43
    bodies = [body_of("ping"), body_of("tools/call", {"name": READ_TOOL}), b"{", body_of("nope")]
    async with httpx2.AsyncClient() as client:
        for token in (TOKEN, unknown):
            for path in (f"/mcp/{token}", f"/.well-known/oauth-protected-resource/mcp/{token}"):
                for body in bodies:
                    await client.post(mesh.base + path, content=body, headers=LEGACY_HEADERS)
    text = "\n".join(printed)

    assert '"method":"tools/call"' in text
    assert "NOT_FOUND" in text
    for secret in (TOKEN, unknown, GRANT):
        assert secret not in text


async def test_rooms_that_are_down_are_told_by_readiness_and_not_by_liveness() -> None:
    """Kubernetes takes the edge out of service, but must not restart it for another's fault."""
    nowhere = "127.0.0.1:1"
    settings = EdgeSettings(listen="127.0.0.1:0", auth_target=nowhere, registry_target=nowhere, executor_target=nowhere)
    async with open_room(settings) as server, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        live = await client.get("/healthz")
        ready = await client.get("/readyz")
        call = await client.post(f"/mcp/{TOKEN}", content=body_of("ping"), headers=LEGACY_HEADERS)

    assert (live.status_code, ready.status_code, call.status_code) == (200, 503, 503)


async def test_the_room_is_ready_when_all_three_answer(mesh: Mesh) -> None:
    """The probe is the one that Kubernetes asks."""
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"{mesh.base}/readyz")).json() == {"status": "ok"}


async def test_a_drain_lets_a_running_call_finish() -> None:
    """A deployment must not tear a write."""
    async with open_rooms() as rooms, httpx2.AsyncClient() as client:
        rooms.gate = asyncio.Event()
        async with open_room(rooms.settings()) as server:
            url = f"http://127.0.0.1:{server.port}/mcp/{TOKEN}"
            body = body_of("tools/call", {"name": WRITE_TOOL})
            calling = asyncio.create_task(client.post(url, content=body, headers=LEGACY_HEADERS))
            await asyncio.wait_for(rooms.started.wait(), 5)
            # The block's end is the drain; the executor answers only once that is under way.
            asyncio.get_running_loop().call_later(0.05, rooms.gate.set)
        reply = await asyncio.wait_for(calling, 5)

    assert msgspec.json.decode(reply.content)["result"]["isError"] is False

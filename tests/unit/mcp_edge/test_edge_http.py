"""Before JSON-RPC: paths, hosts, origins, media types, bodies."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from chassis.errors import PeerUnavailable
from services.mcp_edge.errors import BodyTooSlow, ClientGone
from services.mcp_edge.guard import Head
from services.mcp_edge.http import read_body
from services.mcp_edge.settings import EdgeSettings
from tests.unit.mcp_edge.edge_fakes import LEGACY_HEADERS, TOKEN, URL, Edge, body_of

pytestmark = pytest.mark.anyio

PING = body_of("ping")

ELSEWHERE = [
    "/",
    "/mcp",
    "/mcp/",
    f"/mcp/{TOKEN}/",
    f"/mcp/{TOKEN}/sse",
    f"//mcp/{TOKEN}",
    "/mcp/short",
    "/mcp/dbm_with%20space",
    f"/.well-known/oauth-protected-resource/mcp/{TOKEN}",
    f"/.well-known/oauth-authorization-server/mcp/{TOKEN}",
    f"/mcp/{TOKEN}/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/openid-configuration",
]


@pytest.mark.parametrize("path", ELSEWHERE)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_other_path_is_not_found_in_json(path: str, method: str) -> None:
    """Clients probe well-known paths and trip over HTML; a 404 that differs would tell which paths exist."""
    edge = Edge()
    reply = await edge.send(PING, path=path, method=method)
    unknown = await edge.send(PING, path="/mcp/dbm_" + "z" * 43)

    assert (reply.status, reply.body, reply.headers) == (404, unknown.body, unknown.headers)
    assert reply.headers["content-type"] == "application/json"
    assert (reply.json["statusCode"], reply.json["reason"]) == (404, "NOT_FOUND")


async def test_a_path_that_holds_no_token_costs_auth_nothing() -> None:
    """Scanners try thousands of paths; none of them may become a gRPC call."""
    edge = Edge()
    for path in ELSEWHERE:
        await edge.send(PING, path=path)

    assert edge.auth.asked == 0


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS", "HEAD"])
async def test_only_post_is_served(method: str) -> None:
    """No streams, no sessions: a client that guesses the transport from GET gets an honest 405."""
    reply = await Edge().send(b"", path=URL, method=method)

    assert (reply.status, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8700", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:8700", 200),
        ("[::1]", 200),
        ("evil.example", 421),
        ("localhost.evil.example:8700", 421),
        ("127.0.0.1.evil.example", 421),
        ("[::2]:8700", 421),
        ("", 421),
    ],
)
async def test_a_foreign_host_is_misdirected(host: str, status: int) -> None:
    """A web page whose DNS name is rebound to loopback must not reach the books."""
    reply = await Edge().send(PING, {**LEGACY_HEADERS, "host": host})

    assert reply.status == status


async def test_an_allowed_host_with_a_port_is_taken_exactly() -> None:
    """An operator who names a port means that port."""
    edge = Edge(settings=EdgeSettings(allowed_hosts=("books.example:8443",)))

    right = await edge.send(PING, {**LEGACY_HEADERS, "host": "books.example:8443"})
    wrong = await edge.send(PING, {**LEGACY_HEADERS, "host": "books.example:1"})
    assert (right.status, wrong.status) == (200, 421)


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://app.example", 200), ("HTTPS://APP.EXAMPLE", 200), ("https://evil.example", 403), ("null", 403)],
)
async def test_only_listed_web_origins_may_call(origin: str, status: int) -> None:
    """Browsers send an origin; MCP hosts do not."""
    edge = Edge(settings=EdgeSettings(allowed_origins=("https://app.example",)))
    reply = await edge.send(PING, {**LEGACY_HEADERS, "origin": origin})

    assert reply.status == status
    assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_no_origin_is_allowed_by_default() -> None:
    """The safe setting is the one nobody has to find."""
    reply = await Edge().send(PING, {**LEGACY_HEADERS, "origin": "http://localhost:3000"})

    assert reply.status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json; charset=utf-8"}, 200),
        ({"content-type": "Application/JSON"}, 200),
        ({"content-type": "text/plain"}, 415),
        ({}, 415),
        ({"content-type": "application/json", "accept": "*/*"}, 200),
        ({"content-type": "application/json", "accept": "application/json;q=0.9, text/event-stream"}, 200),
        ({"content-type": "application/json", "accept": "application/*"}, 200),
        ({"content-type": "application/json"}, 200),
        ({"content-type": "application/json", "accept": "text/html"}, 406),
        ({"content-type": "application/json", "accept": "text/event-stream"}, 406),
    ],
)
async def test_media_types_are_judged_liberally(headers: dict[str, str], status: int) -> None:
    """Real clients list less than the specification asks for; only those that cannot read JSON are refused."""
    assert (await Edge().send(PING, headers)).status == status


async def test_a_good_answer_may_not_be_kept_or_passed_on() -> None:
    """The answer holds a company's books and its URL is a secret."""
    reply = await Edge().send(PING)

    assert reply.headers == {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "content-type": "application/json",
        "content-length": str(len(reply.body)),
    }


async def test_a_body_over_the_cap_is_refused_by_its_declared_and_by_its_real_size() -> None:
    """Memory is shared by all callers; the declaration may lie."""
    edge = Edge(settings=EdgeSettings(max_body_bytes=1024))
    big = b'{"x":"' + b"y" * 2000 + b'"}'

    declared = await edge.send(b"{}", {**LEGACY_HEADERS, "content-length": "2000"})
    undeclared = await edge.send(big)
    assert (declared.status, undeclared.status) == (413, 413)


async def test_a_slow_body_is_given_up() -> None:
    """A client that dribbles bytes must not hold a connection for ever."""

    async def never() -> Any:
        await asyncio.Event().wait()

    with pytest.raises(BodyTooSlow):
        await read_body(never, Head(), 1024, timedelta(milliseconds=1))


async def test_a_client_that_hangs_up_half_way_is_noticed() -> None:
    """There is nobody to answer, and nothing to parse."""
    chunks = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return chunks.pop(0)

    with pytest.raises(ClientGone):
        await read_body(receive, Head(), 1024, timedelta(seconds=1))


async def test_a_body_in_pieces_is_one_body() -> None:
    """HTTP may cut a body anywhere."""
    chunks = [
        {"type": "http.request", "body": b'{"a"', "more_body": True},
        {"type": "http.request", "body": b":1}", "more_body": False},
    ]

    async def receive() -> Any:
        return chunks.pop(0)

    assert await read_body(receive, Head(), 1024, timedelta(seconds=1)) == b'{"a":1}'


async def test_an_unknown_token_answers_before_the_body_is_read() -> None:
    """A stranger's megabyte is not worth reading."""
    edge = Edge()
    reply = await edge.send(b"not json", {"content-type": "text/plain"}, path="/mcp/dbm_" + "z" * 43)

    assert reply.status == 404


async def test_auth_being_down_is_503_and_not_404() -> None:
    """A 404 would make clients drop a good server for a passing fault."""
    edge = Edge()
    edge.auth.failure = PeerUnavailable("auth")
    reply = await edge.send(PING)

    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert reply.json["reason"] == "PEER_UNAVAILABLE"


async def test_a_bug_before_json_rpc_shows_no_cause(caplog: pytest.LogCaptureFixture) -> None:
    """Exception texts hold secrets; the log has them, the client does not."""
    edge = Edge()
    edge.auth.failure = RuntimeError("the password is hunter2")
    reply = await edge.send(PING)

    assert (reply.status, reply.json["reason"]) == (500, "INTERNAL")
    assert b"hunter2" not in reply.body
    assert any(getattr(record, "incident", "none") in reply.json["message"] for record in caplog.records)


async def test_health_needs_no_token_and_no_known_host() -> None:
    """Kubelets call by pod address."""
    edge = Edge()
    live = await edge.send(b"", {"host": "10.0.0.7:8700"}, path="/healthz", method="GET")
    ready = await edge.send(b"", {"host": "10.0.0.7:8700"}, path="/readyz", method="GET")

    assert (live.status, ready.status) == (200, 200)


async def test_readiness_names_the_rooms_that_are_silent() -> None:
    """Whoever is woken by it should not have to guess."""
    edge = Edge()
    edge.executor.is_up = edge.auth.is_up = False
    reply = await edge.send(b"", path="/readyz", method="GET")

    assert (reply.status, reply.json["unreachable"]) == (503, ["auth", "executor"])

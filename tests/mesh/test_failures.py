"""Parts fail during calls: each caller hears clearly what happened, nothing is half-written, and the mesh heals by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.support.books import changes
from tests.support.mesh import Made, Mesh, running_mesh
from tests.support.rpc import call_tool

HEALS_WITHIN_SECONDS = 30
QUICKBOOKS_TIMEOUT_SECONDS = 2

CREATE = "create_a_quick_books_customer"
GET = "get_single_quick_books_customer_by_id"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh of its own, since these tests break it, and less patient with QuickBooks than usual."""
    variables = {"DAYBOOK_EXECUTOR_QUICKBOOKS_TIMEOUT": f"{QUICKBOOKS_TIMEOUT_SECONDS}s"}
    with running_mesh(tmp_path_factory.mktemp("broken") / "daybook", variables=variables) as running:
        yield running


def read(server: Made) -> dict[str, Any]:
    return call_tool(server.url, GET, {"id": "42"})


def create(server: Made, name: str) -> dict[str, Any]:
    return call_tool(server.url, CREATE, {"DisplayName": name})


def reason_of(result: dict[str, Any]) -> str | None:
    """None for a good result."""
    return str(result["structuredContent"]["error"]["reason"]) if result["isError"] else None


def until_good(attempt: Callable[[], dict[str, Any]]) -> set[str]:
    """Repeat until the answer is good; the reasons heard on the way. Every one of them must be a proper tool result."""
    end = time.monotonic() + HEALS_WITHIN_SECONDS
    heard: set[str] = set()
    while True:
        reason = reason_of(attempt())
        if reason is None:
            return heard
        heard.add(reason)
        assert time.monotonic() < end, f"not healed within {HEALS_WITHIN_SECONDS} s: {heard}"


def customers(mesh: Mesh, server: Made, name: str) -> int:
    """How many customers of that name the books hold."""
    rows = mesh.books(server.connection)["entities"]["Customer"].values()
    return sum(row["DisplayName"] == name for row in rows)


def test_an_executor_that_dies_is_back_by_itself_and_callers_hear_of_it(mesh: Mesh) -> None:
    """The edge must not hang on a dead connection, nor need a restart."""
    server = mesh.create_server()
    read(server)

    mesh.kill("executor")

    assert until_good(lambda: read(server)) <= {"PEER_UNAVAILABLE"}
    assert reason_of(create(server, "Pinwheel Kites")) is None


def test_a_write_cut_off_by_a_dying_executor_is_unknown_and_safe_to_repeat(mesh: Mesh) -> None:
    """The one case where nobody knows: the answer must say so, and repeating must find out."""
    server = mesh.create_server()
    read(server)
    mesh.order_fault(server.connection, method="POST", latency_seconds=1, path_suffix="/customer")

    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(create, server, "Lantern Works")
        mesh.wait_for_faults()
        mesh.kill("executor")
        result = call.result(timeout=HEALS_WITHIN_SECONDS)

    assert result["structuredContent"]["error"]["outcome"] == "unknown"
    until_good(lambda: create(server, "Lantern Works"))
    assert customers(mesh, server, "Lantern Works") == 1


def test_a_registry_that_dies_does_not_stop_calls_under_way(mesh: Mesh) -> None:
    """What a tool means is known to the executor; the catalog's room may restart at leisure."""
    server = mesh.create_server()
    read(server)

    mesh.kill("registry")

    assert [reason_of(read(server)) for _ in range(5)] == [None] * 5
    until_good(lambda: call_tool(server.url, "get_single_quick_books_vendor_by_id", {"id": "105"}))


def test_an_auth_that_dies_stops_newcomers_only_and_says_try_again(mesh: Mesh) -> None:
    """A token that can't be checked is not a token that is wrong."""
    server, newcomer = mesh.create_server(), mesh.create_server()
    read(server)

    mesh.kill("auth")

    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    refused = httpx2.post(newcomer.url, json=body)
    assert (refused.status_code, "retry-after" in refused.headers) in {(503, True), (200, False)}
    end = time.monotonic() + HEALS_WITHIN_SECONDS
    while (answer := httpx2.post(newcomer.url, json=body, timeout=30)).status_code != 200:
        assert answer.status_code == 503
        assert time.monotonic() < end
    assert until_good(lambda: read(server)) <= {"PEER_UNAVAILABLE"}


def test_without_the_store_reads_go_on_and_writes_are_refused_before_they_begin(mesh: Mesh) -> None:
    """A write that could not be made safe to repeat must not be sent at all."""
    server = mesh.create_server()
    read(server)
    create(server, "Quillfeather Press")
    before = mesh.books(server.connection)

    # Frozen first: a dead one is back so soon that the refusal might not be seen.
    mesh.freeze("valkey")
    refused, still_read = create(server, "Gullwing Ferries"), read(server)
    mesh.kill("valkey")

    assert reason_of(refused) == "JOURNAL_UNAVAILABLE"
    assert refused["structuredContent"]["error"]["outcome"] == "nothing_written"
    assert reason_of(still_read) is None
    assert changes(before, mesh.books(server.connection)) == {}
    until_good(lambda: create(server, "Gullwing Ferries"))
    assert customers(mesh, server, "Gullwing Ferries") == 1
    # What the store had confirmed before it died is still there: the same URL opens the same company.
    assert reason_of(create(mesh.create_server(server.connection), "Hollow Oak Joinery")) is None


def test_quickbooks_down_is_said_so_and_over_when_it_is_back(mesh: Mesh) -> None:
    """Intuit has outages; a model must be told to wait rather than to change its arguments."""
    server = mesh.create_server()
    read(server)
    # Intuit forgets nothing when it is down, so neither may its stand-in.
    mesh.wait_for_snapshot(server.connection)

    mesh.kill("sandbox")
    refused = read(server)

    assert reason_of(refused) == "QUICKBOOKS_UNAVAILABLE"
    assert refused["structuredContent"]["error"]["retry_after_seconds"] > 0
    assert until_good(lambda: read(server)) <= {"QUICKBOOKS_UNAVAILABLE"}


def test_a_slow_quickbooks_is_given_up_in_time(mesh: Mesh) -> None:
    """Chat clients give up after a minute and call again; ours must be the first to say something."""
    server = mesh.create_server()
    read(server)
    mesh.order_fault(server.connection, latency_seconds=QUICKBOOKS_TIMEOUT_SECONDS * 3)

    started = time.monotonic()
    result = read(server)

    assert reason_of(result) == "QUICKBOOKS_TIMEOUT"
    assert time.monotonic() - started < QUICKBOOKS_TIMEOUT_SECONDS + 2


@pytest.mark.parametrize("cut", ["before_commit", "after_commit"])
def test_a_lost_answer_is_unknown_and_repeating_writes_exactly_once(mesh: Mesh, cut: str) -> None:
    """Before or after the commit looks the same from here; the request id makes both safe."""
    server = mesh.create_server()
    read(server)
    mesh.order_fault(server.connection, method="POST", cut=cut)

    lost = create(server, "Saffron Tileworks")
    again = create(server, "Saffron Tileworks")

    assert reason_of(lost) == "QUICKBOOKS_OUTCOME_UNKNOWN"
    assert lost["structuredContent"]["error"]["outcome"] == "unknown"
    assert reason_of(again) is None
    assert customers(mesh, server, "Saffron Tileworks") == 1


def test_a_throttled_call_passes_on_the_wait(mesh: Mesh) -> None:
    """QuickBooks' limits are shared by every app: hammering on would lock out people."""
    server = mesh.create_server()
    read(server)
    mesh.order_fault(server.connection, status=429)
    asked = len(mesh.requests(server.connection))

    error = read(server)["structuredContent"]["error"]

    assert (error["reason"], error["retry_after_seconds"], error["ratelimit_remaining"]) == (
        "QUICKBOOKS_THROTTLED",
        60,
        0,
    )
    assert len(mesh.requests(server.connection)) == asked + 1


def test_a_refresh_token_that_intuit_dropped_asks_for_a_person(mesh: Mesh) -> None:
    """Only someone who signs in can mend it, so the answer carries the address where."""
    server = mesh.create_server()
    read(server)
    mesh.sandbox.post(
        f"/_sandbox/companies/{server.connection}/expire_tokens", json={"access": True, "refresh": True}
    ).raise_for_status()

    error = read(server)["structuredContent"]["error"]

    assert error["reason"] == "CONNECTION_EXPIRED"
    assert error["help_url"].startswith(str(mesh.console.base_url))
    assert httpx2.get(error["help_url"]).status_code == 200
    mesh.connect(server.connection)
    assert until_good(lambda: read(server)) <= {"CONNECTION_EXPIRED"}

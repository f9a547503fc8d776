"""The management API answers as documented, and refuses with words that help."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.errors import FieldViolation, Help, PeerUnavailable
from services.console.model import Filter
from tests.unit.console.console_fakes import ACCOUNT, BEARER, LIST_TOOL, NOW, REALM, Console, open_console, remote

pytestmark = pytest.mark.anyio


PLAIN = {"methods": ["read"], "tags": [], "tools": [], "tool_exposure": "all", "company_knowledge": False}
"""The config of a server that was made without one."""


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    async with open_console(public_edge_url="https://mcp.example.test/") as opened:
        yield opened


async def test_a_new_server_is_shown_with_its_address_once(console: Console) -> None:
    """Whoever holds the address holds the books: no later answer may give it away again."""
    shown = await console.make_server(
        name="QuickBooks AP/AR Agent",
        config={"methods": ["read", "write"], "tags": ["accounting"]},
        expires_at="2026-12-31T23:59:59Z",
    )
    later = (await console.client.get(f"{ACCOUNT}/mcp/{shown['id']}")).json()
    token = "dbm_" + "x" * 43
    assert shown == {
        "id": "server000000",
        "name": "QuickBooks AP/AR Agent",
        "config": {**PLAIN, "methods": ["read", "write"], "tags": ["accounting"]},
        "url": f"https://mcp.example.test/mcp/{token}",
        "token": token,
        "integrated_account_id": REALM,
        "expires_at": "2026-12-31T23:59:59Z",
        "created_at": "2026-11-22T12:00:00Z",
        "updated_at": "2026-11-22T12:00:00Z",
        "etag": "v1",
        "tool_count": 3,
        "estimated_tokens": 300,
        "warnings": [],
    }
    at_birth = ("url", "token", "tool_count", "estimated_tokens", "warnings")
    assert later == {key: value for key, value in shown.items() if key not in at_birth}


async def test_a_server_says_what_its_tools_cost_a_model(console: Console) -> None:
    """Who makes a server for ChatGPT learns of its limits before ChatGPT refuses the list."""
    console.catalog.size = 268
    wide = await console.make_server()
    hidden = await console.make_server(config={"tool_exposure": "discovery"})
    assert wide["tool_count"] == 268
    assert "use the preset `chatgpt`" in wide["warnings"][0]
    assert hidden["warnings"] == []


async def test_a_server_is_shown_as_its_owner_wants_it(console: Console) -> None:
    """Exact tools, discovery and company knowledge reach auth, and change like the rest."""
    config = {"methods": ["read"], "tools": [LIST_TOOL], "tool_exposure": "discovery", "company_knowledge": True}
    shown = await console.make_server(config=config)
    assert shown["config"] == {**PLAIN, **config}
    answer = await console.client.patch(
        f"{ACCOUNT}/mcp/{shown['id']}", json={"config": {"tool_exposure": "all", "company_knowledge": False}}
    )
    assert answer.json()["config"] == {**PLAIN, "tools": [LIST_TOOL]}


async def test_a_preset_stands_for_its_filter(console: Console) -> None:
    """What was recommended then is what the server opens: a later catalog changes no server unseen."""
    shown = await console.make_server(config={"preset": "chatgpt"})
    assert shown["config"] == {**PLAIN, "methods": ["read", "write"], "tools": [LIST_TOOL]}


async def test_an_unknown_preset_is_refused_with_those_there_are(console: Console) -> None:
    """A name is easily misremembered."""
    answer = await console.client.post(ACCOUNT + "/mcp", json={"name": "a", "config": {"preset": "gpt"}})
    assert (answer.status_code, answer.json()["details"]["failures"][0]["field"]) == (400, "config.preset")
    assert "there are chatgpt" in answer.json()["message"]


async def test_a_misspelt_tool_is_refused_with_the_right_name(console: Console) -> None:
    """Left out without a word, it would be missed in the middle of somebody's work."""
    answer = await console.client.post(ACCOUNT + "/mcp", json={"name": "a", "config": {"tools": ["list_customers"]}})
    assert (answer.status_code, answer.json()["details"]["failures"][0]["field"]) == (400, "config.tools")
    assert f"did you mean {LIST_TOOL}?" in answer.json()["message"]
    assert console.auth.created == []


async def test_the_tools_of_a_filter_are_shown_with_what_is_missing(console: Console) -> None:
    """Before a server is made one can see what it would open, what that costs, and what no filter can open."""
    answer = await console.client.get(ACCOUNT + "/tools?methods=read,void&tags=crm")
    shown = answer.json()
    assert console.catalog.asked[-1] == Filter(methods=("read", "void"), tags=("crm",))
    assert (shown["tool_count"], shown["estimated_tokens"]) == (3, 300)
    assert shown["result"][0]["name"] == LIST_TOOL
    assert shown["result"][0]["resource"] == "customer"
    assert b'"maximum":100.50' in answer.content
    assert shown["ai_readiness"]["score"] == 50
    assert shown["ai_readiness"]["resources"]["customer"] == {
        "list": {"tool": LIST_TOOL},
        "merge": {"tool": None, "missing": "QuickBooks merges in its own pages only."},
    }


async def test_without_a_filter_every_tool_is_shown(console: Console) -> None:
    """A look is free; only servers need a filter."""
    await console.client.get(ACCOUNT + "/tools")
    assert console.catalog.asked[-1] == Filter(methods=("read", "write", "custom"), tags=())


@pytest.mark.parametrize("query", ["methods=Read", "tag=crm", "tools=a b"])
async def test_a_filter_that_can_not_be_read_is_refused(console: Console, query: str) -> None:
    """Ignored, a misspelt parameter would show everything as if it were asked for."""
    assert (await console.client.get(f"{ACCOUNT}/tools?{query}")).status_code == 400


async def test_tools_are_shown_to_those_whom_auth_lets_in(console: Console) -> None:
    """The catalog is no secret, but this address is the company's."""
    console.auth.fails_with = [remote(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")]
    assert (await console.client.get(ACCOUNT + "/tools")).status_code == 401


async def test_a_server_without_methods_reads_only(console: Console) -> None:
    """Least privilege: writing to the books is asked for by name."""
    shown = await console.make_server(config={"tags": ["crm"]})
    assert shown["config"] == {**PLAIN, "tags": ["crm"]}


async def test_the_token_goes_to_auth_as_it_came(console: Console) -> None:
    """Only auth judges API tokens."""
    await console.client.get("/integrated-account")
    assert console.auth.bearers == [BEARER["Authorization"]]


@pytest.mark.parametrize("header", [None, "", "Basic dXNlcjpwYXNz", "Bearer", "Bearer   "])
async def test_no_token_is_401_before_anything_is_asked(console: Console, header: str | None) -> None:
    """A page without a token must not reach auth, and clients learn how to send one."""
    del console.client.headers["authorization"]
    answer = await console.client.get(
        "/integrated-account", headers={} if header is None else {"Authorization": header}
    )
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="daybook"')
    assert (answer.json()["reason"], console.auth.bearers) == ("TOKEN_INVALID", [])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", ["body"]),
        (b"{", ["body"]),
        (b"[]", ["body"]),
        (b'{"name": "a"}', ["config"]),
        (b'{"config": {}}', ["name"]),
        (b'{"name": "   ", "config": {}}', ["name"]),
        (b'{"name": "a", "config": []}', ["config"]),
        (b'{"name": "a", "config": {}, "tenant": 1}', ["tenant"]),
        (b'{"name": "a", "config": {"methods": []}}', ["config.methods"]),
        (b'{"name": "a", "config": {"methods": "read"}}', ["config.methods"]),
        (b'{"name": "a", "config": {"methods": ["Read", 5]}}', ["config.methods[0]", "config.methods[1]"]),
        (b'{"name": "a", "config": {"tags": null}}', ["config.tags"]),
        (b'{"name": "a", "config": {"tags": [["crm"]]}}', ["config.tags[0]"]),
        (b'{"name": "a", "config": {"tool_exposure": "some"}}', ["config.tool_exposure"]),
        (b'{"name": "a", "config": {"company_knowledge": "yes"}}', ["config.company_knowledge"]),
        (b'{"name": "a", "config": {"tools": ["a b"]}}', ["config.tools[0]"]),
        (b'{"name": "a", "config": {"preset": "chatgpt", "tags": ["crm"]}}', ["config.preset"]),
        (b'{"name": "a", "config": {"require_api_token_auth": true}}', ["config.require_api_token_auth"]),
        (b'{"name": "a", "config": {"color": "red"}}', ["config.color"]),
        (b'{"name": "a", "config": {}, "expires_at": "2026-12-31"}', ["expires_at"]),
        (b'{"name": "a", "config": {}, "expires_at": "2026-12-31T23:59:59"}', ["expires_at"]),
        (b'{"name": "a", "config": {}, "expires_at": 1798761599}', ["expires_at"]),
        (b'{"name": "a", "config": {}, "expires_at": "2026-11-22T12:00:59Z"}', ["expires_at"]),
        (b'{"name": 5, "config": {"methods": 5, "x": 1}}', ["name", "config.x", "config.methods"]),
    ],
)
async def test_a_bad_body_names_every_wrong_field(console: Console, body: bytes, fields: list[str]) -> None:
    """A caller puts everything right at once, and nothing is made of a body that was not understood."""
    answer = await console.client.post(ACCOUNT + "/mcp", content=body, headers={"Content-Type": "application/json"})
    said = answer.json()
    assert (answer.status_code, said["statusCode"], said["error"]) == (400, 400, "Bad Request")
    assert sorted(f["field"] for f in said["details"]["failures"]) == sorted(fields)
    assert console.auth.created == []


async def test_an_end_sixty_seconds_ahead_is_enough(console: Console) -> None:
    """The bound itself is allowed."""
    await console.make_server(expires_at="2026-11-22T13:01:00+01:00")
    assert console.auth.created[0][0].expires_at == NOW + timedelta(seconds=60)


async def test_a_filter_that_leaves_no_tool_is_refused_with_what_there_is(console: Console) -> None:
    """A server without tools looks broken to the person who connects it."""
    answer = await console.client.post(ACCOUNT + "/mcp", json={"name": "a", "config": {"tags": ["crmm"]}})
    assert (answer.status_code, answer.json()["reason"]) == (400, "FILTER_EMPTY")
    assert "available tags: accounting, crm, sales" in answer.json()["message"]
    assert console.auth.created == []


async def test_an_idempotency_key_is_passed_on(console: Console) -> None:
    """Repeating a request whose answer was lost must not make a second server."""
    body = {"name": "a", "config": {}}
    good = await console.client.post(ACCOUNT + "/mcp", json=body, headers={"Idempotency-Key": "order-0001"})
    bad = await console.client.post(ACCOUNT + "/mcp", json=body, headers={"Idempotency-Key": "a b"})
    assert (good.status_code, console.auth.created[0][1]) == (201, "order-0001")
    assert (bad.status_code, bad.json()["details"]["failures"][0]["field"]) == (400, "Idempotency-Key")


async def test_changing_one_part_of_the_config_keeps_the_other(console: Console) -> None:
    """Dropping the tags unseen would open the whole company."""
    shown = await console.make_server(config={"methods": ["read"], "tags": ["crm"]})
    answer = await console.client.patch(f"{ACCOUNT}/mcp/{shown['id']}", json={"config": {"methods": ["read", "write"]}})
    assert answer.json()["config"] == {**PLAIN, "methods": ["read", "write"], "tags": ["crm"]}
    assert console.catalog.asked[-1] == Filter(methods=("read", "write"), tags=("crm",))
    assert answer.headers["etag"] == '"v2"'


async def test_a_change_without_config_asks_the_catalog_nothing(console: Console) -> None:
    """Renaming a server works while the registry is away."""
    shown = await console.make_server(expires_at="2026-12-31T23:59:59Z")
    console.catalog.fails_with = PeerUnavailable("registry")
    answer = await console.client.patch(f"{ACCOUNT}/mcp/{shown['id']}", json={"name": "b", "expires_at": None})
    assert (answer.json()["name"], answer.json()["expires_at"]) == ("b", None)


async def test_a_filter_changed_meanwhile_is_checked_again(console: Console) -> None:
    """What is stored is what was checked: a change between the check and the write restarts both."""
    shown = await console.make_server()
    asked = len(console.catalog.asked)
    path = f"{ACCOUNT}/mcp/{shown['id']}"
    original = console.auth.update_server
    calls = 0

    async def moved_once(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise remote(grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
        return await original(*arguments, **named)

    console.auth.update_server = moved_once  # type: ignore[method-assign]
    answer = await console.client.patch(path, json={"config": {"tags": ["crm"]}})
    assert (answer.status_code, len(console.catalog.asked) - asked) == (200, 2)


async def test_an_old_version_is_not_changed(console: Console) -> None:
    """Two people editing one server must not undo each other unseen."""
    shown = await console.make_server()
    path = f"{ACCOUNT}/mcp/{shown['id']}"
    first = await console.client.patch(path, json={"name": "b"}, headers={"If-Match": '"v1"'})
    second = await console.client.patch(path, json={"config": {"tags": ["crm"]}}, headers={"If-Match": '"v1"'})
    third = await console.client.patch(path, json={"name": "c", "etag": "v1"})
    assert (first.status_code, second.status_code, third.status_code) == (200, 412, 412)
    assert second.json()["reason"] == "ETAG_MISMATCH"


@pytest.mark.parametrize("body", [{}, {"etag": "v1"}, {"config": {"methods": []}}, {"expires_at": "soon"}])
async def test_a_change_that_changes_nothing_or_nonsense_is_refused(console: Console, body: dict[str, Any]) -> None:
    """An empty change is a misspelt one."""
    shown = await console.make_server()
    answer = await console.client.patch(f"{ACCOUNT}/mcp/{shown['id']}", json=body)
    assert (answer.status_code, console.auth.changes) == (400, [])


async def test_servers_are_listed_a_page_at_a_time(console: Console) -> None:
    """The cursor of one page asks for the next."""
    await console.make_server()
    await console.make_server()
    page = (await console.client.get(ACCOUNT + "/mcp", params={"limit": 1})).json()
    assert (len(page["result"]), page["next_cursor"], page["limit"]) == (1, "more", 1)
    assert "url" not in page["result"][0]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=ten", "limit=-1", "cursor=x", "next_cursor=" + "x" * 201]
)
async def test_a_bad_page_is_refused(console: Console, query: str) -> None:
    """An ignored parameter would answer the first page for ever."""
    answer = await console.client.get(f"/integrated-account?{query}")
    assert answer.status_code == 400


async def test_a_deleted_server_is_gone(console: Console) -> None:
    """Deleting is how a server is stopped at once."""
    shown = await console.make_server()
    path = f"{ACCOUNT}/mcp/{shown['id']}"
    assert (await console.client.delete(path)).status_code == 204
    assert (await console.client.get(path)).status_code == 404


async def test_connections_are_shown_with_their_status(console: Console) -> None:
    """A person sees which company needs a new consent."""
    listed = (await console.client.get("/integrated-account")).json()
    single = (await console.client.get(ACCOUNT)).json()
    assert listed == {"result": [single], "next_cursor": None, "limit": 100}
    assert single == {
        "id": REALM,
        "integration": "quickbooks",
        "display_name": "Hollow Pine Services",
        "status": "active",
        "connected_at": "2026-11-22T12:00:00Z",
        "refresh_expires_at": "2027-03-03T12:00:00Z",
    }
    assert (await console.client.delete(ACCOUNT)).status_code == 204


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/integrated-account/abc", "CONNECTION_UNKNOWN"),
        ("/integrated-account/4620816365", "CONNECTION_UNKNOWN"),
        ("/integrated-account/abc/mcp", "CONNECTION_UNKNOWN"),
        (ACCOUNT + "/mcp/NO", "MCP_SERVER_UNKNOWN"),
        (ACCOUNT + "/mcp/unknown00000", "MCP_SERVER_UNKNOWN"),
        ("/integrated-accounts", "NOT_FOUND"),
    ],
)
async def test_what_does_not_exist_is_404(console: Console, path: str, reason: str) -> None:
    """An id that nothing can have is unknown like any other."""
    answer = await console.client.get(path)
    assert (answer.status_code, answer.json()["reason"]) == (404, reason)


async def test_a_method_that_a_page_does_not_take_is_405(console: Console) -> None:
    """The answer names those it takes."""
    answer = await console.client.put(ACCOUNT)
    assert (answer.status_code, answer.json()["reason"]) == (405, "METHOD_NOT_ALLOWED")
    assert {method.strip() for method in answer.headers["allow"].split(",")} == {"GET", "HEAD", "DELETE"}


async def test_a_large_body_is_413_and_another_type_is_415(console: Console) -> None:
    """Memory is bounded, and forms of other sites are not JSON."""
    large = await console.client.post(ACCOUNT + "/mcp", json={"name": "x" * 70_000, "config": {}})
    form = await console.client.post(ACCOUNT + "/mcp", data={"name": "x"})
    assert (large.status_code, form.status_code) == (413, 415)


@pytest.mark.parametrize("host", ["evil.test", "evil.test:8704", "127.0.0.1.evil.test", ""])
async def test_a_foreign_host_name_is_421(console: Console, host: str) -> None:
    """A rebound DNS name must not drive the console from somebody's browser."""
    answer = await console.client.get("/integrated-account", headers={"Host": host})
    assert (answer.status_code, answer.json()["reason"]) == (421, "HOST_UNKNOWN")


async def test_the_loopback_names_pass_with_any_port(console: Console) -> None:
    """`daybook up --port-base` moves the ports."""
    for host in ("127.0.0.1:9704", "LOCALHOST", "[::1]:8704"):
        answer = await console.client.get("/integrated-account", headers={"Host": host})
        assert answer.status_code == 200, host


@pytest.mark.parametrize(
    ("code", "reason", "status"),
    [
        ("UNAUTHENTICATED", "TOKEN_INVALID", 401),
        ("PERMISSION_DENIED", "CALLER_NOT_ALLOWED", 403),
        ("ALREADY_EXISTS", "ANY", 409),
        ("FAILED_PRECONDITION", "CONNECTION_EXPIRED", 409),
        ("UNAVAILABLE", "VAULT_UNAVAILABLE", 503),
        ("DEADLINE_EXCEEDED", "DEADLINE_TOO_SHORT", 504),
        ("INTERNAL", "INTERNAL", 500),
        ("UNKNOWN", "ANY", 500),
    ],
)
async def test_what_auth_says_becomes_the_right_status(console: Console, code: str, reason: str, status: int) -> None:
    """One table turns reasons into statuses."""
    console.auth.fails_with = [remote(grpc.StatusCode[code], reason)]
    answer = await console.client.get(ACCOUNT)
    assert (answer.status_code, answer.json()["reason"], answer.json()["message"]) == (status, reason, "said so")
    assert ("retry-after" in answer.headers) == (status == 503)
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_auths_complaints_are_told_in_the_words_of_the_rest_api(console: Console) -> None:
    """A caller who sent `config.tags` does not know `mcp_server.tags`."""
    error = remote(grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID")
    error.violations = (FieldViolation(field="mcp_server.tags[1]", description="wrong"),)
    error.retry_after = timedelta(milliseconds=1500)
    error.help = Help(description="Reconnect", url="https://console.test/connect")
    console.auth.fails_with = [error]
    answer = await console.client.post(ACCOUNT + "/mcp", json={"name": "a", "config": {}})
    assert answer.json()["details"] == {"failures": [{"field": "config.tags[1]", "problem": "wrong"}]}
    assert (answer.headers["retry-after"], answer.json()["help_url"]) == ("2", "https://console.test/connect")


async def test_a_fault_of_ours_shows_an_incident_only(console: Console, caplog: pytest.LogCaptureFixture) -> None:
    """The caller can name the log line, and learns nothing else."""
    console.auth.fails_with = [KeyError("internal detail")]
    answer = await console.client.get(ACCOUNT)
    incident = answer.json()["message"].rpartition(" ")[2]
    assert (answer.status_code, "internal detail" in answer.text) == (500, False)
    assert incident in [getattr(record, "incident", None) for record in caplog.records]


async def test_nothing_of_a_request_is_logged_but_its_route(console: Console, caplog: pytest.LogCaptureFixture) -> None:
    """API tokens and server tokens must not reach a log."""
    caplog.set_level("DEBUG")
    shown = await console.make_server()
    logged = "\n".join(
        str(vars(record)) for record in caplog.records if record.name.startswith(("services", "chassis"))
    )
    assert "/integrated-account/{realm_id}/mcp" in logged
    assert not [secret for secret in (BEARER["Authorization"][7:], shown["token"]) if secret in logged]


async def test_every_answer_stays_out_of_caches(console: Console) -> None:
    """The answer that makes a server carries its secret."""
    for path in ("/integrated-account", "/nowhere", "/connect/callback"):
        answer = await console.client.get(path)
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_readiness_names_the_room_that_is_away(console: Console) -> None:
    """Probes come under the pod's own address, and a person sees whom to look after."""
    live = await console.client.get("/healthz", headers={"Host": "10.1.2.3"})
    ready = await console.client.get("/readyz", headers={"Host": "10.1.2.3"})
    console.auth.is_up = False
    away = await console.client.get("/readyz")
    assert (live.status_code, ready.status_code, away.status_code) == (200, 200, 503)
    assert away.json() == {"ready": False, "rooms": {"auth": False, "registry": True}}


@pytest.mark.parametrize(("ends", "status"), [("12:00:00Z", 400), ("11:59:59Z", 400), ("12:00:05Z", 200)])
async def test_an_end_may_be_moved_to_any_later_moment(console: Console, ends: str, status: int) -> None:
    """A running server may be given seconds only; an end in the past is a slip."""
    shown = await console.make_server()
    answer = await console.client.patch(f"{ACCOUNT}/mcp/{shown['id']}", json={"expires_at": f"2026-11-22T{ends}"})
    assert answer.status_code == status

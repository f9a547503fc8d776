"""Grants open what auth signed, for as long as auth said, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from chassis.grants import ALGORITHM, Grant, GrantInvalid, GrantVerifier, Scope, claims_of

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SERVER = "connections/9130347596842560/mcpServers/k3v9k3v9"


class HeldClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Auth:
    """Signs as auth does, with a key of its own."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    async def keys(self) -> bytes:
        public = json.loads(jwt.get_algorithm_by_name(ALGORITHM).to_jwk(self.key.public_key()))
        return json.dumps({"keys": [public | {"kid": "1", "use": "sig", "alg": ALGORITHM}]}).encode()

    def sign(self, **changes: Any) -> str:
        claims = claims_of(grant()) | changes
        return jwt.encode(claims, self.key, algorithm=ALGORITHM, headers={"kid": "1"})


def grant(**changes: Any) -> Grant:
    facts: dict[str, Any] = {
        "connection": "connections/9130347596842560",
        "mcp_server": SERVER,
        "scope": Scope(methods=("read",), tags=("crm",), tools=("list_all_quick_books_customers",)),
        "issued_at": NOW,
        "expires_at": NOW + timedelta(minutes=1),
        "token_id": "t1",
    }
    return Grant(**(facts | changes))


async def test_a_good_grant_says_what_was_signed() -> None:
    """Rooms decide by these facts alone."""
    auth = Auth()

    assert await GrantVerifier(auth.keys, HeldClock()).verify(auth.sign()) == grant()


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "someone-else"},
        {"iss": "someone-else"},
        {"exp": (NOW - timedelta(seconds=1)).timestamp()},
        {"iat": (NOW + timedelta(minutes=1)).timestamp()},
        {"mth": None},
        {"con": None, "sub": 7},
    ],
)
async def test_a_grant_that_is_not_quite_right_is_refused(changes: dict[str, Any]) -> None:
    """A near miss is how forgeries look."""
    auth = Auth()
    verifier = GrantVerifier(auth.keys, HeldClock())

    with pytest.raises(GrantInvalid):
        await verifier.verify(auth.sign(**changes))


async def test_a_grant_signed_by_another_key_or_none_is_refused() -> None:
    """Only auth's private key makes grants."""
    auth, stranger = Auth(), Auth()
    verifier = GrantVerifier(auth.keys, HeldClock())
    unsigned = jwt.encode(claims_of(grant()), "", algorithm="none")

    for token in (stranger.sign(), unsigned, "", "a.b.c", auth.sign()[:-4]):
        with pytest.raises(GrantInvalid):
            await verifier.verify(token)


async def test_a_remembered_grant_still_ends_on_time() -> None:
    """The cache must not outlive what it holds."""
    auth, clock = Auth(), HeldClock()
    verifier, token = GrantVerifier(auth.keys, clock), auth.sign()
    await verifier.verify(token)

    clock.at = NOW + timedelta(minutes=1)

    with pytest.raises(GrantInvalid):
        await verifier.verify(token)


async def test_forgetting_a_server_refuses_its_old_grants_and_takes_its_new_ones() -> None:
    """Revocation must bite on grants that are still within their minute."""
    auth, clock = Auth(), HeldClock()
    verifier, old = GrantVerifier(auth.keys, clock), auth.sign()
    await verifier.verify(old)
    clock.at = NOW + timedelta(seconds=10)

    verifier.forget(SERVER)

    with pytest.raises(GrantInvalid):
        await verifier.verify(old)
    clock.at = NOW + timedelta(seconds=11)
    renewed = auth.sign(iat=clock.at.timestamp())
    assert (await verifier.verify(renewed)).mcp_server == SERVER


def _model(scope: Scope, method: str, tool_tags: frozenset[str], tool: str) -> bool:
    methods, tags, tools = scope.methods, scope.tags, scope.tools
    groups = {"list": "read", "get": "read", "create": "write", "update": "write", "delete": "write"}
    named = method in methods or groups.get(method, "custom") in methods
    return named and (not tags or bool(set(tags) & tool_tags)) and (not tools or tool in tools)


@given(
    methods=st.lists(st.sampled_from(["read", "write", "custom", "list", "get", "create", "void"]), max_size=4),
    tags=st.lists(st.sampled_from(["crm", "sales", "destructive"]), max_size=3),
    method=st.sampled_from(["list", "get", "create", "update", "delete", "void", "send"]),
    tool_tags=st.frozensets(st.sampled_from(["crm", "sales", "destructive"])),
    tools=st.lists(st.sampled_from(["a", "b"]), max_size=2),
    tool=st.sampled_from(["a", "b", "c", ""]),
)
def test_a_scope_opens_exactly_what_the_model_says(
    methods: list[str], tags: list[str], method: str, tool_tags: frozenset[str], tools: list[str], tool: str
) -> None:
    """The filter is the guard: listed, callable and allowed must be one set."""
    scope = Scope(methods=tuple(methods), tags=tuple(tags), tools=tuple(tools))

    assert scope.allows(method, tool_tags, tool) is _model(scope, method, tool_tags, tool)

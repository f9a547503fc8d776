"""Grants: what a token opens, signed; and word of what no longer opens."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import from_rpc_error
from chassis.grants import Grant, GrantVerifier, Scope
from daybook.auth.v1 import connection_service_pb2 as connections_pb
from daybook.auth.v1 import grant_service_pb2 as pb
from daybook.auth.v1 import mcp_server_service_pb2 as servers_pb
from daybook.auth.v1 import resources_pb2
from tests.support.auth import (
    OPERATOR,
    AuthClient,
    FakeIntuit,
    ManualClock,
    auth_settings,
    failure_of,
    running_auth,
)
from tests.support.valkey import start_valkey

pytestmark = pytest.mark.anyio


def verifier_of(auth: AuthClient, clock: ManualClock) -> GrantVerifier:
    """A verifier as every other room has one."""

    async def fetch() -> bytes:
        return (await auth.grants.GetSigningKeys(pb.GetSigningKeysRequest())).jwks_json

    return GrantVerifier(fetch, clock)


async def test_a_token_becomes_a_grant_that_other_rooms_can_verify(auth: AuthClient, clock: ManualClock) -> None:
    """Authority travels with the call; nobody has to ask auth about it."""
    connection = await auth.connect()
    made = await auth.create(connection, methods=("read", "void"), tags=("crm",), tools=("a_tool",))
    exchanged = await auth.exchange(made.token)
    grant = await verifier_of(auth, clock).verify(exchanged.grant)
    assert grant == Grant(
        connection=connection,
        mcp_server=made.mcp_server.name,
        scope=Scope(methods=("read", "void"), tags=("crm",), tools=("a_tool",)),
        issued_at=clock.now(),
        expires_at=clock.now() + timedelta(seconds=60),
        token_id=grant.token_id,
    )
    assert (exchanged.connection, exchanged.mcp_server) == (connection, made.mcp_server.name)
    assert (list(exchanged.methods), list(exchanged.tags)) == (["read", "void"], ["crm"])
    assert (list(exchanged.tools), exchanged.company_knowledge) == (["a_tool"], False)


async def test_a_grant_never_outlives_its_server(auth: AuthClient, clock: ManualClock) -> None:
    """Expiry needs no message: it is inside every grant."""
    ends_at = Timestamp()
    ends_at.FromDatetime(clock.now() + timedelta(seconds=70))
    made = await auth.create(await auth.connect(), expire_time=ends_at)
    clock.advance(timedelta(seconds=30))
    assert (await auth.exchange(made.token)).expire_time == ends_at


async def test_unknown_revoked_and_ended_tokens_are_refused_alike(auth: AuthClient, clock: ManualClock) -> None:
    """A difference would tell a guesser which tokens once were good."""
    connection = await auth.connect()
    ends_at = Timestamp()
    ends_at.FromDatetime(clock.now() + timedelta(seconds=60))
    ended, revoked = await auth.create(connection, expire_time=ends_at), await auth.create(connection)
    await auth.servers.DeleteMcpServer(
        servers_pb.DeleteMcpServerRequest(name=revoked.mcp_server.name), metadata=OPERATOR
    )
    clock.advance(timedelta(seconds=60))
    tokens = (ended.token, revoked.token, "dbm_" + "A" * 43, "nonsense")
    failures = [await failure_of(auth.exchange(token)) for token in tokens]
    assert {(failure.code, failure.reason, failure.message) for failure in failures} == {
        (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID", failures[0].message)
    }


async def next_name(stream: AsyncIterator[pb.WatchMcpServersResponse]) -> str:
    """The next name on a watch, soon."""
    async with asyncio.timeout(5):
        return (await anext(stream)).mcp_server


async def test_a_watch_names_every_server_that_changes(auth: AuthClient) -> None:
    """Whoever caches grants drops them at this word: that is how revocation bites within a second."""
    connection = await auth.connect()
    kept, changed, revoked = [(await auth.create(connection)).mcp_server.name for _ in range(3)]
    watch = auth.grants.WatchMcpServers(pb.WatchMcpServersRequest())
    stream = aiter(watch)
    assert await next_name(stream) == ""
    await auth.servers.UpdateMcpServer(
        servers_pb.UpdateMcpServerRequest(
            mcp_server=resources_pb2.McpServer(name=changed, methods=["write"]),
            update_mask=FieldMask(paths=["methods"]),
        ),
        metadata=OPERATOR,
    )
    assert await next_name(stream) == changed
    await auth.servers.DeleteMcpServer(servers_pb.DeleteMcpServerRequest(name=revoked), metadata=OPERATOR)
    assert await next_name(stream) == revoked
    await auth.connections.DeleteConnection(connections_pb.DeleteConnectionRequest(name=connection), metadata=OPERATOR)
    assert {await next_name(stream), await next_name(stream)} == {kept, changed}


async def test_a_watch_ends_when_the_vault_can_no_longer_be_heard(
    tmp_path: Path, intuit: FakeIntuit, clock: ManualClock
) -> None:
    """A watcher that hears nothing because nothing reaches it would trust its cache for ever."""
    valkey = start_valkey(tmp_path / "valkey")
    try:
        async with running_auth(auth_settings(valkey.url_for("auth")), intuit, clock) as auth:
            stream = aiter(auth.grants.WatchMcpServers(pb.WatchMcpServersRequest()))
            assert await next_name(stream) == ""
            await asyncio.to_thread(valkey.kill)
            with pytest.raises(grpc.aio.AioRpcError) as broken:
                await next_name(stream)
            assert from_rpc_error(broken.value, "auth").reason == "VAULT_UNAVAILABLE"
            failure = await failure_of(auth.exchange("dbm_" + "A" * 43))
            assert (failure.reason, failure.retry_after) == ("VAULT_UNAVAILABLE", timedelta(seconds=1))
            await asyncio.to_thread(valkey.start)
            assert (await failure_of(auth.exchange("dbm_" + "A" * 43))).reason == "TOKEN_INVALID"
            assert await next_name(aiter(auth.grants.WatchMcpServers(pb.WatchMcpServersRequest()))) == ""
    finally:
        valkey.stop()

"""A room's server over real gRPC: refusals, failures, deadlines, health and drain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis import deadlines
from chassis.channels import open_channel
from chassis.errors import (
    FieldViolation,
    Help,
    MeshError,
    PeerUnavailable,
    QuotaViolation,
    RequestInvalid,
    from_rpc_error,
)
from chassis.server import RoomServer
from chassis.settings import SettingsError, TlsSettings
from chassis.watch import follow
from daybook.auth.v1 import grant_service_pb2, grant_service_pb2_grpc

pytestmark = pytest.mark.anyio

SERVICE = "daybook.auth.v1.GrantService"


class Everything(MeshError):
    """A condition with every kind of detail."""

    code, reason = grpc.StatusCode.FAILED_PRECONDITION, "CONNECTION_EXPIRED"

    def __init__(self) -> None:
        super().__init__("all of it", connection="connections/1234")
        self.violations = (FieldViolation(field="Line[0].Amount", description="must be a number"),)
        self.retry_after = timedelta(seconds=60)
        self.quota = (QuotaViolation(subject="connections/1234", description="500 a minute"),)
        self.help = Help(description="Reconnect", url="https://books.example/connect")


class Servicer(grant_service_pb2_grpc.GrantServiceServicer):
    """Does what the token says."""

    def __init__(self) -> None:
        self.left: timedelta | None = None
        self.release = asyncio.Event()
        self.started = asyncio.Event()

    async def ExchangeToken(self, request: Any, context: Any) -> grant_service_pb2.ExchangeTokenResponse:
        self.left = deadlines.remaining()
        if request.token == "everything":
            raise Everything
        if request.token == "bug":
            raise ValueError("a password: hunter2")
        if request.token == "slow":
            self.started.set()
            await self.release.wait()
        return grant_service_pb2.ExchangeTokenResponse(grant="g")

    async def WatchMcpServers(
        self, request: Any, context: Any
    ) -> AsyncIterator[grant_service_pb2.WatchMcpServersResponse]:
        yield grant_service_pb2.WatchMcpServersResponse()
        await asyncio.Event().wait()

    async def GetSigningKeys(self, request: Any, context: Any) -> grant_service_pb2.GetSigningKeysResponse:
        return grant_service_pb2.GetSigningKeysResponse()


@asynccontextmanager
async def running(servicer: Servicer) -> AsyncIterator[tuple[RoomServer, grant_service_pb2_grpc.GrantServiceAsyncStub]]:
    server = RoomServer("auth", "127.0.0.1:0")
    server.register(grant_service_pb2_grpc.add_GrantServiceServicer_to_server, servicer, SERVICE)
    await server.start()
    channel = open_channel(server.address, "auth", timeout=timedelta(seconds=5))
    try:
        yield server, grant_service_pb2_grpc.GrantServiceStub(channel)
    finally:
        await channel.close(None)
        await server.drain(timedelta(seconds=1))


def exchange(token: str) -> grant_service_pb2.ExchangeTokenRequest:
    return grant_service_pb2.ExchangeTokenRequest(token=token)


async def failure_of(call: Any) -> MeshError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value, "auth")


async def test_a_failure_arrives_with_all_its_details() -> None:
    """Programs and models act on details, so none may be lost on the way."""
    async with running(Servicer()) as (_, stub):
        error = await failure_of(stub.ExchangeToken(exchange("everything")))

    sent = Everything()
    for name in ("code", "reason", "message", "metadata", "violations", "retry_after", "quota", "help"):
        assert getattr(error, name) == getattr(sent, name)


async def test_a_bug_shows_an_incident_id_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """Exception texts carry whatever the code had in hand; the log keeps them, the caller does not see them."""
    async with running(Servicer()) as (_, stub):
        error = await failure_of(stub.ExchangeToken(exchange("bug")))

    assert error.reason == "INTERNAL"
    assert "hunter2" not in error.message
    assert error.metadata["incident"] in caplog.text or error.metadata["incident"] in str(
        [getattr(record, "incident", "") for record in caplog.records]
    )


async def test_a_message_that_breaks_its_rules_is_refused_before_the_servicer() -> None:
    """Servicers may rely on what the protos promise."""
    servicer = Servicer()
    async with running(servicer) as (_, stub):
        error = await failure_of(stub.ExchangeToken(exchange("")))

    assert (error.reason, [v.field for v in error.violations]) == (RequestInvalid.reason, ["token"])
    assert servicer.left is None


async def test_the_callers_deadline_is_known_to_the_servicer() -> None:
    """Onward calls are budgeted from it."""
    servicer = Servicer()
    async with running(servicer) as (_, stub):
        with deadlines.limit(timedelta(seconds=2)):
            await stub.ExchangeToken(exchange("ok"))

    assert servicer.left is not None
    assert timedelta(seconds=1) < servicer.left < timedelta(seconds=2)


async def test_a_running_call_survives_the_drain_and_streams_do_not_hold_it() -> None:
    """A rollout must cost no call, and an open watch must not cost the whole grace period."""
    servicer = Servicer()
    async with running(servicer) as (server, stub):
        watch = stub.WatchMcpServers(grant_service_pb2.WatchMcpServersRequest()).__aiter__()
        await anext(watch)
        call = asyncio.ensure_future(stub.ExchangeToken(exchange("slow")))
        await servicer.started.wait()

        drain = asyncio.ensure_future(server.drain(timedelta(seconds=10)))
        with pytest.raises(grpc.aio.AioRpcError):
            await anext(watch)
        servicer.release.set()
        answer = await asyncio.wait_for(call, 5)
        await asyncio.wait_for(drain, 5)

    assert answer.grant == "g"


async def test_readiness_follows_the_probes_and_liveness_does_not() -> None:
    """A store that is away must take the room out of rotation, never restart it."""
    async with running(Servicer()) as (server, _):
        answers = {"vault": True}

        async def vault() -> bool:
            return answers["vault"]

        server.probe("vault", vault)
        async with grpc.aio.insecure_channel(server.address) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]
            states = []
            for answers["vault"] in (True, False):
                for service in ("", "readiness", "liveness", SERVICE):
                    reply = await health.Check(health_pb2.HealthCheckRequest(service=service))
                    states.append(reply.status)

    up, down = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
    assert states == [up, up, up, up, down, down, up, down]


async def test_a_follower_is_told_of_each_break_and_reads_on() -> None:
    """Caches that live by a watch must know when it stands and when it does not."""
    seen: list[str] = []
    reading, broken, restored = asyncio.Event(), asyncio.Event(), asyncio.Event()
    async with running(Servicer()) as (server, stub):

        def on_message(message: Any) -> None:
            seen.append("message")
            reading.set()
            if broken.is_set():
                restored.set()

        def on_break() -> None:
            seen.append("break")
            broken.set()

        task = asyncio.ensure_future(
            follow(
                lambda: stub.WatchMcpServers(grant_service_pb2.WatchMcpServersRequest()),
                on_message,
                on_break,
                pause=timedelta(milliseconds=10),
            )
        )
        await asyncio.wait_for(reading.wait(), 5)
        port = server.port
        await server.drain(timedelta(seconds=1))
        await asyncio.wait_for(broken.wait(), 5)
        again = RoomServer("auth", f"127.0.0.1:{port}")
        again.register(grant_service_pb2_grpc.add_GrantServiceServicer_to_server, Servicer(), SERVICE)
        await again.start()
        await asyncio.wait_for(restored.wait(), 10)
        task.cancel()
        await again.drain(timedelta(seconds=1))

    assert seen[0] == "message"
    assert "break" in seen


async def test_a_peer_that_is_away_is_called_so() -> None:
    """A transport failure has no reason of ours; the caller still needs one."""
    channel = open_channel("127.0.0.1:1", "auth", timeout=timedelta(seconds=2))
    stub = grant_service_pb2_grpc.GrantServiceStub(channel)

    error = await failure_of(stub.ExchangeToken(exchange("x")))
    await channel.close(None)

    assert (type(error), error.metadata) == (PeerUnavailable, {"peer": "auth"})


async def test_plaintext_beyond_loopback_is_refused() -> None:
    """Grants and access tokens cross this wire."""
    with pytest.raises(SettingsError, match="plaintext is for loopback only"):
        RoomServer("auth", "0.0.0.0:0")


async def test_a_taken_port_is_an_error_and_not_a_lottery() -> None:
    """With SO_REUSEPORT two servers would silently share the calls."""
    async with running(Servicer()) as (server, _):
        second = RoomServer("auth", server.address)
        with pytest.raises(SettingsError, match="in use"):
            await second.start()


async def test_tls_settings_that_are_off_change_nothing() -> None:
    """A chart passes the settings always; empty means plaintext on loopback."""
    assert RoomServer("auth", "127.0.0.1:0", tls=TlsSettings()).host == "127.0.0.1"

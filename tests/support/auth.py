"""The auth room for tests: settings with fresh secrets, a stand-in for Intuit, a client."""

import asyncio
import base64
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import grpc

from chassis.channels import open_channel
from chassis.clock import Clock
from chassis.errors import MeshError, from_rpc_error
from chassis.grants import GRANT_METADATA
from chassis.settings import Secret, TlsSettings
from daybook.auth.v1 import connection_service_pb2 as connections_pb
from daybook.auth.v1 import grant_service_pb2 as grants_pb
from daybook.auth.v1 import mcp_server_service_pb2 as servers_pb
from daybook.auth.v1 import resources_pb2
from daybook.auth.v1.connection_service_pb2_grpc import ConnectionServiceStub
from daybook.auth.v1.grant_service_pb2_grpc import GrantServiceStub
from daybook.auth.v1.mcp_server_service_pb2_grpc import McpServerServiceStub
from services.auth.app import open_room
from services.auth.errors import GrantRefused, IntuitUnavailable
from services.auth.model import TokenAnswer
from services.auth.settings import AuthSettings

OPERATOR_TOKEN = "operator-token-of-the-tests-0123456789"
OPERATOR = (("authorization", f"Bearer {OPERATOR_TOKEN}"),)
REDIRECT_URI = "https://console.example/oauth/callback"


class ManualClock:
    """A clock that stands still until it is moved. It starts at the present: the vault counts down in real time."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._started_at = datetime.now(UTC)

    def now(self) -> datetime:
        """The instant it was moved to."""
        return self._started_at + self._offset

    def monotonic(self) -> float:
        """Seconds since it was made."""
        return self._offset.total_seconds()

    def advance(self, by: timedelta) -> None:
        """Move it forward."""
        self._offset += by


@dataclass
class FakeIntuit:
    """Intuit's OAuth as strict as it may be: each refresh token works once, and only the newest."""

    access_lifetime: timedelta = timedelta(hours=1)
    is_down: bool = False
    answers_lost: int = 0
    """So many refreshes rotate and then fail on the way back; the same tokens are given again on repeat."""
    refreshes: list[str] = field(default_factory=list)
    """Refresh tokens that were presented, in order."""
    revoked: list[str] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    """Authorization codes not yet used, with the realm they stand for."""
    delay: timedelta = timedelta()
    """Real time that a refresh takes."""
    hold: asyncio.Event | None = None
    """When set, refreshes wait for it after they rotated."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the first refresh."""
    _valid: set[str] = field(default_factory=set)
    _lost: dict[str, TokenAnswer] = field(default_factory=dict)

    def approve(self, realm_id: str) -> str:
        """Let a person approve; return the authorization code."""
        code = secrets.token_hex(8)
        self.codes[code] = realm_id
        return code

    def disconnect(self) -> None:
        """Let the person end every connection on Intuit's side."""
        self._valid.clear()

    def authorize_url(self, redirect_uri: str, state: Secret) -> str:
        """The page on which a person approves."""
        return f"https://intuit.example/authorize?redirect_uri={redirect_uri}&state={state.reveal()}"

    async def exchange_code(self, code: Secret, redirect_uri: str) -> TokenAnswer:
        """Each code works once, with the redirect address it was asked for."""
        self._check_up()
        if self.codes.pop(code.reveal(), None) is None or redirect_uri != REDIRECT_URI:
            raise GrantRefused("invalid_grant")
        return self._new_tokens()

    async def refresh(self, refresh_token: Secret) -> TokenAnswer:
        """Rotate: the token that was presented is dead from here on."""
        self._check_up()
        presented = refresh_token.reveal()
        self.refreshes.append(presented)
        self.asked.set()
        await asyncio.sleep(self.delay.total_seconds())
        if presented in self._lost:
            return self._lost.pop(presented)
        if presented not in self._valid:
            raise GrantRefused("invalid_grant")
        self._valid.remove(presented)
        answer = self._new_tokens()
        if self.hold is not None:
            await self.hold.wait()
        if self.answers_lost:
            self.answers_lost -= 1
            self._lost[presented] = answer
            raise IntuitUnavailable()
        return answer

    async def revoke(self, refresh_token: Secret) -> None:
        """End a token."""
        self._check_up()
        self.revoked.append(refresh_token.reveal())
        self._valid.discard(refresh_token.reveal())

    def _check_up(self) -> None:
        if self.is_down:
            raise IntuitUnavailable()

    def _new_tokens(self) -> TokenAnswer:
        refresh_token = f"refresh-{secrets.token_hex(16)}"
        self._valid.add(refresh_token)
        return TokenAnswer(
            access_token=Secret(f"access-{secrets.token_hex(16)}"),
            access_lifetime=self.access_lifetime,
            refresh_token=Secret(refresh_token),
            refresh_lifetime=timedelta(days=101),
        )


def random_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(os.urandom(32)).decode()


def auth_settings(redis_url: Secret, **changes: object) -> AuthSettings:
    """Settings on a free loopback port, with secrets of their own."""
    values: dict[str, object] = {
        "redis_url": redis_url,
        "sealing_keys": Secret(f"1:{random_key()}"),
        "digest_key": Secret(random_key()),
        "signing_key": Secret(random_key()),
        "operator_token": Secret(OPERATOR_TOKEN),
        "intuit_client_id": "client-of-the-tests",
        "intuit_client_secret": Secret("client-secret-of-the-tests"),
        "listen": "127.0.0.1:0",
        "tls": TlsSettings(),
    }
    return AuthSettings(**{**values, **changes})  # type: ignore[arg-type]


def new_realm() -> str:
    """A realm id that no other test has."""
    return str(secrets.randbelow(9 * 10**14) + 10**14)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once the condition holds; fail the test when it does not within ten seconds."""
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 - some of what is waited for happens in other processes
            await asyncio.sleep(0.01)


async def failure_of(call: Awaitable[object]) -> MeshError:
    """What a call failed with; a call that succeeds fails the test."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error, "auth")
    raise AssertionError(f"expected a failure, got {type(answer).__name__}")


class AuthClient:
    """The three services of one auth room, and the steps that most tests begin with."""

    def __init__(self, channel: grpc.aio.Channel, intuit: FakeIntuit) -> None:
        self.connections = ConnectionServiceStub(channel)
        self.servers = McpServerServiceStub(channel)
        self.grants = GrantServiceStub(channel)
        self.intuit = intuit

    async def begin(self) -> connections_pb.BeginConnectResponse:
        """Begin to link a company."""
        request = connections_pb.BeginConnectRequest(redirect_uri=REDIRECT_URI)
        return await self.connections.BeginConnect(request, metadata=OPERATOR)

    async def complete(
        self, state: str, code: str = "", realm_id: str = "", oauth_error: str = ""
    ) -> resources_pb2.Connection:
        """Come back from Intuit."""
        request = connections_pb.CompleteConnectRequest(
            state=state, code=code, realm_id=realm_id, oauth_error=oauth_error
        )
        return (await self.connections.CompleteConnect(request)).connection

    async def connect(self, realm_id: str | None = None) -> str:
        """Link a company as a person would; return its name."""
        realm_id = realm_id or new_realm()
        connection = await self.complete((await self.begin()).state, self.intuit.approve(realm_id), realm_id)
        return connection.name

    async def get(self, connection: str) -> resources_pb2.Connection:
        """Read a company."""
        request = connections_pb.GetConnectionRequest(name=connection)
        return (await self.connections.GetConnection(request, metadata=OPERATOR)).connection

    async def create(
        self, parent: str, *, methods: tuple[str, ...] = ("read",), request_id: str = "", **fields: object
    ) -> servers_pb.CreateMcpServerResponse:
        """Make an MCP server."""
        server = resources_pb2.McpServer(display_name="AP agent", methods=methods, **fields)  # type: ignore[arg-type]
        request = servers_pb.CreateMcpServerRequest(parent=parent, mcp_server=server, request_id=request_id)
        return await self.servers.CreateMcpServer(request, metadata=OPERATOR)

    async def exchange(self, token: str) -> grants_pb.ExchangeTokenResponse:
        """Turn a token into a grant."""
        return await self.grants.ExchangeToken(grants_pb.ExchangeTokenRequest(token=token))

    async def grant_for(self, connection: str, methods: tuple[str, ...] = ("read", "write")) -> str:
        """Make a server over a company, and return a grant of it."""
        return (await self.exchange((await self.create(connection, methods=methods)).token)).grant

    async def issue(
        self, grant: str, connection: str, method: str = "list", refused_digest: str = "", tool_id: str = ""
    ) -> connections_pb.IssueAccessTokenResponse:
        """Get an access token as the executor does."""
        request = connections_pb.IssueAccessTokenRequest(
            connection=connection,
            method=method,
            tags=["accounting"],
            refused_digest=refused_digest,
            tool_id=tool_id,
        )
        return await self.connections.IssueAccessToken(request, metadata=((GRANT_METADATA, grant),))


@asynccontextmanager
async def running_auth(
    settings: AuthSettings, intuit: FakeIntuit, clock: Clock | None = None
) -> AsyncIterator[AuthClient]:
    """Run the room on loopback; give a client."""
    async with open_room(settings, intuit=intuit, clock=clock) as server:
        channel = open_channel(server.address, "auth", timeout=timedelta(seconds=20))
        try:
            yield AuthClient(channel, intuit)
        finally:
            await channel.close(None)

"""Which processes make up a laptop's mesh, and what each is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from cli.ports import Ports
from cli.secrets import STATEFUL_ROOMS, MeshSecrets
from cli.state import DataFolder

CLIENT_ID = "daybook-up"
"""Client id that auth and the sandbox share."""

_LEFT_OUT = ("DAYBOOK_TLS_",)
"""Left out of what rooms inherit: the laptop's mesh speaks plaintext, on loopback only."""


class Wire(Enum):
    """What a room speaks."""

    GRPC = "grpc"
    HTTP = "http"


@dataclass(frozen=True, kw_only=True)
class RoomPlan:
    """One process to run."""

    room: str
    port: int
    wire: Wire
    ready_path: str = ""
    """HTTP only: answers 200 once the room can work."""
    environment: Mapping[str, str]
    """Variables on top of what is inherited. Secrets are named by file."""

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Address of an HTTP room."""
        return f"http://{self.address}"


def plan_rooms(ports: Ports, folder: DataFolder, secrets: MeshSecrets) -> tuple[RoomPlan, ...]:
    """The processes, in the order in which they come to depend on each other; stopping goes the other way."""
    console_url, sandbox_url = f"http://127.0.0.1:{ports.console}", f"http://127.0.0.1:{ports.sandbox}"
    targets = {
        "AUTH_TARGET": f"127.0.0.1:{ports.auth}",
        "REGISTRY_TARGET": f"127.0.0.1:{ports.registry}",
        "EXECUTOR_TARGET": f"127.0.0.1:{ports.executor}",
    }
    return (
        RoomPlan(
            room="sandbox",
            port=ports.sandbox,
            wire=Wire.HTTP,
            ready_path="/_sandbox/health",
            environment={
                "SANDBOX_HOST": "127.0.0.1",
                "SANDBOX_PORT": str(ports.sandbox),
                "SANDBOX_CLIENT_ID": CLIENT_ID,
                "SANDBOX_CLIENT_SECRET_FILE": str(secrets.path("intuit_client_secret")),
                "SANDBOX_REDIRECT_URIS": f"{console_url}/connect/callback,http://localhost:{ports.console}/connect/callback",
                "SANDBOX_SNAPSHOT_PATH": str(folder.sandbox_file),
            },
        ),
        _grpc_room("registry", ports.registry, {}),
        _grpc_room("auth", ports.auth, _auth_environment(secrets, console_url, sandbox_url)),
        _grpc_room(
            "executor",
            ports.executor,
            {
                "QUICKBOOKS_URL": sandbox_url,
                "REDIS_URL_FILE": str(secrets.path("redis_url_executor")),
                **_some(targets, "AUTH_TARGET", "REGISTRY_TARGET"),
            },
        ),
        RoomPlan(
            room="console",
            port=ports.console,
            wire=Wire.HTTP,
            ready_path="/readyz",
            environment={
                "DAYBOOK_CONSOLE_LISTEN": f"127.0.0.1:{ports.console}",
                "DAYBOOK_CONSOLE_PUBLIC_URL": console_url,
                "DAYBOOK_CONSOLE_PUBLIC_EDGE_URL": f"http://127.0.0.1:{ports.mcp_edge}",
                **_prefixed("DAYBOOK_CONSOLE_", _some(targets, "AUTH_TARGET", "REGISTRY_TARGET")),
            },
        ),
        RoomPlan(
            room="mcp_edge",
            port=ports.mcp_edge,
            wire=Wire.HTTP,
            ready_path="/readyz",
            environment={
                "DAYBOOK_EDGE_LISTEN": f"127.0.0.1:{ports.mcp_edge}",
                **_prefixed("DAYBOOK_EDGE_", targets),
            },
        ),
    )


def inherited(environ: Mapping[str, str], plan: RoomPlan) -> dict[str, str]:
    """A room's whole environment: the person's own, with the plan's variables winning in either form."""
    decided = {name.removesuffix("_FILE") for name in plan.environment}
    kept = {
        name: value
        for name, value in environ.items()
        if name.removesuffix("_FILE") not in decided and not name.startswith(_LEFT_OUT)
    }
    return {**kept, **plan.environment, "PYTHONUNBUFFERED": "1"}


def valkey_users() -> dict[str, str]:
    """Name of the secret that is the password, by Valkey user."""
    return {room: f"valkey_{room}" for room in STATEFUL_ROOMS}


def _grpc_room(room: str, port: int, environment: Mapping[str, str]) -> RoomPlan:
    own = {"LISTEN": f"127.0.0.1:{port}", **environment}
    return RoomPlan(room=room, port=port, wire=Wire.GRPC, environment=_prefixed(f"DAYBOOK_{room.upper()}_", own))


def _auth_environment(secrets: MeshSecrets, console_url: str, sandbox_url: str) -> dict[str, str]:
    by_file = ("sealing_keys", "digest_key", "signing_key", "operator_token", "intuit_client_secret")
    return {
        **{f"{name.upper()}_FILE": str(secrets.path(name)) for name in by_file},
        "REDIS_URL_FILE": str(secrets.path("redis_url_auth")),
        "INTUIT_CLIENT_ID": CLIENT_ID,
        "INTUIT_AUTHORIZE_URL": f"{sandbox_url}/connect/oauth2",
        "INTUIT_TOKEN_URL": f"{sandbox_url}/oauth2/v1/tokens/bearer",
        "INTUIT_REVOKE_URL": f"{sandbox_url}/v2/oauth2/tokens/revoke",
        "PUBLIC_CONSOLE_URL": console_url,
    }


def _some(variables: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: variables[name] for name in names}


def _prefixed(prefix: str, variables: Mapping[str, str]) -> dict[str, str]:
    return {prefix + name: value for name, value in variables.items()}

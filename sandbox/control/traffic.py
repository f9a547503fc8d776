"""Control calls about what passes through: requests, the clock, apps."""

from datetime import datetime, timedelta

import msgspec

from sandbox.control.operations import Call, Operation, Refused
from sandbox.request_log import LoggedRequest
from sandbox.seeds import seeds
from sandbox.world import Client


class Requests(msgspec.Struct, frozen=True):
    """What was asked, oldest first."""

    requests: list[LoggedRequest]


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by realm."""

    refreshes: dict[str, int]
    requests: dict[str, int]


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    """How far the clock is to move."""

    advance_seconds: int


class Now(msgspec.Struct, frozen=True):
    """The sandbox's present instant."""

    now: datetime


class RegisteredClient(msgspec.Struct, frozen=True, kw_only=True):
    """An app, without its secret."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That the sandbox is up, with what it has."""

    status: str
    seeds: list[str]
    companies: list[str]


def read_requests(call: Call[None]) -> Requests:
    """Answer the request log, of one realm or of all."""
    return Requests(call.world.log.entries(call.query.get("realm")))


def clear_requests(call: Call[None]) -> None:
    """Empty the log and its counters."""
    call.world.log.clear()


def read_counters(call: Call[None]) -> Counters:
    """Answer the counters by realm."""
    log = call.world.log
    return Counters(refreshes=dict(log.refreshes), requests=dict(log.requests))


def move_clock(call: Call[Advance]) -> Now:
    """Move the sandbox's clock forward."""
    try:
        call.world.clock.advance(timedelta(seconds=call.body.advance_seconds))
    except (ValueError, OverflowError) as refusal:
        raise Refused(str(refusal)) from None
    return Now(call.world.clock.now())


def read_clock(call: Call[None]) -> Now:
    """Answer the sandbox's present instant."""
    return Now(call.world.clock.now())


def register_client(call: Call[Client]) -> RegisteredClient:
    """Register another app, or change one."""
    client = call.body
    call.world.clients[client.client_id] = client
    return RegisteredClient(client_id=client.client_id, name=client.name, redirect_uris=client.redirect_uris)


def health(call: Call[None]) -> Health:
    """Say that the sandbox is up."""
    return Health(status="ok", seeds=seeds(), companies=sorted(call.world.companies))


OPERATIONS = (
    Operation(
        method="GET",
        path="/requests",
        name="listRequests",
        summary="What was asked of the sandbox, oldest first; never a token or a body.",
        act=read_requests,
        answer=Requests,
        parameters=(("realm", "Only this company's requests."),),
    ),
    Operation(
        method="DELETE",
        path="/requests",
        name="clearRequests",
        summary="Empty the log and its counters.",
        act=clear_requests,
        status=204,
    ),
    Operation(
        method="GET",
        path="/counters",
        name="getCounters",
        summary="Requests and token refreshes by realm.",
        act=read_counters,
        answer=Counters,
    ),
    Operation(
        method="POST",
        path="/clock",
        name="moveClock",
        summary="Move the sandbox's clock forward: tokens end, limits renew, retries fall due.",
        act=move_clock,
        body=Advance,
        answer=Now,
        example={"advance_seconds": 3600},
    ),
    Operation(
        method="GET",
        path="/clock",
        name="getClock",
        summary="The sandbox's present instant.",
        act=read_clock,
        answer=Now,
    ),
    Operation(
        method="POST",
        path="/clients",
        name="registerClient",
        summary="Register another app, or change one.",
        act=register_client,
        body=Client,
        answer=RegisteredClient,
        status=201,
        example={
            "client_id": "second-app",
            "client_secret": "made-up",
            "name": "Second",
            "redirect_uris": ["http://127.0.0.1:9000/callback"],
        },
    ),
    Operation(
        method="GET",
        path="/health",
        name="getHealth",
        summary="That the sandbox is up, its seeds and the companies that are open.",
        act=health,
        answer=Health,
    ),
)

"""Control calls about what passes through: requests, faults, limits, the clock, apps."""

from datetime import datetime, timedelta

import msgspec

from sandbox.control.operations import Call, Operation, Refused
from sandbox.limits import LimitState
from sandbox.mischief import Order, TroubleRefused
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


class Orders(msgspec.Struct, frozen=True):
    """The orders for trouble that wait."""

    faults: list[Order]


class NewLimits(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The limits to put in force. What is left out is switched off."""

    rates: str = "none"
    """none or intuit."""
    tier: str = "none"
    """none, builder, silver, gold or platinum."""
    included: int | None = None
    """Metered calls a month, in place of the tier's own number."""
    used: int = 0
    """Metered calls already used this month by the app of the settings."""


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


def order_fault(call: Call[Order]) -> Orders:
    """Take an order for trouble."""
    try:
        call.world.mischief.order(call.body)
    except TroubleRefused as refusal:
        raise Refused(str(refusal)) from None
    return read_faults(call)


def read_faults(call: Call[Order] | Call[None]) -> Orders:
    """Answer the orders that wait."""
    return Orders(call.world.mischief.orders)


def clear_faults(call: Call[None]) -> None:
    """Call all trouble off."""
    call.world.mischief.clear()


def set_limits(call: Call[NewLimits]) -> LimitState:
    """Put limits in force."""
    asked = call.body
    state = LimitState(rates=asked.rates, tier=asked.tier, included=asked.included, used=asked.used)
    try:
        call.world.limits.set(state, call.world.settings.client_id)
    except ValueError as refusal:
        raise Refused(str(refusal)) from None
    return call.world.limits.state


def read_limits(call: Call[None]) -> LimitState:
    """Answer the limits in force."""
    return call.world.limits.state


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
        path="/faults",
        name="orderFault",
        summary="Order trouble for the next matching requests.",
        act=order_fault,
        body=Order,
        answer=Orders,
        status=201,
        example={"path_suffix": "/invoice", "method": "POST", "cut": "after_commit"},
    ),
    Operation(
        method="GET",
        path="/faults",
        name="listFaults",
        summary="The orders for trouble that wait.",
        act=read_faults,
        answer=Orders,
    ),
    Operation(
        method="DELETE",
        path="/faults",
        name="clearFaults",
        summary="Call all trouble off.",
        act=clear_faults,
        status=204,
    ),
    Operation(
        method="POST",
        path="/limits",
        name="setLimits",
        summary="Put Intuit's rates, a partner tier or both in force, and count anew.",
        act=set_limits,
        body=NewLimits,
        answer=LimitState,
        example={"rates": "intuit", "tier": "builder", "used": 499_000},
    ),
    Operation(
        method="GET",
        path="/limits",
        name="getLimits",
        summary="The limits in force and the metered calls used.",
        act=read_limits,
        answer=LimitState,
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

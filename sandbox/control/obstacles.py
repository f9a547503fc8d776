"""Control calls about what stands in a request's way: ordered trouble, limits."""

import msgspec

from sandbox.control.operations import Call, Operation, Refused
from sandbox.limits import LimitState
from sandbox.mischief import Order, TroubleRefused


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


OPERATIONS = (
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
)

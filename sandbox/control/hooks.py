"""Control calls about webhooks."""

import msgspec

from sandbox.control.operations import Call, Operation, Refused
from sandbox.events import Format
from sandbox.webhooks import Attempt, Subscription


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A listener, without its verifier token."""

    number: str
    url: str
    format: Format
    realm_id: str | None


class Listeners(msgspec.Struct, frozen=True):
    """Who is told of changes."""

    webhooks: list[Registered]


class Deliveries(msgspec.Struct, frozen=True):
    """What was sent, oldest first; the last thousand attempts."""

    deliveries: list[Attempt]


async def subscribe(call: Call[Subscription]) -> Registered:
    """Take a listener; asynchronous because delivering starts with the first one."""
    try:
        number = call.world.webhooks.subscribe(call.body)
    except ValueError as refusal:
        raise Refused(str(refusal)) from None
    return _registered(number, call.body)


def read_listeners(call: Call[None]) -> Listeners:
    """Answer who is told of changes."""
    return Listeners([_registered(number, each) for number, each in call.world.webhooks.subscriptions.items()])


async def clear_listeners(call: Call[None]) -> None:
    """Tell nobody any more."""
    await call.world.webhooks.close()


def read_deliveries(call: Call[None]) -> Deliveries:
    """Answer what was sent."""
    return Deliveries(call.world.webhooks.attempts())


async def deliver_due(call: Call[None]) -> Deliveries:
    """Send what is due now and answer when it was sent, so that a test need not wait."""
    await call.world.webhooks.deliver_due()
    return read_deliveries(call)


def _registered(number: str, subscription: Subscription) -> Registered:
    return Registered(number=number, url=subscription.url, format=subscription.format, realm_id=subscription.realm_id)


OPERATIONS = (
    Operation(
        method="POST",
        path="/webhooks",
        name="subscribe",
        summary="Tell an address of this machine about changes.",
        act=subscribe,
        body=Subscription,
        answer=Registered,
        status=201,
        example={"url": "http://127.0.0.1:9/hook", "verifier_token": "made-up", "format": "cloudevents"},
    ),
    Operation(
        method="GET",
        path="/webhooks",
        name="listWebhooks",
        summary="Who is told of changes.",
        act=read_listeners,
        answer=Listeners,
    ),
    Operation(
        method="DELETE",
        path="/webhooks",
        name="clearWebhooks",
        summary="Tell nobody any more and forget what was sent.",
        act=clear_listeners,
        status=204,
    ),
    Operation(
        method="GET",
        path="/webhooks/deliveries",
        name="listDeliveries",
        summary="What was sent, with what was answered and when it is tried again.",
        act=read_deliveries,
        answer=Deliveries,
    ),
    Operation(
        method="POST",
        path="/webhooks/deliver",
        name="deliverDue",
        summary="Send what is due by the sandbox's clock and answer once it was sent.",
        act=deliver_due,
        answer=Deliveries,
    ),
)

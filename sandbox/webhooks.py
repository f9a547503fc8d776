"""Webhooks: who is told of changes, in which order, and how often it is tried.

A delivery must be answered 2xx within three seconds. Until it is, it is tried again after 10, 20 and 30 seconds, 5 and
20 minutes, 2, 4 and 6 hours, then every 6 hours, on the sandbox's clock; later events wait for it. Source: the vendor's
webhook page and blog of 2025-10-14, which replace an older ladder that ended after a day.
"""

import asyncio
import contextlib
import itertools
import secrets
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from sandbox.books import Change
from sandbox.clock import SandboxClock
from sandbox.events import Event, Format, body_of, headers_of, is_reported
from sandbox.loopback import post, target_of

ANSWER_WITHIN = timedelta(seconds=3)
LADDER = (
    timedelta(seconds=10),
    timedelta(seconds=20),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
)
KEPT = 1_000
"""Attempts remembered for the control API."""
WAITING = 10_000
"""Events that may wait for one listener; the oldest are dropped beyond."""
LARGEST_DELIVERY = 100
"""Events of one delivery; the vendor names no number."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where events go and how they are written."""

    url: str
    """An http address on this machine; the sandbox calls nobody else."""
    verifier_token: str
    format: Format = "cloudevents"
    realm_id: str | None = None
    """Only this company's events; every company's if absent."""
    aggregate_seconds: int = 0
    """Gather events this long before a delivery, as production does for one, three or five minutes."""
    repeat: int = 0
    """Send each delivery this many times more after it was acknowledged: events may arrive twice."""
    backwards: bool = False
    """Write the events of a delivery newest first: events may arrive out of order."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One time something was sent."""

    subscription: str
    url: str
    at: datetime
    attempt: int
    """1 for the first; a repetition on order counts on."""
    status: int
    """What the listener answered; 0 if it did not answer in time."""
    acknowledged: bool
    next_attempt_at: datetime | None
    events: list[Event]


@dataclass(slots=True)
class _Delivery:
    events: list[Event]
    due_at: datetime
    attempts: int = 0


@dataclass(slots=True)
class _Line:
    """What waits for one listener."""

    subscription: Subscription
    waiting: deque[Event] = field(default_factory=lambda: deque(maxlen=WAITING))
    delivery: _Delivery | None = None


class Webhooks:
    """Notes changes and delivers them; nothing is noted while nobody listens."""

    def __init__(self, clock: SandboxClock, answer_within: timedelta = ANSWER_WITHIN) -> None:
        self._clock = clock
        self._answer_within = answer_within
        self._lines: dict[str, _Line] = {}
        self._attempts: deque[Attempt] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._deliverer: asyncio.Task[None] | None = None

    @property
    def subscriptions(self) -> dict[str, Subscription]:
        """Who listens, by the number it was given."""
        return {number: line.subscription for number, line in self._lines.items()}

    def attempts(self) -> list[Attempt]:
        """Return what was sent, oldest first."""
        return list(self._attempts)

    def subscribe(self, subscription: Subscription) -> str:
        """Take a listener and return its number; must be called on the event loop.

        Raises:
            ValueError: the address is not one of this machine, or a number is negative.
        """
        target_of(subscription.url)
        if not subscription.verifier_token or min(subscription.aggregate_seconds, subscription.repeat) < 0:
            raise ValueError("verifier_token must not be empty; aggregate_seconds and repeat must be at least 0")
        number = str(next(self._numbers))
        self._lines[number] = _Line(subscription)
        if self._deliverer is None:
            self._deliverer = asyncio.create_task(self._run())
        return number

    async def close(self) -> None:
        """Forget every listener and stop delivering."""
        self._lines.clear()
        self._attempts.clear()
        if self._deliverer is not None:
            self._deliverer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._deliverer
            self._deliverer = None

    def note(self, realm_id: str, change: Change) -> None:
        """Take note of a change that QuickBooks would report."""
        if not self._lines or not is_reported(change.entity, change.operation):
            return
        event = Event(
            id=str(uuid.uuid4()),
            realm_id=realm_id,
            entity=change.entity,
            identifier=change.identifier,
            operation=change.operation,
            at=self._clock.now(),
        )
        for line in self._lines.values():
            if line.subscription.realm_id in (None, realm_id):
                line.waiting.append(event)
        self._woken.set()

    async def deliver_due(self) -> None:
        """Send everything that is due by the sandbox's clock."""
        async with self._turn:
            await asyncio.gather(*(self._serve(number, line) for number, line in list(self._lines.items())))

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            await self.deliver_due()
            due = [at for line in self._lines.values() if (at := _due_at(line)) is not None]
            waits: list[asyncio.Task[object]] = [asyncio.create_task(self._woken.wait())]
            if due:
                waits.append(asyncio.create_task(self._clock.sleep(min(due) - self._clock.now())))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def _serve(self, number: str, line: _Line) -> None:
        while (due_at := _due_at(line)) is not None and due_at <= self._clock.now():
            delivery = line.delivery = line.delivery or _next_delivery(line, due_at)
            if await self._attempt(number, line, delivery):
                for _ in range(line.subscription.repeat):
                    await self._attempt(number, line, delivery)
                line.delivery = None

    async def _attempt(self, number: str, line: _Line, delivery: _Delivery) -> bool:
        subscription, now = line.subscription, self._clock.now()
        events = delivery.events[::-1] if subscription.backwards else delivery.events
        body = body_of(events, subscription.format)
        headers = headers_of(body, subscription.verifier_token, subscription.format, now, secrets.token_hex(12))
        status = await post(subscription.url, body, headers, self._answer_within)
        acknowledged = 200 <= status < 300
        delivery.due_at = now + LADDER[min(delivery.attempts, len(LADDER) - 1)]
        delivery.attempts += 1
        attempt = Attempt(
            subscription=number,
            url=subscription.url,
            at=now,
            attempt=delivery.attempts,
            status=status,
            acknowledged=acknowledged,
            next_attempt_at=None if acknowledged else delivery.due_at,
            events=events,
        )
        self._attempts.append(attempt)
        return acknowledged


def _due_at(line: _Line) -> datetime | None:
    if line.delivery is not None:
        return line.delivery.due_at
    if line.waiting:
        return line.waiting[0].at + timedelta(seconds=line.subscription.aggregate_seconds)
    return None


def _next_delivery(line: _Line, due_at: datetime) -> _Delivery:
    """Take what goes out together: in the older format one realm's events, in the newer any."""
    events = [line.waiting.popleft()]
    while line.waiting and len(events) < LARGEST_DELIVERY:
        if line.subscription.format == "legacy" and line.waiting[0].realm_id != events[0].realm_id:
            break
        events.append(line.waiting.popleft())
    return _Delivery(events=events, due_at=due_at)

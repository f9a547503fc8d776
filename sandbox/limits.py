"""Intuit's limits on an app: requests a second and a minute, batches, and metered calls a month.

All are off until a setting or the control API switches them on. They run on the sandbox's own clock, so a test waits a
minute by moving it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from sandbox.clock import SandboxClock
from sandbox.faults import fault

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
REQUEST_TIMEOUT = timedelta(seconds=120)
"""How long one request may take before the gateway answers 504 for it."""
TIERS = {"builder": 500_000, "silver": 1_000_000, "gold": 10_000_000, "platinum": 75_000_000}
"""CorePlus calls a month that a tier of the App Partner Program includes. Only builder is blocked beyond them, the
others pay for more (vendor blog, metering since November 2025)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """One throttle."""

    name: str
    most: int
    per: timedelta
    per_app: bool
    """Counted for each app in a realm, or for all apps in it together."""
    batches_only: bool = False


INTUIT = (
    Rate(name="requests a minute in a realm", most=500, per=MINUTE, per_app=False),
    Rate(name="requests a second of an app in a realm", most=10, per=SECOND, per_app=True),
    Rate(name="requests a minute of an app in a realm, all endpoints", most=800, per=MINUTE, per_app=True),
    Rate(name="batches a minute of an app in a realm", most=40, per=MINUTE, per_app=True, batches_only=True),
    Rate(name="batches a minute in a realm", most=120, per=MINUTE, per_app=False, batches_only=True),
)
"""Source: the vendor's limit page and blog of 2025-08. An older text speaks of ten at once, not of ten a second; the
newer one is followed. 500 a minute is reached before 800, which also counts endpoints not simulated here."""


class LimitState(msgspec.Struct, frozen=True, kw_only=True):
    """The limits in force, as the control API shows and sets them."""

    rates: str = "none"
    """none or intuit."""
    tier: str = "none"
    """none, or the partner tier whose monthly calls are metered: builder, silver, gold, platinum."""
    included: int | None = None
    """CorePlus calls a month; the tier's own number unless given."""
    used: int = 0
    """CorePlus calls used this month, by every app together."""


@dataclass(slots=True)
class _Window:
    """A count that starts again when its time is over."""

    ends_at: datetime
    count: int = field(default=0)


class Limits:
    """Counts requests and refuses the one too many."""

    def __init__(self, clock: SandboxClock, *, rates: str = "none") -> None:
        self._clock = clock
        self._rates: tuple[Rate, ...] = INTUIT if rates == "intuit" else ()
        self._tier = "none"
        self._included = 0
        self._used: dict[str, int] = {}
        self._month = ""
        self._windows: dict[tuple[str, str, str], _Window] = {}

    @property
    def state(self) -> LimitState:
        """The limits in force and how much of the month is used."""
        return LimitState(
            rates="intuit" if self._rates else "none",
            tier=self._tier,
            included=self._included if self._tier != "none" else None,
            used=sum(self._used.values()),
        )

    @property
    def request_timeout(self) -> timedelta | None:
        """How long a request may take, if there is a limit."""
        return REQUEST_TIMEOUT if self._rates else None

    def set(self, state: LimitState, client_id: str) -> None:
        """Put other limits in force and start counting anew; `used` is charged to one app.

        Raises:
            ValueError: names the member that cannot be used.
        """
        if state.rates not in ("none", "intuit"):
            raise ValueError("rates must be none or intuit")
        if state.tier not in ("none", *TIERS):
            raise ValueError(f"tier must be none or one of {', '.join(TIERS)}")
        if state.used < 0 or (state.included is not None and state.included < 0):
            raise ValueError("used and included must be at least 0")
        self._rates = INTUIT if state.rates == "intuit" else ()
        self._tier = state.tier
        self._included = state.included if state.included is not None else TIERS.get(state.tier, 0)
        self._month = self._this_month()
        self._used = {client_id: state.used}
        self._windows.clear()

    def admit(self, realm_id: str, client_id: str, *, is_batch: bool, is_metered: bool) -> None:
        """Count one request, or refuse it.

        Raises:
            QuickBooksFault: 3001 (429), a limit is reached.
        """
        if is_metered and self._tier == "builder" and self._used_by(client_id) >= self._included:
            raise fault("3001")
        now = self._clock.now()
        windows = [
            (self._window(rate, realm_id, client_id, now), rate)
            for rate in self._rates
            if is_batch or not rate.batches_only
        ]
        if any(window.count >= rate.most for window, rate in windows):
            raise fault("3001")
        for window, _ in windows:
            window.count += 1

    def meter(self, client_id: str) -> None:
        """Count one CorePlus call that was answered well; failed ones are free."""
        if self._tier != "none":
            self._used[client_id] = self._used_by(client_id) + 1

    def _used_by(self, client_id: str) -> int:
        month = self._this_month()
        if month != self._month:
            self._month, self._used = month, {}
        return self._used.get(client_id, 0)

    def _this_month(self) -> str:
        return self._clock.now().strftime("%Y-%m")

    def _window(self, rate: Rate, realm_id: str, client_id: str, now: datetime) -> _Window:
        key = (rate.name, realm_id, client_id if rate.per_app else "")
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            # One window a rate, realm and app: what is kept is bounded by how many companies are open.
            window = self._windows[key] = _Window(now + rate.per)
        return window

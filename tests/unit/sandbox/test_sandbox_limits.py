"""Limits on an app, on a clock that the test moves."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import SandboxClock
from sandbox.faults import QuickBooksFault
from sandbox.limits import INTUIT, Limits, LimitState

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
REALM, OTHER_REALM = "9130347596842560", "9130347596842561"


def limits(rates: str = "intuit") -> tuple[Limits, SandboxClock]:
    clock = SandboxClock(lambda: NOW)
    return Limits(clock, rates=rates), clock


def admitted(limits: Limits, times: int, app: str = "app", realm: str = REALM, *, batch: bool = False) -> int:
    """How many of some requests come in before the first is refused."""
    for count in range(times):
        try:
            limits.admit(realm, app, is_batch=batch, is_metered=False)
        except QuickBooksFault as refusal:
            assert (refusal.code, refusal.kind.http_status, refusal.kind.type) == ("3001", 429, "SERVICE")
            return count
    return times


def spread(limits: Limits, clock: SandboxClock, times: int, app: str = "app", *, batch: bool = False) -> int:
    """The same, never more than ten within a second."""
    total = 0
    while total < times:
        came = admitted(limits, min(10, times - total), app, batch=batch)
        total += came
        if came < 10:
            break
        clock.advance(timedelta(seconds=1))
    return total


def test_an_app_may_send_ten_requests_a_second_and_again_ten_in_the_next() -> None:
    """This is the limit an agent in a hurry meets first."""
    throttle, clock = limits()
    assert admitted(throttle, 20) == 10
    clock.advance(timedelta(seconds=1))
    assert admitted(throttle, 20) == 10


def test_ten_a_second_count_for_each_app_and_each_realm_alone() -> None:
    """Another customer's app must not slow this one down."""
    throttle, _ = limits()
    assert admitted(throttle, 10) == 10
    assert admitted(throttle, 10, app="other") == 10
    assert admitted(throttle, 10, realm=OTHER_REALM) == 10


def test_a_realm_takes_five_hundred_requests_a_minute_of_all_apps_together() -> None:
    """Apps share a company's allowance."""
    throttle, clock = limits()
    assert spread(throttle, clock, 300) == 300
    assert spread(throttle, clock, 300, app="other") == 200
    clock.advance(timedelta(minutes=1))
    assert admitted(throttle, 1) == 1


def test_an_app_may_send_forty_batches_a_minute() -> None:
    """Batches were the way around the other limits until October 2025."""
    throttle, clock = limits()
    assert spread(throttle, clock, 60, batch=True) == 40
    assert admitted(throttle, 1) == 1


def test_a_realm_takes_a_hundred_and_twenty_batches_a_minute() -> None:
    """Three apps use the allowance up; the fourth gets none."""
    throttle, _ = limits()
    for app in ("a", "b", "c"):
        for _ in range(4):
            assert admitted(throttle, 10, app=app, batch=True) == 10
            throttle._clock.advance(timedelta(seconds=1))
    assert admitted(throttle, 10, app="d", batch=True) == 0


def test_every_limit_of_the_vendor_is_in_the_table() -> None:
    """Eight hundred over all endpoints cannot be reached here before five hundred, but it is in force."""
    assert sorted(rate.most for rate in INTUIT) == [10, 40, 120, 500, 800]


def test_without_limits_nothing_is_refused() -> None:
    """Tests of other things must not stumble over the throttle."""
    throttle, _ = limits("none")
    assert admitted(throttle, 2_000) == 2_000
    assert throttle.request_timeout is None


def test_the_builder_tier_blocks_reads_until_the_next_month_and_never_writes() -> None:
    """The customer sees the app as offline; writes are free of charge and go on."""
    throttle, clock = limits("none")
    throttle.set(LimitState(tier="builder", used=499_999), "app")
    throttle.admit(REALM, "app", is_batch=False, is_metered=True)
    throttle.meter("app")
    with pytest.raises(QuickBooksFault, match="3001"):
        throttle.admit(REALM, "app", is_batch=False, is_metered=True)
    throttle.admit(REALM, "app", is_batch=False, is_metered=False)
    throttle.admit(REALM, "other", is_batch=False, is_metered=True)
    assert throttle.state == LimitState(tier="builder", included=500_000, used=500_000)
    clock.advance(timedelta(days=9))
    throttle.admit(REALM, "app", is_batch=False, is_metered=True)


def test_a_higher_tier_pays_for_more_instead_of_being_blocked() -> None:
    """Only builder has a hard end."""
    throttle, _ = limits("none")
    throttle.set(LimitState(tier="silver", used=1_000_000), "app")
    throttle.admit(REALM, "app", is_batch=False, is_metered=True)
    throttle.meter("app")
    assert throttle.state.used == 1_000_001


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LimitState(rates="some"), "rates must be"),
        (LimitState(tier="bronze"), "tier must be"),
        (LimitState(tier="builder", used=-1), "at least 0"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_by_name(state: LimitState, words: str) -> None:
    """A limit misspelled and silently off would prove nothing."""
    with pytest.raises(ValueError, match=words):
        limits()[0].set(state, "app")

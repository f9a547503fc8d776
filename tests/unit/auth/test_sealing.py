"""Sealing: what the store holds opens for us, here, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.settings import Secret
from services.auth.sealing import KeyRing, SealBroken

OLD, NEW = b"o" * 32, b"n" * 32


@given(text=st.text(max_size=200), record=st.text(max_size=20), field=st.text(max_size=20))
def test_what_was_sealed_opens(text: str, record: str, field: str) -> None:
    """Whatever Intuit's tokens look like."""
    ring = KeyRing({1: OLD})
    assert ring.open(ring.seal(Secret(text), record, field), record, field).reveal() == text


def test_a_seal_shows_nothing_and_never_repeats() -> None:
    """Equal tokens of two companies must not be seen to be equal."""
    ring = KeyRing({1: OLD})
    first, second = (ring.seal(Secret("refresh-token"), "connections/1", "refresh_token") for _ in range(2))
    assert first != second
    assert b"refresh" not in first


@pytest.mark.parametrize(("record", "field"), [("connections/2", "refresh_token"), ("connections/1", "access_token")])
def test_a_seal_moved_elsewhere_does_not_open(record: str, field: str) -> None:
    """Whoever can write to the store could otherwise give one company's tokens to another."""
    ring = KeyRing({1: OLD})
    sealed = ring.seal(Secret("token"), "connections/1", "refresh_token")
    with pytest.raises(SealBroken):
        ring.open(sealed, record, field)


@given(position=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_an_altered_seal_does_not_open(position: int, flip: int) -> None:
    """Every byte counts, the version's too."""
    ring = KeyRing({1: OLD, 2: NEW})
    sealed = bytearray(ring.seal(Secret("token"), "connections/1", "refresh_token"))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(SealBroken):
        ring.open(bytes(sealed), "connections/1", "refresh_token")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"plain text that somebody put there by hand, long enough" * 3])
def test_what_is_no_seal_does_not_open(sealed: bytes) -> None:
    """A store edited by hand is an error, not a crash."""
    with pytest.raises(SealBroken):
        KeyRing({1: OLD}).open(sealed, "connections/1", "refresh_token")


def test_a_new_key_seals_while_the_old_one_still_opens() -> None:
    """Keys rotate under a running mesh: replicas with both rings must read each other."""
    before, during, after = KeyRing({1: OLD}), KeyRing({1: OLD, 2: NEW}), KeyRing({2: NEW})
    old_seal = before.seal(Secret("token"), "r", "f")
    assert during.open(old_seal, "r", "f") == Secret("token")
    new_seal = during.seal(Secret("token"), "r", "f")
    assert after.open(new_seal, "r", "f") == Secret("token")
    with pytest.raises(SealBroken, match="key 1, which is not in the ring"):
        after.open(old_seal, "r", "f")


@pytest.mark.parametrize("text", ["", "secret-thing", "1", "0:AAAA", "1:secret-thing", "x:AAAA", "-1:AAAA"])
def test_a_ring_of_another_form_is_refused_without_showing_it(text: str) -> None:
    """The message lands in a log."""
    with pytest.raises(ValueError, match="expected") as refusal:
        KeyRing.parse(Secret(text))
    assert "secret-thing" not in str(refusal.value)


def test_a_version_given_twice_is_refused() -> None:
    """Which of the two seals would be an accident."""
    key = "A" * 43 + "="
    with pytest.raises(ValueError, match="version 1 is there twice"):
        KeyRing.parse(Secret(f"1:{key},1:{key}"))

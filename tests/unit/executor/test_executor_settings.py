"""What the room refuses to start with."""

from __future__ import annotations

import pytest

from chassis.settings import SettingsError, load
from services.executor.settings import ExecutorSettings


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://quickbooks.api.intuit.com", True),
        ("https://sandbox-quickbooks.api.intuit.com/", True),
        ("http://127.0.0.1:8790", True),
        ("http://quickbooks.api.intuit.com", False),
        ("https://user:secret@quickbooks.api.intuit.com", False),
        ("https://quickbooks.api.intuit.com/v3", False),
        ("quickbooks.api.intuit.com", False),
    ],
)
def test_books_are_never_sent_in_the_clear(url: str, accepted: bool) -> None:
    """A mistyped address must stop the start, not leak a token."""
    environ = {"DAYBOOK_EXECUTOR_REDIS_URL": "redis://127.0.0.1:1/0", "DAYBOOK_EXECUTOR_QUICKBOOKS_URL": url}
    if accepted:
        assert load(ExecutorSettings, environ).quickbooks_url == url
        return
    with pytest.raises(SettingsError, match="DAYBOOK_EXECUTOR_QUICKBOOKS_URL"):
        load(ExecutorSettings, environ)


def test_a_room_without_a_store_does_not_start() -> None:
    """A default would let writes through that nobody can repeat safely."""
    with pytest.raises(SettingsError, match="DAYBOOK_EXECUTOR_REDIS_URL is not set"):
        load(ExecutorSettings, {})

"""The room starts with every secret it needs, or not at all."""

import pytest

from chassis.settings import SettingsError, load
from services.auth.settings import AuthSettings
from tests.support.auth import random_key

GOOD = {
    "REDIS_URL": "unix:///run/valkey.sock",
    "SEALING_KEYS": f"1:{random_key()}",
    "DIGEST_KEY": random_key(),
    "SIGNING_KEY": random_key(),
    "OPERATOR_TOKEN": "o" * 32,
    "INTUIT_CLIENT_ID": "id",
    "INTUIT_CLIENT_SECRET": "secret",
}


def environ(**changes: str) -> dict[str, str]:
    """A good environment, but for the changes."""
    return {f"DAYBOOK_AUTH_{name}": value for name, value in {**GOOD, **changes}.items()}


def test_a_complete_environment_is_enough() -> None:
    """Everything else has a default that is safe."""
    settings = load(AuthSettings, environ())
    assert settings.listen == "127.0.0.1:8701"
    assert settings.intuit_token_url.startswith("https://oauth.platform.intuit.com/")


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_secret_stops_the_start(name: str) -> None:
    """A default secret is a published secret."""
    with pytest.raises(SettingsError, match=f"DAYBOOK_AUTH_{name} is not set"):
        load(AuthSettings, environ(**{name: ""}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEALING_KEYS", "wrong-secret"),
        ("DIGEST_KEY", "wrong-secret"),
        ("SIGNING_KEY", "wrong-secret"),
        ("OPERATOR_TOKEN", "wrong-secret"),
        ("GRANT_LIFETIME", "2h"),
    ],
)
def test_a_bad_value_is_named_and_not_shown(name: str, value: str) -> None:
    """Whoever starts the room reads the message in a log that others read too."""
    with pytest.raises(SettingsError, match=f"DAYBOOK_AUTH_{name}: expected") as refusal:
        load(AuthSettings, environ(**{name: value}))
    assert "wrong-secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_settings_print_no_secret() -> None:
    """Settings end up in tracebacks."""
    settings = load(AuthSettings, environ())
    secrets = [value for name, value in GOOD.items() if name not in {"REDIS_URL", "INTUIT_CLIENT_ID"}]
    assert [secret for secret in secrets if f"'{secret}'" in repr(settings)] == []

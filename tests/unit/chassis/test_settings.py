"""Settings fail closed, and say by name what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from chassis.settings import Secret, SettingsError, TlsSettings, load, parse_duration


@dataclass(frozen=True, kw_only=True)
class ExampleSettings:
    PREFIX: ClassVar[str] = "DAYBOOK_EXAMPLE_"

    redis_url: Secret
    listen: str = "127.0.0.1:1"
    patience: timedelta = timedelta(seconds=5)
    hosts: tuple[str, ...] = ()
    limit: int = 3
    is_strict: bool = False
    folder: Path | None = None
    tls: TlsSettings = field(default_factory=TlsSettings)


def test_values_come_typed_from_the_environment() -> None:
    """Rooms compute with durations, numbers and truths, not with texts."""
    settings = load(
        ExampleSettings,
        {
            "DAYBOOK_EXAMPLE_REDIS_URL": "redis://x",
            "DAYBOOK_EXAMPLE_PATIENCE": "2m",
            "DAYBOOK_EXAMPLE_HOSTS": "a, b,",
            "DAYBOOK_EXAMPLE_LIMIT": "7",
            "DAYBOOK_EXAMPLE_IS_STRICT": "yes",
            "DAYBOOK_EXAMPLE_FOLDER": "/x",
        },
    )

    assert settings == ExampleSettings(
        redis_url=Secret("redis://x"),
        patience=timedelta(minutes=2),
        hosts=("a", "b"),
        limit=7,
        is_strict=True,
        folder=Path("/x"),
    )


def test_every_wrong_variable_is_named_at_once() -> None:
    """Whoever deploys must not find out one variable a restart."""
    environ = {
        "DAYBOOK_EXAMPLE_PATIENCE": "soon",
        "DAYBOOK_EXAMPLE_LIMIT": "1.5",
        "DAYBOOK_EXAMPLE_IS_STRICT": "perhaps",
        "DAYBOOK_TLS_KEY_FILE": "/key.pem",
    }

    with pytest.raises(SettingsError) as caught:
        load(ExampleSettings, environ)

    assert [problem.split(" ")[0].rstrip(":") for problem in caught.value.problems] == [
        "DAYBOOK_EXAMPLE_REDIS_URL",
        "DAYBOOK_EXAMPLE_PATIENCE",
        "DAYBOOK_EXAMPLE_LIMIT",
        "DAYBOOK_EXAMPLE_IS_STRICT",
        "set",
    ]
    assert "DAYBOOK_TLS_CERTIFICATE_FILE" in caught.value.problems[-1]


def test_an_empty_variable_counts_as_missing() -> None:
    """`VAR=` in a manifest is a forgotten value, not an empty secret."""
    with pytest.raises(SettingsError, match="DAYBOOK_EXAMPLE_REDIS_URL is not set"):
        load(ExampleSettings, {"DAYBOOK_EXAMPLE_REDIS_URL": ""})


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """Mounted files are how clusters hand over secrets."""
    (tmp_path / "url").write_text("redis://file\n")

    settings = load(ExampleSettings, {"DAYBOOK_EXAMPLE_REDIS_URL_FILE": str(tmp_path / "url")})

    assert settings.redis_url.reveal() == "redis://file"


def test_a_value_given_twice_is_refused(tmp_path: Path) -> None:
    """Nobody could say which of the two is meant."""
    (tmp_path / "url").write_text("redis://file")
    environ = {"DAYBOOK_EXAMPLE_REDIS_URL": "redis://x", "DAYBOOK_EXAMPLE_REDIS_URL_FILE": str(tmp_path / "url")}

    with pytest.raises(SettingsError, match="not both"):
        load(ExampleSettings, environ)


def test_a_secret_never_prints() -> None:
    """Settings end up in logs and tracebacks."""
    secret = Secret("open sesame")

    assert "sesame" not in f"{secret} {secret!r} {[secret]}"
    assert secret == Secret("open sesame")
    assert secret != Secret("other")


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("5m", 300), ("1.5h", 5400), ("250ms", 0.25), ("2d", 172_800), ("7", 7)]
)
def test_durations_carry_their_unit(text: str, seconds: float) -> None:
    """A bare number is seconds; everything else says what it is."""
    assert parse_duration(text) == timedelta(seconds=seconds)

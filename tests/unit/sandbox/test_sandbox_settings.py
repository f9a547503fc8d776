"""Settings, the start, and the file that keeps the books."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import snapshot
from sandbox.app import build_app
from sandbox.growth import Growth, grow
from sandbox.inspection import whole_books
from sandbox.seeds import open_company
from sandbox.settings import RefreshRotation, SandboxSettings, SettingRefused, load_settings
from sandbox.wire import encode

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def test_nothing_needs_to_be_set() -> None:
    """`python -m sandbox` must work as it is, with the refresh rules as Intuit describes them and no limits."""
    settings = load_settings({"PATH": "/bin"})
    assert settings == SandboxSettings()
    assert (settings.refresh_rotation, settings.limits) == (RefreshRotation.DAILY, "none")


def test_the_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """A secret in a variable is seen by every child process."""
    path = tmp_path / "secret"
    path.write_text("from-a-file\n", encoding="utf-8")
    assert load_settings({"SANDBOX_CLIENT_SECRET_FILE": str(path)}).client_secret == "from-a-file"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SANDBOX_CLIENT_SECRET_FILE": "/nowhere/secret"}, "SANDBOX_CLIENT_SECRET_FILE must name a readable"),
        ({"SANDBOX_CLIENT_SECRET_FILE": "/x", "SANDBOX_CLIENT_SECRET": "hidden-one"}, "both set"),
        ({"SANDBOX_LIMITS": "some"}, "none or intuit"),
        ({"SANDBOX_REFRESH_ROTATION": "hourly"}, "every_refresh or daily"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environment: dict[str, str], words: str) -> None:
    """The sentence is all that someone whose sandbox did not start gets to see; the secret is not in it."""
    with pytest.raises(SettingRefused, match=words) as refused:
        load_settings(environment)
    assert "hidden-one" not in str(refused.value)


def test_a_large_company_comes_back_from_its_snapshot_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a size rows are kept as text, in memory and on the way back."""
    monkeypatch.setattr(snapshot, "LARGE", 100)
    path = tmp_path / "sandbox.json"
    first = build_app(SandboxSettings()).world
    books = open_company("9131000000000001", "shop", NOW)
    grow(books, Growth(transactions=200, customers=4, vendors=2, years=1, number=3), NOW)
    first.adopt(books)
    snapshot.write_snapshot(first, path)
    second = build_app(SandboxSettings(snapshot_path=path)).world
    restored = second.companies["9131000000000001"]
    assert encode(whole_books(restored)) == encode(whole_books(books))
    assert all(row.is_text_only for row in restored.rows["Bill"].values())
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_snapshot_of_another_format_is_left_alone(tmp_path: Path) -> None:
    """Reading it as if it were of this one could lose books without a word."""
    path = tmp_path / "sandbox.json"
    path.write_text(json.dumps({"format": 1}), encoding="utf-8")
    with pytest.raises(snapshot.SnapshotUnreadable, match="format 1"):
        build_app(SandboxSettings(snapshot_path=path))
    assert json.loads(path.read_text(encoding="utf-8")) == {"format": 1}

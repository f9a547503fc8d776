"""The catalog as a value: lookup, pages, revision."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.grants import Scope
from services.registry.errors import PageTokenForeign, ToolUnknown
from services.registry.loader import load_catalog
from tests.unit.registry.folders import FILES, changed, write_folder

EVERYTHING = Scope(methods=("read", "write", "custom"))


def test_an_unknown_tool_is_named_in_the_refusal(tmp_path: Path) -> None:
    """Programs branch on the reason and read the tool from the metadata."""
    catalog = load_catalog(write_folder(tmp_path, FILES))
    with pytest.raises(ToolUnknown) as unknown:
        catalog.find("sink_a_ship")
    assert (unknown.value.reason, unknown.value.metadata) == ("TOOL_UNKNOWN", {"tool": "sink_a_ship"})


def test_the_same_files_have_the_same_revision(tmp_path: Path) -> None:
    """Replicas answer one listing between them, and clients compare revisions across them."""
    first = load_catalog(write_folder(tmp_path / "a", FILES))
    second = load_catalog(write_folder(tmp_path / "b", FILES))
    assert first.revision == second.revision
    assert len(first.revision) == 32


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("berth_booking.yaml", "Read one booking", "Read the booking"),
        ("berth_booking.yaml", "path: berths", "path: docks"),
        ("berth_booking.yaml", "tags: [harbour]", "tags: [port]"),
        ("schemas/types.yaml", "maxLength: 40", "maxLength: 41"),
    ],
)
def test_any_change_of_a_tool_changes_the_revision(tmp_path: Path, name: str, old: str, new: str) -> None:
    """Caches elsewhere hold what they know until the revision moves."""
    before = load_catalog(write_folder(tmp_path / "a", FILES))
    after = load_catalog(write_folder(tmp_path / "b", changed(name, old, new)))
    assert before.revision != after.revision


def test_a_comment_leaves_the_revision_alone(tmp_path: Path) -> None:
    """Nobody's cache should be dropped for a typo in a comment."""
    before = load_catalog(write_folder(tmp_path / "a", FILES))
    after = load_catalog(
        write_folder(tmp_path / "b", {**FILES, "_defaults.yaml": "# hello\n" + FILES["_defaults.yaml"]})
    )
    assert before.revision == after.revision


def test_a_page_token_serves_only_its_own_filter(tmp_path: Path) -> None:
    """A token carried to a wider filter would skip tools without a word."""
    catalog = load_catalog(write_folder(tmp_path, FILES))
    token = catalog.list(EVERYTHING, page_size=1).next_page_token
    assert catalog.list(EVERYTHING, page_size=2, page_token=token).entries == catalog.entries[1:3]
    with pytest.raises(PageTokenForeign):
        catalog.list(Scope(methods=("read",)), page_size=1, page_token=token)


@pytest.mark.parametrize("token", ["x", "AAAA", "ÄÖ", "MDo5OTk5", "ZmZmZmZmZmZmZmZmZmZmZjot"])
def test_a_made_up_page_token_is_refused(tmp_path: Path, token: str) -> None:
    """Whatever bytes come, the answer is a clear refusal of one field."""
    catalog = load_catalog(write_folder(tmp_path, FILES))
    with pytest.raises(PageTokenForeign) as foreign:
        catalog.list(EVERYTHING, page_size=1, page_token=token)
    assert [violation.field for violation in foreign.value.violations] == ["page_token"]


def test_a_page_token_of_another_revision_is_refused(tmp_path: Path) -> None:
    """A position in yesterday's order means nothing in today's."""
    before = load_catalog(write_folder(tmp_path / "a", FILES))
    after = load_catalog(write_folder(tmp_path / "b", changed("berth_booking.yaml", "Read one", "Read the")))
    token = before.list(EVERYTHING, page_size=1).next_page_token
    with pytest.raises(PageTokenForeign):
        after.list(EVERYTHING, page_size=1, page_token=token)

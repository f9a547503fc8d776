"""Reading YAML: JSON's values, and the line of each key."""

from __future__ import annotations

import pytest

from services.registry.definitions import parse_document
from services.registry.errors import CatalogBroken

TEXT = """\
first: 1
second:
  - yes
  - 'true'
  - true
  - 2026-11-22
  - 0755
  - 1.5
third: &shared { inner: null }
fourth: *shared
"""


def test_plain_words_stay_texts() -> None:
    """YAML 1.1 reads `no`, dates and octals into other things, and a catalog author expects none of it."""
    assert parse_document("a.yaml", TEXT).content == {
        "first": 1,
        "second": ["yes", "true", True, "2026-11-22", "0755", "1.5"],
        "third": {"inner": None},
        "fourth": {"inner": None},
    }


def test_every_key_knows_its_line() -> None:
    """Complaints point at lines; an anchor's content is where it was written, under each of its names."""
    lines = parse_document("a.yaml", TEXT).lines
    assert (lines[("first",)], lines[("second", 2)], lines[("third", "inner")], lines[("fourth",)]) == (1, 5, 9, 10)
    assert lines[("fourth", "inner")] == 9


def test_a_complaint_about_what_is_absent_points_at_what_holds_it() -> None:
    """The line of a missing key is the line of its owner."""
    complaint = parse_document("a.yaml", TEXT).complaint(("third", "missing", "deep"), "is needed")
    assert str(complaint) == "a.yaml:9:third.missing.deep: is needed"


@pytest.mark.parametrize("text", ["a: [1", "a: 1\n\tb: 2", "--- 1\n--- 2\n", "a: *nowhere"])
def test_what_is_not_one_yaml_document_is_refused(text: str) -> None:
    """The file and the line are said even when nothing could be read."""
    with pytest.raises(CatalogBroken, match=r"a\.yaml:[0-9]+:: not YAML: "):
        parse_document("a.yaml", text)

"""The guide for adding a tool is true: what it shows is a tool."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

from services.registry.loader import CATALOG_ROOT, load_catalog


def test_the_tool_of_the_guide_loads(tmp_path: Path) -> None:
    """Someone follows it word for word, with ten minutes to spend."""
    guide = (CATALOG_ROOT / "README.md").read_text(encoding="utf-8")
    record, resource = (textwrap.dedent(block) for block in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL))
    folder = tmp_path / "quickbooks"
    shutil.copytree(CATALOG_ROOT / "quickbooks", folder)
    (folder / "term.yaml").unlink()
    without = set(load_catalog(folder).by_tool_id)
    (folder / "schemas" / "term.yaml").write_text(record, encoding="utf-8")
    (folder / "term.yaml").write_text(resource, encoding="utf-8")
    added = set(load_catalog(folder).by_tool_id) - without
    assert added == {"list_all_quick_books_terms", "create_a_quick_books_term"}

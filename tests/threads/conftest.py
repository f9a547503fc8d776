"""One real mesh for all golden threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mesh import Mesh, running_mesh


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """The whole mesh as `daybook up` runs it."""
    with running_mesh(tmp_path_factory.mktemp("mesh") / "daybook") as running:
        yield running

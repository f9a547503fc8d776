"""One real mesh, observed by a real collector, for all tests of this folder that do not break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.collector import Collector
from tests.support.mesh import Mesh, running_mesh


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the mesh's rooms send their spans."""
    with Collector() as running:
        yield running


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Mesh]:
    """The whole mesh as `daybook up` runs it."""
    with running_mesh(tmp_path_factory.mktemp("mesh") / "daybook", collector) as running:
        yield running

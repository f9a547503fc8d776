"""Every condition that rooms raise has its reason in the contract, and every reason is raised by someone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "protos/daybook/errors/v1/error_reason.proto"


def reasons_of_the_contract() -> set[str]:
    return set(re.findall(r"ERROR_REASON_(\w+) = [1-9]", PROTO.read_text(encoding="utf-8")))


def conditions() -> dict[str, str]:
    """Class name → reason, of every class that sets `code, reason = …` in its body."""
    found: dict[str, str] = {}
    for path in [*(ROOT / "chassis").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found |= {f"{path.stem}.{node.name}": reason for reason in _reasons_in(node)}
    return found


def _reasons_in(node: ast.ClassDef) -> list[str]:
    texts = [ast.unparse(part) for part in node.body if isinstance(part, ast.Assign | ast.AnnAssign)]
    return [match[1] for text in texts if "reason" in text for match in [re.search(r"'([A-Z_]+)'", text)] if match]


def test_every_reason_that_is_raised_is_in_the_contract() -> None:
    """Clients in any language branch on the enum; a reason outside it is a secret."""
    assert {name: reason for name, reason in conditions().items() if reason not in reasons_of_the_contract()} == {}


def test_every_reason_of_the_contract_is_raised_somewhere() -> None:
    """A reason that nobody gives is a promise that nobody keeps."""
    assert sorted(reasons_of_the_contract() - set(conditions().values())) == []

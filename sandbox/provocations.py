"""How each fault is provoked, read from `facts/provocations.yaml` for the tests and the documentation."""

from functools import cache
from typing import Any

import msgspec
import yaml

from sandbox.facts import FACTS


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request of a recipe."""

    get: str | None = None
    post: str | None = None
    """The path, below the company unless it begins with a slash."""
    body: Any = None
    text: str | None = None
    """A body that is no JSON."""
    type: str = "application/json"
    upload: str | None = None
    """The name of a file to upload."""
    metadata: dict[str, Any] | None = None
    keep: str | None = None
    """A name for the answer, whose members later requests take as in "{invoice.Id}"."""


class Provocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one code is provoked, or why it never comes."""

    how: str = ""
    steps: tuple[Step, ...] = ()
    status: int | None = None
    """The HTTP status, where it is not the one of the fault table."""
    never: str = ""


@cache
def provocations() -> dict[str, Provocation]:
    """Return every code of the fault table with its recipe or the reason why it has none."""
    content = yaml.safe_load((FACTS / "provocations.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(content["codes"], dict[str, Provocation])

"""The registry's conditions.

MeshError
├─ ToolUnknown         no tool of that name
└─ RequestInvalid      (chassis) a page token of another listing
CatalogBroken          the definitions can't be served; the room does not start
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from chassis.errors import FieldViolation, MeshError, RequestInvalid


class ToolUnknown(MeshError):
    """No tool has this name."""

    code, reason = grpc.StatusCode.NOT_FOUND, "TOOL_UNKNOWN"

    def __init__(self, tool_id: str) -> None:
        super().__init__(f"there is no tool {tool_id!r}; list the tools again", tool=tool_id)


class PageTokenForeign(RequestInvalid):
    """The page token was given for another filter, or before the catalog changed."""

    def __init__(self) -> None:
        expected = "expected the next_page_token of a listing with the same filter; list again from the first page"
        super().__init__(FieldViolation(field="page_token", description=expected))


@dataclass(frozen=True, kw_only=True, order=True)
class Complaint:
    """One thing that is wrong with a definition, and where."""

    file: str
    line: int
    """1 for the first line; 0 when the whole file is meant."""
    key: str
    """Path of keys, as in `methods.list.effect`; empty for the whole file."""
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.key}: {self.problem}"


class CatalogBroken(Exception):
    """The definitions do not make a catalog; every complaint names file, line and key."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(sorted(complaints))
        super().__init__("\n".join(map(str, self.complaints)))

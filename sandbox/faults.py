"""QuickBooks' refusals, worded from `facts/faults.json`."""

from functools import cache

import msgspec

from sandbox.facts import FACTS


class FaultKind(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the fault table."""

    http_status: int
    type: str
    message: str
    detail: str | None = None
    element: str | None = None
    evidence: str


class QuickBooksFault(Exception):
    """One refusal, ready to be written as a Fault body."""

    def __init__(self, *, code: str, kind: FaultKind, detail: str, element: str | None) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.kind = kind
        self.detail = detail
        self.element = element


class _Table(msgspec.Struct, frozen=True):
    source: str
    codes: dict[str, FaultKind]


@cache
def fault_kinds() -> dict[str, FaultKind]:
    """Return the fault table by code; the file is read once a process."""
    return msgspec.json.decode((FACTS / "faults.json").read_bytes(), type=_Table).codes


def fault(code: str, detail: str | None = None, *, element: str | None = None, **words: str) -> QuickBooksFault:
    """Word one refusal.

    Args:
        detail: replaces the recorded detail text, for codes that have variants or whose text is not known.
        element: replaces the recorded element.
        words: fill the braces of the recorded detail text, as in `Field="Line"`.
    """
    kind = fault_kinds()[code]
    worded = detail if detail is not None else _fill(kind.detail or kind.message, words)
    recorded = _fill(kind.element, words) if kind.element is not None else None
    return QuickBooksFault(code=code, kind=kind, detail=worded, element=element if element is not None else recorded)


def missing(member: str) -> QuickBooksFault:
    """Refuse a write without a member it needs."""
    return fault("2020", Field=member)


def business_rule(reason: str) -> QuickBooksFault:
    """Refuse a write that breaks an accounting rule."""
    return fault("6000", reason=reason)


def not_found(code: str = "610") -> QuickBooksFault:
    """Refuse an id that names nothing."""
    if code == "2010":
        return fault("2010", reason="failed to parse json object; a property")
    return fault(code)


def _fill(pattern: str, words: dict[str, str]) -> str:
    for name, text in words.items():
        pattern = pattern.replace("{" + name + "}", text)
    return pattern

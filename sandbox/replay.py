"""Answers remembered by `requestid`, so that a repeated write does nothing."""

from collections import OrderedDict
from dataclasses import dataclass

from sandbox.faults import fault
from sandbox.wire import Document

LONGEST = 50
"""Characters of a request id (developer documentation of `requestid`)."""
KEPT = 10_000
"""Answers kept for one realm; QuickBooks' own retention is not established."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The first answer to a write: its wrapper key and its object."""

    operation: str
    """Entity and verb, as in "Invoice create"; the same id on another operation is no replay."""
    key: str
    document: Document


class Replays:
    """The remembered answers of one realm, oldest dropped first."""

    def __init__(self) -> None:
        self._outcomes: OrderedDict[str, Outcome] = OrderedDict()

    def find(self, request_id: str, operation: str) -> Outcome | None:
        """Return the first answer to this request id.

        Raises:
            QuickBooksFault: 2130 for an id that is too long, 600 for one that belongs to another operation.
        """
        if len(request_id) > LONGEST:
            raise fault("2130", f"requestid may have at most {LONGEST} characters. Supplied length:{len(request_id)}")
        outcome = self._outcomes.get(request_id)
        if outcome is not None and outcome.operation != operation:
            raise fault("600", f"requestid {request_id} was already used for {outcome.operation}")
        return outcome

    def remember(self, request_id: str, outcome: Outcome) -> None:
        """Keep a successful answer; a refused write may be corrected and sent again under its id."""
        self._outcomes[request_id] = outcome
        if len(self._outcomes) > KEPT:
            self._outcomes.popitem(last=False)

    def items(self) -> list[tuple[str, Outcome]]:
        """Return what is remembered, oldest first."""
        return list(self._outcomes.items())

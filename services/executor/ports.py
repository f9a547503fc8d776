"""What the executor's logic asks of the world outside."""

from __future__ import annotations

from typing import Protocol

from services.executor.model import Access, Intent, Operation, PlannedRequest, ToolCall, UpstreamResponse


class Catalog(Protocol):
    """Knows what tools mean."""

    async def resolve(self, tool_id: str) -> Operation:
        """What the tool means to QuickBooks.

        Raises:
            ToolUnknown: the catalog has no such tool.
            PeerUnavailable: the catalog cannot be asked, and nothing is remembered.
        """


class AccessTokens(Protocol):
    """Gives the bearer for one company's API."""

    async def issue(self, call: ToolCall, operation: Operation, refused_digest: str = "") -> Access:
        """Access for this call's work.

        Args:
            refused_digest: names a token that QuickBooks just refused; another one is given.

        Raises:
            MeshError: as auth answered, CONNECTION_EXPIRED or GRANT_INVALID for example.
        """


class QuickBooks(Protocol):
    """Sends one request to the accounting API."""

    async def send(self, operation: Operation, request: PlannedRequest, access: Access) -> UpstreamResponse:
        """Send it once and return the answer, whatever its status.

        Raises:
            QuickbooksUnavailable: nothing was sent, or a read was cut.
            QuickbooksTimeout: a read was not answered in time.
            QuickbooksOutcomeUnknown: a write was sent and no answer came.
        """


class IntentStore(Protocol):
    """Remembers intents, atomically and for all replicas."""

    async def begin(self, proposed: Intent) -> Intent:
        """Return what is remembered under the intent's key; if nothing is, remember and return the proposed one.

        Raises:
            JournalUnavailable: the store did not answer.
        """

    async def settle(self, intent: Intent) -> bool:
        """Mark the intent done, and say whether it was done already.

        Raises:
            JournalUnavailable: the store did not answer.
        """

    async def drop(self, intent: Intent) -> None:
        """Forget the intent, unless it is done or another took its place.

        Raises:
            JournalUnavailable: the store did not answer.
        """

"""The log of requests the sandbox has answered, which tests read to see what a client really sent."""

from collections import Counter, deque

import msgspec

KEPT = 10_000
"""Entries kept; older ones are dropped, so a long bench cannot fill the memory."""
REALMS = 1_000
"""Realms counted; the counters of further ones go under "other"."""
SECRET_PARAMETERS = frozenset({"code", "token", "access_token", "refresh_token", "client_secret", "state"})


class LoggedRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answered request; never a token, never a body."""

    at: str
    """Sandbox time, ISO 8601."""
    method: str
    path: str
    query: dict[str, str]
    status: int
    """0 when the connection was cut before an answer."""
    intuit_tid: str
    realm_id: str | None = None
    traceparent: str | None = None
    requestid: str | None = None


class RequestLog:
    """A bounded log with counters."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=kept)
        self.requests: Counter[str] = Counter()
        self.refreshes: Counter[str] = Counter()

    def add(self, entry: LoggedRequest) -> None:
        """Log one request and count it for its realm."""
        self._entries.append(entry)
        self._count(self.requests, entry.realm_id or "none")

    def count_refresh(self, realm_id: str) -> None:
        """Count one successful token refresh."""
        self._count(self.refreshes, realm_id)

    def entries(self, realm_id: str | None = None) -> list[LoggedRequest]:
        """Return what is logged, oldest first, of one realm or of all."""
        return [entry for entry in self._entries if realm_id is None or entry.realm_id == realm_id]

    def clear(self) -> None:
        """Forget everything logged and counted."""
        self._entries.clear()
        self.requests.clear()
        self.refreshes.clear()

    @staticmethod
    def _count(counter: Counter[str], realm_id: str) -> None:
        counter[realm_id if realm_id in counter or len(counter) < REALMS else "other"] += 1


def redacted(parameters: list[tuple[str, str]]) -> dict[str, str]:
    """Return query parameters fit for the log."""
    return {name: "[redacted]" if name.lower() in SECRET_PARAMETERS else value for name, value in parameters}

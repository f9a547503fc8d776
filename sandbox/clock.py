"""The sandbox's own idea of now, which a test may move forward."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def system_now() -> datetime:
    """Return the machine's time as an aware instant."""
    return datetime.now(UTC)


class SandboxClock:
    """Real time plus whatever the control API has added.

    Tokens, MetaData and the seeds' relative dates all read this clock, so an hour-long token can expire in a test
    without anyone waiting an hour.
    """

    def __init__(self, source: Callable[[], datetime] = system_now) -> None:
        self._source = source
        self.offset = timedelta()

    def now(self) -> datetime:
        """Return the sandbox's present instant, aware."""
        return self._source() + self.offset

    def advance(self, by: timedelta) -> None:
        """Move the sandbox forward; time never goes back, since tokens and MetaData could not follow."""
        if by < timedelta():
            raise ValueError("the sandbox clock only moves forward: advance_seconds must not be negative")
        self.offset += by

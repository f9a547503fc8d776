"""The sandbox's own idea of now, which a test may move forward."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def system_now() -> datetime:
    """Return the machine's time as an aware instant."""
    return datetime.now(UTC)


class SandboxClock:
    """Real time plus whatever the control API has added.

    Tokens, MetaData, limits, retries and the seeds' relative dates all read this clock, so an hour-long token can
    expire in a test without anyone waiting an hour.
    """

    def __init__(self, source: Callable[[], datetime] = system_now) -> None:
        self._source = source
        self._sleepers: set[asyncio.Event] = set()
        self.offset = timedelta()

    def now(self) -> datetime:
        """Return the sandbox's present instant, aware."""
        return self._source() + self.offset

    def advance(self, by: timedelta) -> None:
        """Move the sandbox forward; time never goes back, since tokens and MetaData could not follow."""
        if by < timedelta():
            raise ValueError("the sandbox clock only moves forward: advance_seconds must not be negative")
        self.offset += by
        for sleeper in self._sleepers:
            sleeper.set()

    @property
    def is_awaited(self) -> bool:
        """Whether anyone sleeps until a later time of this clock."""
        return bool(self._sleepers)

    async def sleep(self, duration: timedelta) -> None:
        """Wait until the sandbox's time is later by a duration, whether it passes or is moved."""
        ends_at = self.now() + duration
        moved = asyncio.Event()
        self._sleepers.add(moved)
        try:
            while (left := ends_at - self.now()) > timedelta():
                moved.clear()
                try:
                    async with asyncio.timeout(left.total_seconds()):
                        await moved.wait()
                except TimeoutError:
                    continue
        finally:
            self._sleepers.discard(moved)

"""One auth room, as most tests of it need it."""

from collections.abc import AsyncIterator

import pytest

from services.auth.settings import AuthSettings
from tests.support.auth import AuthClient, FakeIntuit, ManualClock, auth_settings, running_auth
from tests.support.valkey import ValkeyServer, empty_valkey, valkey_server

__all__ = ["empty_valkey", "valkey_server"]


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
def intuit() -> FakeIntuit:
    """Intuit's OAuth."""
    return FakeIntuit()


@pytest.fixture
def settings(valkey_server: ValkeyServer) -> AuthSettings:
    """Settings over the run's real Valkey."""
    return auth_settings(valkey_server.url_for("auth"))


@pytest.fixture
async def auth(settings: AuthSettings, intuit: FakeIntuit, clock: ManualClock) -> AsyncIterator[AuthClient]:
    """The room, serving."""
    async with running_auth(settings, intuit, clock) as client:
        yield client

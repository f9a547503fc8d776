"""The operator's bearer, which management calls carry."""

import hmac
from collections.abc import Iterable

from chassis.settings import Secret
from services.auth.errors import TokenInvalid

AUTHORIZATION_METADATA = "authorization"
_SCHEME = "bearer "


class OperatorGuard:
    """Lets management calls pass that carry the operator's token."""

    def __init__(self, operator_token: Secret) -> None:
        self._expected = operator_token.reveal().encode()

    def check(self, metadata: Iterable[tuple[str, str | bytes]] | None) -> None:
        """Pass, or refuse without saying what was wrong.

        Raises:
            TokenInvalid: there is no bearer, or another one.
        """
        value = text_metadata(metadata, AUTHORIZATION_METADATA)
        given = value[len(_SCHEME) :] if value[: len(_SCHEME)].lower() == _SCHEME else ""
        if not hmac.compare_digest(given.encode(), self._expected):
            raise TokenInvalid()


def text_metadata(metadata: Iterable[tuple[str, str | bytes]] | None, key: str) -> str:
    """Return the text value of a metadata key, empty when it is absent or binary."""
    found = next((value for name, value in metadata or () if name == key), "")
    return found if isinstance(found, str) else ""

"""Authorization codes, access tokens and refresh tokens, as Intuit's OAuth keeps them."""

import secrets
from datetime import datetime, timedelta

import msgspec

from sandbox.clock import SandboxClock
from sandbox.settings import RefreshRotation

CODE_LIFETIME = timedelta(minutes=10)
"""An authorization code is spent within minutes; Intuit does not publish the limit."""
REFRESH_LIFETIME = timedelta(seconds=8_726_400)
"""x_refresh_token_expires_in: 101 days, rolling."""
REFRESH_AGE = timedelta(hours=24)
"""The age at which a refresh token's value changes in daily rotation."""


class InvalidGrant(Exception):
    """A code or refresh token that is unknown, used, replaced or expired; carries Intuit's description."""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization code waiting to be exchanged, once."""

    client_id: str
    redirect_uri: str
    realm_id: str
    scope: str
    expires_at: datetime


class Grant(msgspec.Struct, kw_only=True):
    """One consent: an app may work in one company."""

    client_id: str
    realm_id: str
    scope: str
    refresh_token: str
    refresh_issued_at: datetime
    refresh_expires_at: datetime


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What one access token opens, and until when."""

    realm_id: str
    grant_id: str
    expires_at: datetime


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """The token endpoint's success body."""

    token_type: str
    access_token: str
    expires_in: int
    refresh_token: str
    x_refresh_token_expires_in: int


class TokenState(msgspec.Struct, kw_only=True):
    """Everything the store knows, in the form the snapshot keeps."""

    codes: dict[str, Code] = {}
    grants: dict[str, Grant] = {}
    access: dict[str, Access] = {}


class TokenStore:
    """Issues, refreshes and revokes tokens."""

    def __init__(self, clock: SandboxClock, lifetime: timedelta, rotation: RefreshRotation) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._rotation = rotation
        self.state = TokenState()

    def authorize(self, client_id: str, redirect_uri: str, realm_id: str, scope: str) -> str:
        """Return a fresh authorization code."""
        code = f"sbx_ac_{secrets.token_urlsafe(24)}"
        self.state.codes[code] = Code(
            client_id=client_id,
            redirect_uri=redirect_uri,
            realm_id=realm_id,
            scope=scope,
            expires_at=self._clock.now() + CODE_LIFETIME,
        )
        return code

    def exchange(self, code: str, client_id: str, redirect_uri: str) -> tuple[str, Issued]:
        """Spend a code; answers the realm and its tokens."""
        found = self.state.codes.pop(code, None)
        if found is None or found.expires_at <= self._clock.now():
            raise InvalidGrant("Invalid authorization code")
        if found.client_id != client_id or found.redirect_uri != redirect_uri:
            raise InvalidGrant("Invalid authorization code")
        return found.realm_id, self.grant(client_id, found.realm_id, found.scope)

    def grant(self, client_id: str, realm_id: str, scope: str) -> Issued:
        """Record a consent and return its first tokens."""
        now = self._clock.now()
        grant_id = secrets.token_hex(8)
        self.state.grants[grant_id] = Grant(
            client_id=client_id,
            realm_id=realm_id,
            scope=scope,
            refresh_token=_refresh_token(),
            refresh_issued_at=now,
            refresh_expires_at=now + REFRESH_LIFETIME,
        )
        return self._issue(grant_id)

    def refresh(self, refresh_token: str, client_id: str) -> tuple[str, Issued]:
        """Trade a refresh token for new tokens; a replaced value never works again."""
        grant_id = self._grant_of_refresh(refresh_token)
        grant = self.state.grants.get(grant_id or "")
        now = self._clock.now()
        if grant_id is None or grant is None or grant.client_id != client_id or grant.refresh_expires_at <= now:
            raise InvalidGrant("Incorrect or invalid refresh token")
        if self._rotation is RefreshRotation.EVERY_REFRESH or now - grant.refresh_issued_at >= REFRESH_AGE:
            grant.refresh_token, grant.refresh_issued_at = _refresh_token(), now
        grant.refresh_expires_at = now + REFRESH_LIFETIME
        return grant.realm_id, self._issue(grant_id)

    def revoke(self, token: str, client_id: str) -> bool:
        """End the consent behind an access or refresh token; False if the token is unknown."""
        access = self.state.access.get(token)
        grant_id = access.grant_id if access else self._grant_of_refresh(token)
        grant = self.state.grants.get(grant_id or "")
        if grant_id is None or grant is None or grant.client_id != client_id:
            return False
        del self.state.grants[grant_id]
        self.state.access = {value: each for value, each in self.state.access.items() if each.grant_id != grant_id}
        return True

    def find(self, access_token: str) -> Access | None:
        """Return what a token opens, or None if it is unknown or expired."""
        access = self.state.access.get(access_token)
        return access if access is not None and access.expires_at > self._clock.now() else None

    def expire_access(self, realm_id: str, after: timedelta) -> int:
        """Let a realm's access tokens end early; answers how many."""
        ends_at = self._clock.now() + after
        mine = {value: each for value, each in self.state.access.items() if each.realm_id == realm_id}
        for value, each in mine.items():
            self.state.access[value] = msgspec.structs.replace(each, expires_at=min(each.expires_at, ends_at))
        return len(mine)

    def expire_refresh(self, realm_id: str, after: timedelta) -> int:
        """Let a realm's refresh tokens end early; answers how many."""
        mine = [grant for grant in self.state.grants.values() if grant.realm_id == realm_id]
        for grant in mine:
            grant.refresh_expires_at = min(grant.refresh_expires_at, self._clock.now() + after)
        return len(mine)

    def _issue(self, grant_id: str) -> Issued:
        now = self._clock.now()
        grant = self.state.grants[grant_id]
        self.state.access = {value: each for value, each in self.state.access.items() if each.expires_at > now}
        access_token = f"sbx_at_{secrets.token_urlsafe(32)}"
        expires_at = now + self._lifetime
        self.state.access[access_token] = Access(realm_id=grant.realm_id, grant_id=grant_id, expires_at=expires_at)
        return Issued(
            token_type="bearer",  # noqa: S106 - the scheme, not a secret
            access_token=access_token,
            expires_in=int(self._lifetime.total_seconds()),
            refresh_token=grant.refresh_token,
            x_refresh_token_expires_in=round((grant.refresh_expires_at - now).total_seconds()),
        )

    def _grant_of_refresh(self, refresh_token: str) -> str | None:
        return next((key for key, grant in self.state.grants.items() if grant.refresh_token == refresh_token), None)


def _refresh_token() -> str:
    return f"sbx_rt_{secrets.token_urlsafe(32)}"

"""Authorization codes, access tokens and refresh tokens, as Intuit's OAuth keeps them."""

import secrets
from datetime import datetime, timedelta

import msgspec

from sandbox.clock import SandboxClock
from sandbox.grants import Access, Code, Grant, Issued, TokenState
from sandbox.settings import RefreshRotation

CODE_LIFETIME = timedelta(minutes=10)
"""An authorization code is spent within minutes; Intuit does not publish the limit."""
REFRESH_LIFETIME = timedelta(seconds=8_726_400)
"""x_refresh_token_expires_in: 101 days, rolling."""
REFRESH_AGE = timedelta(hours=24)
"""The age at which a refresh token's value changes in daily rotation."""
HARD_LIFETIME = timedelta(seconds=157_680_000)
"""Five years: the end of every grant, however often it is refreshed.

Intuit counts older grants from October 2023, those of the finer scopes from February 2022; every grant made here is
younger than both, so it counts from its own day.
"""
PRUNE_EVERY = 256
"""Access tokens issued between two sweeps of the expired ones."""


class InvalidGrant(Exception):
    """A code or refresh token that is unknown, used, replaced or expired; carries Intuit's description."""


class TokenStore:
    """Issues, refreshes and revokes tokens."""

    def __init__(self, clock: SandboxClock, lifetime: timedelta, rotation: RefreshRotation) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._rotation = rotation
        self._state = TokenState()
        self._by_refresh_token: dict[str, str] = {}
        self._issued = 0
        self.next_lifetimes: dict[str, timedelta] = {}
        """How long the next access token of a realm lives, by order of a test; used once."""

    @property
    def state(self) -> TokenState:
        """Everything the store knows."""
        return self._state

    def restore(self, state: TokenState) -> None:
        """Take over what a snapshot kept."""
        self._state = state
        self._by_refresh_token = {grant.refresh_token: key for key, grant in state.grants.items()}

    def authorize(
        self, client_id: str, redirect_uri: str, realm_id: str, scope: str, claims: dict[str, str] | None = None
    ) -> str:
        """Return a fresh authorization code; `claims` go into the id_token."""
        code = f"sbx_ac_{secrets.token_urlsafe(24)}"
        now = self._clock.now()
        self._state.codes = {value: each for value, each in self._state.codes.items() if each.expires_at > now}
        self._state.codes[code] = Code(
            client_id=client_id,
            redirect_uri=redirect_uri,
            realm_id=realm_id,
            scope=scope,
            expires_at=now + CODE_LIFETIME,
            claims=claims or {},
        )
        return code

    def exchange(self, code: str, client_id: str, redirect_uri: str) -> tuple[Grant, Issued]:
        """Spend a code; answers the consent and its first tokens."""
        found = self._state.codes.pop(code, None)
        if found is None or found.expires_at <= self._clock.now():
            raise InvalidGrant("Invalid authorization code")
        if found.client_id != client_id or found.redirect_uri != redirect_uri:
            raise InvalidGrant("Invalid authorization code")
        return self._consented(client_id, found.realm_id, found.scope, found.claims)

    def grant(self, client_id: str, realm_id: str, scope: str) -> Issued:
        """Record a consent and return its first tokens."""
        return self._consented(client_id, realm_id, scope, {})[1]

    def refresh(self, refresh_token: str, client_id: str) -> tuple[Grant, Issued]:
        """Trade a refresh token for new tokens; a replaced value never works again."""
        grant_id = self._by_refresh_token.get(refresh_token)
        grant = self._state.grants.get(grant_id or "")
        now = self._clock.now()
        if grant_id is None or grant is None or grant.client_id != client_id or grant.ends_at <= now:
            raise InvalidGrant("Incorrect or invalid refresh token")
        if self._rotation is RefreshRotation.EVERY_REFRESH or now - grant.refresh_issued_at >= REFRESH_AGE:
            self._rotate(grant_id, grant, now)
        grant.refresh_expires_at = now + REFRESH_LIFETIME
        return grant, self._issue(grant_id)

    def revoke(self, token: str, client_id: str) -> bool:
        """End the consent behind an access or refresh token; False if the token is unknown."""
        access = self._state.access.get(token)
        grant_id = access.grant_id if access else self._by_refresh_token.get(token)
        grant = self._state.grants.get(grant_id or "")
        if grant_id is None or grant is None or grant.client_id != client_id:
            return False
        del self._state.grants[grant_id]
        del self._by_refresh_token[grant.refresh_token]
        self._state.access = {value: each for value, each in self._state.access.items() if each.grant_id != grant_id}
        return True

    def find(self, access_token: str) -> Access | None:
        """Return what a token opens, or None if it is unknown or expired."""
        access = self._state.access.get(access_token)
        return access if access is not None and access.expires_at > self._clock.now() else None

    def grant_of(self, access: Access) -> Grant:
        """Return the consent behind an access token."""
        return self._state.grants[access.grant_id]

    def realm_of_refresh(self, refresh_token: str) -> str | None:
        """Return the realm a refresh token belongs to; None if it is unknown or replaced."""
        grant = self._state.grants.get(self._by_refresh_token.get(refresh_token, ""))
        return None if grant is None else grant.realm_id

    def rotate_realm(self, realm_id: str) -> int:
        """Replace a realm's refresh tokens as a refresh elsewhere would; answers how many.

        Whoever holds the old value finds out with invalid_grant: what happens to the slower of two parallel refreshes.
        """
        mine = [(key, grant) for key, grant in self._state.grants.items() if grant.realm_id == realm_id]
        for key, grant in mine:
            self._rotate(key, grant, self._clock.now())
        return len(mine)

    def expire_access(self, realm_id: str, after: timedelta) -> int:
        """Let a realm's access tokens end early; answers how many."""
        ends_at = self._clock.now() + after
        mine = {value: each for value, each in self._state.access.items() if each.realm_id == realm_id}
        for value, each in mine.items():
            self._state.access[value] = msgspec.structs.replace(each, expires_at=min(each.expires_at, ends_at))
        return len(mine)

    def expire_refresh(self, realm_id: str, after: timedelta) -> int:
        """Let a realm's refresh tokens end early; answers how many."""
        mine = [grant for grant in self._state.grants.values() if grant.realm_id == realm_id]
        for grant in mine:
            grant.refresh_expires_at = min(grant.refresh_expires_at, self._clock.now() + after)
        return len(mine)

    def _consented(self, client_id: str, realm_id: str, scope: str, claims: dict[str, str]) -> tuple[Grant, Issued]:
        now = self._clock.now()
        grant_id = secrets.token_hex(8)
        grant = Grant(
            client_id=client_id,
            realm_id=realm_id,
            scope=scope,
            refresh_token=_refresh_token(),
            refresh_issued_at=now,
            refresh_expires_at=now + REFRESH_LIFETIME,
            hard_expires_at=now + HARD_LIFETIME,
            claims=claims,
        )
        self._state.grants[grant_id] = grant
        self._by_refresh_token[grant.refresh_token] = grant_id
        return grant, self._issue(grant_id)

    def _rotate(self, grant_id: str, grant: Grant, now: datetime) -> None:
        del self._by_refresh_token[grant.refresh_token]
        grant.refresh_token, grant.refresh_issued_at = _refresh_token(), now
        self._by_refresh_token[grant.refresh_token] = grant_id

    def _issue(self, grant_id: str) -> Issued:
        now = self._clock.now()
        grant = self._state.grants[grant_id]
        self._prune(now)
        access_token = f"sbx_at_{secrets.token_urlsafe(32)}"
        lifetime = self.next_lifetimes.pop(grant.realm_id, self._lifetime)
        self._state.access[access_token] = Access(
            realm_id=grant.realm_id,
            grant_id=grant_id,
            expires_at=now + lifetime,
            client_id=grant.client_id,
            scope=grant.scope,
        )
        return Issued(
            token_type="bearer",  # noqa: S106 - the scheme, not a secret
            access_token=access_token,
            expires_in=int(lifetime.total_seconds()),
            refresh_token=grant.refresh_token,
            x_refresh_token_expires_in=round((grant.ends_at - now).total_seconds()),
            hard_expires_in=round((grant.hard_end - now).total_seconds()),
        )

    def _prune(self, now: datetime) -> None:
        self._issued += 1
        if self._issued % PRUNE_EVERY == 0:
            self._state.access = {value: each for value, each in self._state.access.items() if each.expires_at > now}


def _refresh_token() -> str:
    return f"sbx_rt_{secrets.token_urlsafe(32)}"

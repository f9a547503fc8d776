"""Grants: what a caller may do, as a signed statement that travels with the call.

Auth signs them (EdDSA JSON Web Tokens); every other room verifies them with auth's public keys. The scope rule lives
here once, so that what the registry lists is what the executor runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt

from chassis.clock import Clock
from chassis.errors import MeshError

GRANT_METADATA = "daybook-grant"
"""The gRPC metadata key that carries a grant."""

ISSUER = "daybook-auth"
AUDIENCE = "daybook-mesh"
ALGORITHM = "EdDSA"

METHOD_GROUPS = {
    "read": frozenset({"list", "get"}),
    "write": frozenset({"create", "update", "delete"}),
}
"""Named groups of methods; `custom` is every method outside them."""

_STANDARD_METHODS = METHOD_GROUPS["read"] | METHOD_GROUPS["write"]

# Grants live for a minute or so; this many fit in a few MiB and no honest load has more at once.
_CACHE_SIZE = 10_000

# Auth's clock and ours may differ a little; a grant some seconds "from the future" is good.
_LEEWAY = timedelta(seconds=5)


class GrantInvalid(MeshError):
    """The grant is absent, not signed by auth, revoked, or past its end."""

    code, reason = grpc.StatusCode.UNAUTHENTICATED, "GRANT_INVALID"

    def __init__(self) -> None:
        super().__init__("the grant is not valid; exchange the token again")


class GrantTooSmall(MeshError):
    """The grant does not cover this method or these tags."""

    code, reason = grpc.StatusCode.PERMISSION_DENIED, "GRANT_TOO_SMALL"

    def __init__(self, method: str) -> None:
        super().__init__(f"the grant does not cover the method {method!r} on these tags", method=method)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Methods, tags and tools that something is opened for; a tool must pass all three."""

    methods: tuple[str, ...]
    """Method groups (`read`, `write`, `custom`) or exact methods; any of them opens a tool."""
    tags: tuple[str, ...] = ()
    """A tool must carry one of them; empty: every tool."""
    tools: tuple[str, ...] = ()
    """A tool must be one of them, by name; empty: every tool."""

    def allows(self, method: str, tags: Collection[str], tool: str = "") -> bool:
        """Whether a tool of this method and name, carrying these tags, is opened.

        Args:
            tool: without it, a scope that names exact tools opens nothing.
        """
        if self.tools and tool not in self.tools:
            return False
        return self._allows_method(method) and (not self.tags or not set(self.tags).isdisjoint(tags))

    def _allows_method(self, method: str) -> bool:
        if method in self.methods:
            return True
        if method not in _STANDARD_METHODS:
            return "custom" in self.methods
        return any(method in METHOD_GROUPS.get(group, ()) for group in self.methods)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a verified grant says."""

    connection: str
    """The one company it opens, `connections/{realm_id}`."""
    mcp_server: str
    """The MCP server it stands for."""
    scope: Scope
    """What it opens there."""
    issued_at: datetime
    """When auth signed it."""
    expires_at: datetime
    """When it ends."""
    token_id: str
    """Its own id, for logs."""


class GrantVerifier:
    """Checks grants against auth's public keys, remembering the good ones until they end."""

    def __init__(self, fetch_keys: Callable[[], Awaitable[bytes]], clock: Clock) -> None:
        self._fetch_keys = fetch_keys
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._good: dict[str, Grant] = {}
        self._forgotten: dict[str, datetime] = {}

    async def verify(self, token: str) -> Grant:
        """Return what the grant says.

        Raises:
            GrantInvalid: it is not auth's, it ended, or its server was forgotten since.
        """
        grant = self._good.get(token) or await self._decode(token)
        if grant.expires_at <= self._clock.now() or self._is_forgotten(grant):
            self._good.pop(token, None)
            raise GrantInvalid()
        return grant

    def forget(self, mcp_server: str) -> None:
        """Refuse, from now on, every grant of this server that was signed before now."""
        now = self._clock.now()
        self._forgotten[mcp_server] = now
        self._good = {token: grant for token, grant in self._good.items() if grant.mcp_server != mcp_server}
        # A grant never outlives an hour (auth's own bound), so neither need the memory of a revocation.
        self._forgotten = {name: at for name, at in self._forgotten.items() if now - at < timedelta(hours=1)}

    def _is_forgotten(self, grant: Grant) -> bool:
        forgotten_at = self._forgotten.get(grant.mcp_server)
        # Clocks differ: a grant signed just after the change may be refused too, and its holder exchanges anew.
        return forgotten_at is not None and grant.issued_at <= forgotten_at

    async def _decode(self, token: str) -> Grant:
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid", ""))
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Time is checked against our own clock, below and in `verify`.
                options={"require": ["exp", "iat", "sub", "jti"], "verify_exp": False, "verify_iat": False},
            )
            grant = _grant_from(claims)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise GrantInvalid() from error
        if grant.issued_at > self._clock.now() + _LEEWAY:
            raise GrantInvalid()
        self._remember(token, grant)
        return grant

    async def _key(self, key_id: str) -> jwt.PyJWK:
        if key_id not in self._keys:
            key_set = jwt.PyJWKSet.from_json((await self._fetch_keys()).decode())
            self._keys = {key.key_id: key for key in key_set.keys if key.key_id}
        return self._keys[key_id]

    def _remember(self, token: str, grant: Grant) -> None:
        if len(self._good) >= _CACHE_SIZE:
            now = self._clock.now()
            self._good = {t: g for t, g in self._good.items() if g.expires_at > now}
        if len(self._good) < _CACHE_SIZE:
            self._good[token] = grant


def claims_of(grant: Grant) -> dict[str, Any]:
    """The JWT claims that state a grant; `GrantVerifier` reads them back."""
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": grant.mcp_server,
        "con": grant.connection,
        "mth": list(grant.scope.methods),
        "tag": list(grant.scope.tags),
        "tol": list(grant.scope.tools),
        "iat": grant.issued_at.timestamp(),
        "exp": grant.expires_at.timestamp(),
        "jti": grant.token_id,
    }


def _grant_from(claims: dict[str, Any]) -> Grant:
    return Grant(
        connection=str(claims["con"]),
        mcp_server=str(claims["sub"]),
        scope=Scope(
            methods=tuple(map(str, claims["mth"])),
            tags=tuple(map(str, claims["tag"])),
            tools=tuple(map(str, claims["tol"])),
        ),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        token_id=str(claims["jti"]),
    )

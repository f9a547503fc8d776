"""What the auth room reads from its environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from chassis.settings import Secret, TlsSettings
from services.auth.keys import SigningKeys
from services.auth.sealing import KeyRing
from services.auth.tokens import Digester

OPERATOR_TOKEN_LENGTH = 32
"""Fewest characters of the operator's token. 32 random ones of base64 carry 192 bits."""

LONGEST_GRANT = timedelta(hours=1)
"""Verifiers remember a revocation this long (`chassis.grants`), so no grant may live longer."""


@dataclass(frozen=True, kw_only=True)
class AuthSettings:
    """What the auth room needs from its environment (prefix DAYBOOK_AUTH_). Secrets have no defaults."""

    PREFIX: ClassVar[str] = "DAYBOOK_AUTH_"

    redis_url: Secret
    """Where the vault lives, as a user who may touch `~auth:* &auth:*`; also `rediss://` or `unix://`."""
    sealing_keys: Secret
    """Keys of the vault as `1:<base64 of 32 bytes>,2:…`. The highest number seals; all of them open."""
    digest_key: Secret
    """Base64 of the 32 bytes that tokens are digested with. Changing it voids every MCP server's URL."""
    signing_key: Secret
    """Base64 of the 32-byte Ed25519 seed that signs grants. After a comma: older seeds whose grants still verify."""
    operator_token: Secret
    """The bearer of management calls, at least 32 characters."""
    intuit_client_id: str
    """Client id of your app at Intuit."""
    intuit_client_secret: Secret
    """Client secret of your app at Intuit."""
    intuit_authorize_url: str = "https://appcenter.intuit.com/connect/oauth2"
    """Page on which a person approves the connection."""
    intuit_token_url: str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
    """Endpoint that exchanges codes and refreshes tokens."""
    intuit_revoke_url: str = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
    """Endpoint that revokes tokens."""
    scopes: tuple[str, ...] = ("com.intuit.quickbooks.accounting",)
    """What a person is asked to approve. Intuit has no read-only accounting scope."""
    public_console_url: str = "http://127.0.0.1:8704"
    """Where people reach the console; errors that only a person can mend link to its `/connect` page."""
    refresh_ahead: timedelta = timedelta(minutes=5)
    """Refresh an access token this long before it expires. Intuit's tokens live 60 minutes."""
    grant_lifetime: timedelta = timedelta(seconds=60)
    """How long a grant speaks for its MCP server without being asked for anew."""
    listen: str = "127.0.0.1:8701"
    """Address to serve on. Anything but loopback needs DAYBOOK_TLS_*."""
    tls: TlsSettings
    """This room's certificates."""

    def __post_init__(self) -> None:
        named = (
            ("SEALING_KEYS", KeyRing.parse, self.sealing_keys),
            ("DIGEST_KEY", Digester.parse, self.digest_key),
            ("SIGNING_KEY", SigningKeys.parse, self.signing_key),
        )
        for name, parse, secret in named:
            try:
                parse(secret)
            except ValueError as error:
                raise ValueError(f"{self.PREFIX}{name}: {error}") from None
        if len(self.operator_token.reveal()) < OPERATOR_TOKEN_LENGTH:
            raise ValueError(f"{self.PREFIX}OPERATOR_TOKEN: expected at least {OPERATOR_TOKEN_LENGTH} characters")
        if not timedelta(seconds=1) <= self.grant_lifetime <= LONGEST_GRANT:
            raise ValueError(f"{self.PREFIX}GRANT_LIFETIME: expected between 1s and 1h")

"""What the token store keeps: codes, consents, access tokens."""

from datetime import datetime, timedelta

import msgspec

FAR = timedelta(days=5 * 365)


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization code waiting to be exchanged, once."""

    client_id: str
    redirect_uri: str
    realm_id: str
    scope: str
    expires_at: datetime
    claims: dict[str, str] = {}


class Grant(msgspec.Struct, kw_only=True):
    """One consent: an app may work in one company."""

    client_id: str
    realm_id: str
    """Empty when the scopes open no company."""
    scope: str
    refresh_token: str
    refresh_issued_at: datetime
    refresh_expires_at: datetime
    hard_expires_at: datetime | None = None
    """The five-year end; a grant from a snapshot that knew none counts from its last rotation."""
    claims: dict[str, str] = {}
    """What the authorization request wants to see again in the id_token: its nonce."""

    @property
    def hard_end(self) -> datetime:
        """The instant no refresh can move."""
        return self.hard_expires_at or self.refresh_issued_at + FAR

    @property
    def ends_at(self) -> datetime:
        """When the refresh token stops working: the rolling end or the hard one."""
        return min(self.refresh_expires_at, self.hard_end)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What one access token opens, and until when."""

    realm_id: str
    grant_id: str
    expires_at: datetime
    client_id: str = ""
    scope: str = ""


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """The token endpoint's success body."""

    token_type: str
    access_token: str
    expires_in: int
    refresh_token: str
    x_refresh_token_expires_in: int
    hard_expires_in: int
    """Seconds to the five-year end; sent only when asked for by header."""


class TokenState(msgspec.Struct, kw_only=True):
    """Everything the store knows, in the form the snapshot keeps."""

    codes: dict[str, Code] = {}
    grants: dict[str, Grant] = {}
    access: dict[str, Access] = {}

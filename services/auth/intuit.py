"""Intuit's OAuth endpoints over HTTPS. Facts: Intuit's OAuth 2.0 guide and its discovery document."""

import asyncio
import base64
import binascii
import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec

from chassis import signals, tracing
from chassis.settings import Secret
from services.auth.errors import GrantRefused, IntuitThrottled, IntuitUnavailable
from services.auth.model import TokenAnswer

_TIMEOUT = timedelta(seconds=10)

# Where an answer does not say: refresh tokens roll over 100 days.
_REFRESH_LIFETIME_SECONDS = 8_640_000

_ERROR_CODE = re.compile(r"[a-z_]{1,50}")
_LONGEST_PAUSE_SECONDS = 300
_UNKNOWN_TOKEN: Final = 400

log = logging.getLogger(__name__)


class _TokenBody(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int
    refresh_token: str = ""
    x_refresh_token_expires_in: int = _REFRESH_LIFETIME_SECONDS
    id_token: str = ""


class _ErrorBody(msgspec.Struct, frozen=True):
    error: str = ""


class _IdentityClaims(msgspec.Struct, frozen=True):
    realmid: str | None = None


class IntuitOAuth:
    """Intuit's authorize page and its token and revoke endpoints, for one app."""

    def __init__(
        self,
        client_id: str,
        client_secret: Secret,
        *,
        authorize_url: str,
        token_url: str,
        revoke_url: str,
        scopes: tuple[str, ...],
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Name the app and the endpoints; `transport` is for tests."""
        self._client_id = client_id
        self._authorize_url = authorize_url
        self._token_url = token_url
        self._revoke_url = revoke_url
        self._scopes = scopes
        # No redirects: the client secret goes to the address in the settings and nowhere else.
        self._http = httpx2.AsyncClient(
            auth=httpx2.BasicAuth(client_id, client_secret.reveal()),
            headers={"Accept": "application/json"},
            timeout=_TIMEOUT.total_seconds(),
            follow_redirects=False,
            transport=transport,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    def authorize_url(self, redirect_uri: str, state: Secret) -> str:
        """Return the page on which a person approves the connection."""
        query = {
            "client_id": self._client_id,
            "response_type": "code",
            "scope": " ".join(self._scopes),
            "redirect_uri": redirect_uri,
            "state": state.reveal(),
        }
        joint = "&" if "?" in self._authorize_url else "?"
        return self._authorize_url + joint + urlencode(query)

    async def exchange_code(self, code: Secret, redirect_uri: str) -> TokenAnswer:
        """Turn an authorization code into tokens.

        Raises:
            GrantRefused: the code is not good.
            IntuitUnavailable: no answer, or none that makes sense.
        """
        form = {"grant_type": "authorization_code", "code": code.reveal(), "redirect_uri": redirect_uri}
        return await self._ask_for_tokens(form)

    async def refresh(self, refresh_token: Secret) -> TokenAnswer:
        """Turn a refresh token into new tokens; the old ones may end thereby.

        Raises:
            GrantRefused: the refresh token is dead.
            IntuitUnavailable: no answer, or none that makes sense.
        """
        return await self._ask_for_tokens({"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()})

    async def revoke(self, refresh_token: Secret) -> None:
        """End a refresh token and all that came of it. One that is dead already counts as ended.

        Raises:
            IntuitUnavailable: no answer, or none that makes sense.
        """
        response = await self._post(self._revoke_url, json={"token": refresh_token.reveal()})
        if not response.is_success and response.status_code != _UNKNOWN_TOKEN:
            raise _failure(response)

    async def _ask_for_tokens(self, form: Mapping[str, str]) -> TokenAnswer:
        response = await self._post(self._token_url, form=form)
        if not response.is_success:
            raise _failure(response)
        try:
            body = msgspec.json.decode(response.content, type=_TokenBody)
        except msgspec.DecodeError as error:
            raise IntuitUnavailable("gave an answer that is not a token answer") from error
        if not body.access_token or body.expires_in <= 0:
            raise IntuitUnavailable("gave an answer without a token")
        return TokenAnswer(
            access_token=Secret(body.access_token),
            access_lifetime=timedelta(seconds=body.expires_in),
            refresh_token=Secret(body.refresh_token) if body.refresh_token else None,
            refresh_lifetime=timedelta(seconds=body.x_refresh_token_expires_in),
            realm_id=_realm_in(body.id_token),
        )

    async def _post(
        self, url: str, *, form: Mapping[str, str] | None = None, json: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        place = urlsplit(url)
        attributes = {
            signals.HTTP_METHOD: "POST",
            signals.URL_TEMPLATE: place.path,
            signals.PEER_ROOM: place.hostname or "",
        }
        with tracing.span("POST", tracing.CLIENT, attributes) as span:
            try:
                # httpx's own limits are for each read; this one is for the whole call.
                async with asyncio.timeout(_TIMEOUT.total_seconds()):
                    response = await self._http.post(url, data=form, json=json)
            except (httpx2.HTTPError, TimeoutError) as error:
                log.warning("Intuit's OAuth did not answer", extra={"cause": type(error).__name__})
                raise IntuitUnavailable() from None  # the cause may hold the request, and that the tokens
            span.set_attribute(signals.HTTP_STATUS, response.status_code)
            span.set_attribute(signals.INTUIT_TID, response.headers.get("intuit_tid", ""))
            return response


def _failure(response: httpx2.Response) -> Exception:
    """Return what a refusal means. Its body is not logged: it may repeat what was sent."""
    code = _error_code(response)
    tid = response.headers.get("intuit_tid", "")
    log.warning("Intuit's OAuth refused", extra={"status": response.status_code, "error": code, "intuit_tid": tid})
    if code == "invalid_grant":
        return GrantRefused(code)
    if response.status_code == 429:
        return IntuitThrottled(_pause(response))
    if code == "invalid_client":
        return IntuitUnavailable(
            "refuses this app (invalid_client): its operator must check DAYBOOK_AUTH_INTUIT_CLIENT_ID and "
            "DAYBOOK_AUTH_INTUIT_CLIENT_SECRET"
        )
    return IntuitUnavailable(f"answered {response.status_code} {code}".rstrip())


def _error_code(response: httpx2.Response) -> str:
    try:
        code = msgspec.json.decode(response.content, type=_ErrorBody).error
    except msgspec.DecodeError:
        return ""
    return code if _ERROR_CODE.fullmatch(code) else ""


def _pause(response: httpx2.Response) -> timedelta | None:
    seconds = response.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return None
    return timedelta(seconds=min(int(seconds), _LONGEST_PAUSE_SECONDS))


def _realm_in(id_token: str) -> str | None:
    """Read the company out of an id_token, which comes only with the `openid` scope.

    Its signature need not be checked: it came from Intuit itself over TLS (OpenID Connect Core, 3.1.3.7, rule 6).
    """
    parts = id_token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(claims, type=_IdentityClaims).realmid
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None

"""Linking a company: the start of Intuit's OAuth dance, and its end in a person's browser.

Who may finish an attempt depends on who began it:

- A browser (it sends `Origin`) gets the real state in a cookie that scripts cannot read; Intuit sees its digest only.
  The redirect back is worth nothing without that cookie, so nobody can finish the attempt from another browser, even
  knowing the whole address.
- A script, such as `daybook connect`, has no browser of its own: the person opens the printed address wherever they are
  signed in to Intuit. The state inside is then the only key: 256 bits, single-use, ten minutes, begun by an API token.

Neither needs a store or a secret of the console's own, so any replica can finish what another began.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import FieldViolation
from services.console.errors import AttemptElsewhere, RequestRefused
from services.console.http import authorization, failure_answer, json_answer, read_body
from services.console.model import ConnectAnswer, ConnectAttempt, Connection
from services.console.pages import notice
from services.console.ports import Auth
from services.console.render import connection_json, instant
from services.console.settings import ConsoleSettings
from services.console.translate import Failure, failure_of

_BOUND = "b."
"""Marks a state that is only the digest of the one in the cookie."""

_COOKIE_LIFETIME_SECONDS = 600
"""As long as auth keeps an attempt."""

_REALM_ID = re.compile(r"[0-9]{4,20}")
_LONGEST = {"state": 200, "code": 512, "realmId": 20, "error": 100}


class ConnectPages:
    """`/connect` and `GET /connect/callback`."""

    def __init__(self, settings: ConsoleSettings, auth: Auth) -> None:
        self._settings = settings
        self._auth = auth
        # The `__Host-` prefix makes browsers insist on TLS and on this very host, which plain http cannot offer.
        self._cookie = "__Host-daybook_connect" if settings.is_https else "daybook_connect"

    async def explain(self, request: Request) -> Response:
        """`GET /connect`: where errors that only a person can mend send that person."""
        return notice(
            "Connect QuickBooks",
            (
                "Connecting a company takes an administrator of Daybook and somebody who may approve it at Intuit.",
                "The administrator runs `daybook connect`, or sends POST to this address with the API token.",
                "The address in the answer leads to Intuit. Once approved, the company works as before.",
            ),
        )

    async def begin(self, request: Request) -> Response:
        """`POST /connect`: the address to send a person to."""
        bearer = authorization(request)
        await read_body(request, self._settings.max_body_bytes, self._settings.body_timeout)
        attempt = await self._auth.begin_connect(bearer, self._settings.callback_url)
        if "origin" not in request.headers:
            return json_answer(_attempt_json(attempt.authorize_url, attempt))
        answer = json_answer(_attempt_json(bound_url(attempt), attempt))
        self._set_cookie(answer, attempt.state, _COOKIE_LIFETIME_SECONDS)
        return answer

    async def finish(self, request: Request) -> Response:
        """`GET /connect/callback`: where Intuit sends the person back to. Says neither code nor state again."""
        try:
            answer = self._read_redirect(request)
            connection = await self._auth.complete_connect(answer)
            response = _connected(request, connection)
        except Exception as error:  # noqa: BLE001 - a person always gets a page
            response = _not_connected(request, failure_of(error))
        if request.query_params.get("state", "").startswith(_BOUND):
            self._set_cookie(response, "", 0)
        return response

    def _read_redirect(self, request: Request) -> ConnectAnswer:
        query = request.query_params
        wrong = wrong_part(query)
        if wrong:
            raise RequestRefused(FieldViolation(field=wrong, description="is not as Intuit sends it; connect again"))
        return ConnectAnswer(
            state=real_state(query["state"], request.cookies.get(self._cookie, "")),
            code=query.get("code", ""),
            realm_id=query.get("realmId", ""),
            oauth_error=query.get("error", ""),
        )

    def _set_cookie(self, response: Response, value: str, lifetime_seconds: int) -> None:
        response.set_cookie(
            self._cookie,
            value,
            max_age=lifetime_seconds,
            path="/",
            secure=self._settings.is_https,
            httponly=True,
            # Intuit's redirect is a top-level navigation from another site: Lax sends the cookie, Strict would not.
            samesite="lax",
        )


def wrong_part(query: Mapping[str, str]) -> str:
    """The first parameter that Intuit's redirect would not carry so; empty when all is well."""
    for name, most in _LONGEST.items():
        if len(query.get(name, "")) > most:
            return name
    if not query.get("state"):
        return "state"
    if query.get("error"):
        return ""
    if not query.get("code"):
        return "code"
    return "" if _REALM_ID.fullmatch(query.get("realmId", "")) else "realmId"


def bound_url(attempt: ConnectAttempt) -> str:
    """Intuit's page for an attempt that only the browser with the cookie can finish."""
    parts = urlsplit(attempt.authorize_url)
    query = [(k, bound_state(v) if k == "state" else v) for k, v in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def bound_state(state: str) -> str:
    """The state as Intuit sees it when the real one is in a cookie: it cannot be turned back."""
    return _BOUND + hashlib.sha256(state.encode()).hexdigest()


def real_state(seen: str, cookie: str) -> str:
    """The state that auth gave, from the one in the redirect and the browser's cookie.

    Raises:
        AttemptElsewhere: the attempt is bound to a browser, and this is not it.
    """
    if not seen.startswith(_BOUND):
        return seen
    if not cookie or not hmac.compare_digest(bound_state(cookie).encode(), seen.encode()):
        raise AttemptElsewhere()
    return cookie


def _attempt_json(url: str, attempt: ConnectAttempt) -> dict[str, str | None]:
    return {"authorize_url": url, "expires_at": instant(attempt.expires_at)}


def _connected(request: Request, connection: Connection) -> Response:
    if prefers_json(request.headers.get("accept", "")):
        return json_answer(connection_json(connection))
    company = connection.display_name or f"QuickBooks company {connection.realm_id}"
    return notice("Connected", (f"{company} is connected to Daybook.", "You can close this window."))


def _not_connected(request: Request, failure: Failure) -> Response:
    if prefers_json(request.headers.get("accept", "")):
        return failure_answer(failure)
    page = notice("Not connected", (_sentence(failure.message), "Nothing was changed."), failure.status)
    page.headers.update(failure.headers)
    return page


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + ("" if message.endswith(".") else ".")


def prefers_json(accept: str) -> bool:
    """Whether a caller names JSON in `Accept` and HTML not before it; browsers name HTML first."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if "application/json" not in kinds:
        return False
    return "text/html" not in kinds or kinds.index("application/json") < kinds.index("text/html")

"""What the console itself refuses, before any other room is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chassis.errors import FieldViolation
from services.console.model import Offer


class Refused(Exception):
    """Base of the console's own refusals: each knows its HTTP status and its reason."""

    status: ClassVar[int] = 400
    reason: ClassVar[str] = "REQUEST_INVALID"

    def __init__(self, message: str, *failures: FieldViolation) -> None:
        super().__init__(message)
        self.message = message
        self.failures = failures
        self.headers: dict[str, str] = {}


class RequestRefused(Refused):
    """Parts of the request are wrong; each is named."""

    def __init__(self, *failures: FieldViolation) -> None:
        super().__init__("; ".join(f"{f.field}: {f.description}" for f in failures), *failures)


class FilterEmpty(Refused):
    """The filter would open no tool."""

    reason = "FILTER_EMPTY"

    def __init__(self, offer: Offer) -> None:
        available = f"available methods: {', '.join(offer.methods)}; available tags: {', '.join(offer.tags)}"
        super().__init__(
            f"no tool is left by this filter; {available}",
            FieldViolation(field="config", description=f"leaves no tool; {available}"),
        )


class PresetUnknown(Refused):
    """There is no preset of that name."""

    def __init__(self, preset: str, known: Iterable[str]) -> None:
        problem = f"there is no preset {preset[:40]!r}; there are {', '.join(known) or 'none'}"
        super().__init__(problem, FieldViolation(field="config.preset", description=problem))


class ToolsUnknown(Refused):
    """Tools are named that the catalog does not have."""

    def __init__(self, offer: Offer) -> None:
        failures = [
            FieldViolation(field="config.tools", description=_unknown_tool(name, close))
            for name, close in offer.unknown_tools.items()
        ]
        super().__init__("; ".join(failure.description for failure in failures), *failures)


def _unknown_tool(name: str, close: tuple[str, ...]) -> str:
    advice = (
        f"did you mean {' or '.join(close)}?" if close else "GET /integrated-account/{id}/tools lists those there are"
    )
    return f"there is no tool {name}; {advice}"


class PageUnknown(Refused):
    """Nothing is at this path."""

    status, reason = 404, "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("no such page; the management API begins at /integrated-account")


class MethodNotAllowed(Refused):
    """The path takes other methods."""

    status, reason = 405, "METHOD_NOT_ALLOWED"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"this page takes {allowed}")
        self.headers = {"Allow": allowed}


class TokenMissing(Refused):
    """No API token came with the request."""

    status, reason = 401, "TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("send an API token as `Authorization: Bearer <token>`")
        self.headers = {"WWW-Authenticate": 'Bearer realm="daybook"'}


class BodyTooSlow(Refused):
    """The body did not arrive in time."""

    status, reason = 408, "BODY_TOO_SLOW"

    def __init__(self) -> None:
        super().__init__("the body did not arrive in time; send the request again")


class BodyTooLarge(Refused):
    """The body is over the cap."""

    status, reason = 413, "BODY_TOO_LARGE"

    def __init__(self, cap: int) -> None:
        super().__init__(f"the body is larger than {cap} bytes; send only the documented fields")


class BodyNotJson(Refused):
    """The body is declared as something else than JSON."""

    status, reason = 415, "BODY_NOT_JSON"

    def __init__(self) -> None:
        super().__init__("send the body as JSON, with `Content-Type: application/json`")


class HostUnknown(Refused):
    """The request names a host that this console does not answer to."""

    status, reason = 421, "HOST_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("this console does not answer to that host name; add it to DAYBOOK_CONSOLE_ALLOWED_HOSTS")


class AddressUnknown(Refused):
    """The address names something by an id that nothing can have."""

    status = 404

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"no such {kind}")
        self.reason = reason  # type: ignore[misc]


class AttemptElsewhere(Refused):
    """The attempt to connect was begun in another browser, or its cookie has gone."""

    reason = "CONNECT_STATE_INVALID"

    def __init__(self) -> None:
        super().__init__("this connection was not begun in this browser, or too long ago; begin it again")

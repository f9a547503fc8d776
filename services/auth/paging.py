"""Page tokens: a position in an ordered list, opaque to callers."""

import base64
import binascii
import re

from chassis.errors import FieldViolation, RequestInvalid

DEFAULT_PAGE_SIZE = 100

CONNECTION_POSITION = re.compile(r"[0-9]{4,20}")
MCP_SERVER_POSITION = re.compile(r"[0-9]{16}:[a-z0-9]{8,32}")


def encode_position(position: str | None) -> str:
    """Return the token for a position; empty when no page follows."""
    return base64.urlsafe_b64encode(position.encode()).rstrip(b"=").decode() if position else ""


def decode_position(token: str, form: re.Pattern[str]) -> str | None:
    """Return the position in a token; None for the empty one.

    Raises:
        RequestInvalid: the token is not one that this list gave.
    """
    if not token:
        return None
    try:
        position = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        position = ""
    if form.fullmatch(position) is None:
        wrong = "not a token of this list: send next_page_token as it was given, or nothing for the first page"
        raise RequestInvalid(FieldViolation(field="page_token", description=wrong))
    return position

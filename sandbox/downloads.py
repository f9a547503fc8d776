"""Addresses at which one attached file can be fetched for a quarter of an hour."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sandbox.books import Books
from sandbox.faults import not_found

LIFETIME = timedelta(minutes=15)
"""How long an address is good for (vendor's attachment guide)."""
PATH = "/_files"
_KEY = secrets.token_bytes(32)
"""Lives as long as the process: after a restart a client asks for a new address, as it does after 15 minutes."""


def temporary_address(origin: str, realm_id: str, identifier: str, now: datetime) -> str:
    """Return a signed address for one file.

    Args:
        origin: where this sandbox is reached, as in "http://127.0.0.1:8710".
    """
    expires = int((now + LIFETIME).timestamp())
    return f"{origin}{PATH}/{realm_id}/{identifier}?expires={expires}&signature={_sign(realm_id, identifier, expires)}"


def is_good(realm_id: str, identifier: str, expires: str, signature: str, now: datetime) -> bool:
    """Whether an address was signed here and has not expired."""
    if not expires.isdigit() or int(expires) < now.timestamp():
        return False
    return hmac.compare_digest(_sign(realm_id, identifier, int(expires)), signature)


def file_of(books: Books, identifier: str) -> bytes:
    """Return the bytes of an attached file.

    Raises:
        QuickBooksFault: 610 if there is no such attachment, or it is a note.
    """
    if identifier not in books.files or books.find("Attachable", identifier) is None:
        raise not_found()
    return books.files[identifier]


def _sign(realm_id: str, identifier: str, expires: int) -> str:
    return hmac.new(_KEY, f"{realm_id}/{identifier}/{expires}".encode(), hashlib.sha256).hexdigest()

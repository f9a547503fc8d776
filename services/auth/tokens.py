"""Bearer tokens of our own, and the keyed digests that stand for them."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from enum import StrEnum
from typing import Self

from chassis.settings import Secret

TOKEN_PREFIX = "dbm_"  # noqa: S105 - the public part
"""Marks an MCP server's token for secret scanners."""

_TOKEN = re.compile(TOKEN_PREFIX + r"[A-Za-z0-9_-]{43}")
_RANDOM_BYTES = 32
_SERVER_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_SERVER_ID_LENGTH = 12
KEY_BYTES = 32


class Purpose(StrEnum):
    """What a digest is for. It enters the digest, so that one kind can never be taken for another."""

    MCP_SERVER_TOKEN = "mcp-server-token"  # noqa: S105 - a label
    CONNECT_STATE = "connect-state"
    ACCESS_TOKEN = "access-token"  # noqa: S105 - a label
    REQUEST_CONTENT = "request-content"


class Digester:
    """Computes keyed digests: without the key, a stolen vault cannot be searched for a guessed token."""

    def __init__(self, key: bytes) -> None:
        """Keep the key, 32 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"expected {KEY_BYTES} bytes")
        self._key = key

    @classmethod
    def parse(cls, secret: Secret) -> Self:
        """Read a key in base64.

        Raises:
            ValueError: it is not 32 bytes in base64; the message holds nothing of it.
        """
        return cls(decode_key(secret.reveal()))

    def digest(self, purpose: Purpose, text: str) -> str:
        """Return 64 hex digits of HMAC-SHA-256."""
        message = purpose.value.encode() + b"\0" + text.encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def new_mcp_server_token() -> Secret:
    """Make the path secret of an MCP server's URL: the prefix and 256 random bits, 43 characters."""
    return Secret(TOKEN_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES))


def is_mcp_server_token(text: str) -> bool:
    """Whether the text has the form of a token; anything else need not be looked up."""
    return _TOKEN.fullmatch(text) is not None


def new_state() -> Secret:
    """Make an OAuth state: 256 random bits, 43 characters."""
    return Secret(secrets.token_urlsafe(_RANDOM_BYTES))


def new_server_id() -> str:
    """Make the id of an MCP server: 12 characters of [a-z0-9], 62 bits; it is a name, not a secret."""
    return "".join(secrets.choice(_SERVER_ID_ALPHABET) for _ in range(_SERVER_ID_LENGTH))


def new_revision() -> str:
    """Make a mark that no other version of any record has, 16 hex digits."""
    return secrets.token_hex(8)


def decode_key(text: str) -> bytes:
    """Decode a 32-byte key from base64, standard or URL-safe, padded or not.

    Raises:
        ValueError: it is something else; the message holds nothing of it.
    """
    standard = text.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"expected base64 of {KEY_BYTES} random bytes") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"expected base64 of {KEY_BYTES} random bytes, got {len(key)} bytes")
    return key

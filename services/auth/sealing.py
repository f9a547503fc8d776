"""Sealing of what the vault keeps: storage is not trusted.

A sealed value is

    format (1 byte) · key version (4) · nonce (12) · wrapped data key (32 + 16) · nonce (12) · ciphertext (n + 16)

Each value has a data key of its own, wrapped by one key of the ring. Both layers are AES-256-GCM and bound to the
record, the field and the key version, so that a sealed value moved to another company or field does not open.
"""

import os
import struct
from collections.abc import Mapping
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.settings import Secret
from services.auth.tokens import KEY_BYTES, decode_key

_FORMAT = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = KEY_BYTES + _TAG_BYTES
_HEADER = struct.Struct(">BI")
_SMALLEST = _HEADER.size + 2 * _NONCE_BYTES + _WRAPPED_BYTES + _TAG_BYTES
_HIGHEST_VERSION = 2**32 - 1


class SealBroken(Exception):
    """A sealed value does not open: it was altered, moved, or sealed by a key that left the ring."""


class KeyRing:
    """Numbered keys: the highest seals, all of them open."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """Keep the keys, 32 bytes each, by version."""
        if not keys:
            raise ValueError("expected at least one key, as in 1:<base64 of 32 bytes>")
        self._keys = {version: AESGCM(key) for version, key in keys.items()}
        self._newest = max(keys)

    @classmethod
    def parse(cls, secret: Secret) -> Self:
        """Read `1:<base64 of 32 bytes>,2:…`.

        Raises:
            ValueError: it has another form; the message holds nothing of a key.
        """
        keys: dict[int, bytes] = {}
        for part in secret.reveal().split(","):
            number, colon, key = part.strip().partition(":")
            if not (colon and number.isascii() and number.isdigit() and 0 < int(number) <= _HIGHEST_VERSION):
                raise ValueError("expected <version>:<base64 of 32 bytes>, separated by commas")
            if int(number) in keys:
                raise ValueError(f"version {int(number)} is there twice")
            keys[int(number)] = decode_key(key)
        return cls(keys)

    def seal(self, content: Secret, record: str, field: str) -> bytes:
        """Seal a text for one field of one record."""
        header = _HEADER.pack(_FORMAT, self._newest)
        bound = _bound_to(header, record, field)
        data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
        wrap_nonce, nonce = os.urandom(_NONCE_BYTES), os.urandom(_NONCE_BYTES)
        wrapped = self._keys[self._newest].encrypt(wrap_nonce, data_key, bound)
        return header + wrap_nonce + wrapped + nonce + AESGCM(data_key).encrypt(nonce, content.reveal().encode(), bound)

    def open(self, sealed: bytes, record: str, field: str) -> Secret:
        """Open what was sealed for this field of this record.

        Raises:
            SealBroken: it was altered, belongs elsewhere, or its key is not in the ring.
        """
        if len(sealed) < _SMALLEST or sealed[0] != _FORMAT:
            raise SealBroken(f"{field} of {record} is not a sealed value")
        header, rest = sealed[: _HEADER.size], sealed[_HEADER.size :]
        wrap_nonce, rest = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        wrapped, rest = rest[:_WRAPPED_BYTES], rest[_WRAPPED_BYTES:]
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        key = self._keys.get(version := _HEADER.unpack(header)[1])
        if key is None:
            raise SealBroken(f"{field} of {record} is sealed by key {version}, which is not in the ring")
        bound = _bound_to(header, record, field)
        try:
            return Secret(AESGCM(key.decrypt(wrap_nonce, wrapped, bound)).decrypt(nonce, ciphertext, bound).decode())
        except InvalidTag:
            raise SealBroken(f"{field} of {record} was altered, or sealed by another key {version}") from None


def _bound_to(header: bytes, record: str, field: str) -> bytes:
    # Names hold no zero byte, so no two (record, field) pairs read alike.
    return b"\0".join((b"daybook-vault", header.hex().encode(), record.encode(), field.encode()))

"""The keys that grants are signed with."""

import base64
import hashlib
from typing import Any, Self

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.grants import ALGORITHM
from chassis.settings import Secret
from services.auth.tokens import decode_key


class SigningKeys:
    """One key that signs, and older ones whose grants still verify while replicas are replaced."""

    def __init__(self, seeds: tuple[bytes, ...]) -> None:
        """Take Ed25519 seeds of 32 bytes; the first one signs."""
        keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
        self._signer = keys[0]
        self._signer_id = _key_id(keys[0])
        self._key_set = msgspec.json.encode({"keys": [_public_key(key) for key in keys]})

    @classmethod
    def parse(cls, secret: Secret) -> Self:
        """Read one seed in base64, or several separated by commas.

        Raises:
            ValueError: one is not 32 bytes in base64; the message holds nothing of it.
        """
        return cls(tuple(decode_key(part) for part in secret.reveal().split(",")))

    @property
    def key_set(self) -> bytes:
        """The public halves as a JSON Web Key Set, UTF-8 (RFC 7517, RFC 8037)."""
        return self._key_set

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign claims as a JSON Web Token that names its key."""
        return jwt.encode(claims, self._signer, algorithm=ALGORITHM, headers={"kid": self._signer_id})


def _public_key(key: Ed25519PrivateKey) -> dict[str, str]:
    return {**_essential_members(key), "kid": _key_id(key), "use": "sig", "alg": ALGORITHM}


def _key_id(key: Ed25519PrivateKey) -> str:
    """The key's thumbprint: SHA-256 over its required members in order (RFC 7638), so replicas agree unasked."""
    return _base64url(hashlib.sha256(msgspec.json.encode(_essential_members(key))).digest())


def _essential_members(key: Ed25519PrivateKey) -> dict[str, str]:
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

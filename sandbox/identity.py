"""OpenID Connect: the signed id_token, the key set, and who the sandbox says the user is."""

import base64
import hashlib
from datetime import datetime
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox import wire
from sandbox.grants import Grant
from sandbox.wire import Document

KEY_BITS = 2048


class Signer:
    """The key of one running sandbox.

    It is made when first needed, so that a start without OpenID stays quick, and lives as long as the process: after a
    restart the key set holds a new one, which is what a client has to cope with anyway.
    """

    def id_token(self, grant: Grant, issuer: str, issued_at: datetime, lifetime_seconds: int) -> str:
        """Return a signed id_token.

        Claims: sub, aud (a list), realmid, iss, exp, iat, auth_time, and the request's nonce (OpenID documentation).
        """
        seconds = int(issued_at.timestamp())
        claims: Document = {
            "sub": subject(grant.client_id),
            "aud": [grant.client_id],
            "realmid": grant.realm_id,
            "auth_time": seconds,
            "iss": issuer,
            "exp": seconds + lifetime_seconds,
            "iat": seconds,
            **grant.claims,
        }
        if not grant.realm_id:
            del claims["realmid"]
        signed = f"{_part({'kid': self.key_id, 'alg': 'RS256'})}.{_part(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"

    def key_set(self) -> Document:
        """Return the public keys as a JWK set."""
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "e": _number(numbers.e),
            "use": "sig",
            "kid": self.key_id,
            "alg": "RS256",
            "n": _number(numbers.n),
        }
        return {"keys": [key]}

    @cached_property
    def key_id(self) -> str:
        """The key's name, derived from the key itself."""
        modulus = _number(self._key.public_key().public_numbers().n)
        return hashlib.sha256(modulus.encode()).hexdigest()[:16]

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def subject(client_id: str) -> str:
    """Return the user's id as one app sees it; another app sees another."""
    digest = hashlib.sha256(f"sandbox user for {client_id}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def user(grant: Grant) -> Document:
    """Return the userinfo answer: the members the scopes allow."""
    scopes = grant.scope.split()
    members: Document = {"sub": subject(grant.client_id)}
    for scope, held in _USER.items():
        if scope in scopes:
            members.update(held)
    return members


_USER: dict[str, Document] = {
    "email": {"email": "odalys.ferrant@quillfeather.example", "emailVerified": True},
    "profile": {"givenName": "Odalys", "familyName": "Ferrant"},
    "phone": {"phoneNumber": "+1 503-555-0142", "phoneNumberVerified": False},
    "address": {
        "address": {
            "streetAddress": "480 Tallow Street",
            "locality": "Port Merrin",
            "region": "OR",
            "postalCode": "97299",
            "country": "USA",
        }
    },
}
"""What each scope shows of the one, made-up person who uses the sandbox."""


def _part(members: Document) -> str:
    return _base64(wire.encode(members))


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))

"""Signing keys as other rooms see them."""

import base64
import json

import jwt

from chassis.settings import Secret
from services.auth.keys import SigningKeys

# RFC 8037, appendix A: seed, public key and thumbprint.
SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

OTHER_SEED = base64.b64encode(b"other seed, of 32 bytes exactly!").decode()


def test_the_key_set_holds_the_public_half_under_its_thumbprint() -> None:
    """Replicas name the same key alike without asking each other; the vectors are the RFC's own."""
    key_set = json.loads(SigningKeys.parse(Secret(SEED)).key_set)
    assert key_set == {
        "keys": [
            {"crv": "Ed25519", "kty": "OKP", "x": PUBLIC, "kid": THUMBPRINT, "use": "sig", "alg": "EdDSA"},
        ]
    }


def test_an_older_key_is_published_but_signs_nothing_new() -> None:
    """Grants signed before a key change verify until they end."""
    older, both = SigningKeys.parse(Secret(SEED)), SigningKeys.parse(Secret(f"{OTHER_SEED},{SEED}"))
    published = {key.key_id: key for key in jwt.PyJWKSet.from_json(both.key_set.decode()).keys}
    signed_before = older.sign({"sub": "before"})
    header = jwt.get_unverified_header(signed_before)
    assert jwt.decode(signed_before, published[header["kid"]], algorithms=["EdDSA"]) == {"sub": "before"}
    assert jwt.get_unverified_header(both.sign({"sub": "after"}))["kid"] != header["kid"]

"""Tokens of our own: unguessable, and known only by digest."""

import base64

import pytest

from chassis.settings import Secret
from services.auth.tokens import (
    Digester,
    Purpose,
    decode_key,
    is_mcp_server_token,
    new_mcp_server_token,
    new_server_id,
)


def test_a_token_is_prefixed_and_has_256_bits() -> None:
    """Secret scanners find it by its prefix; nobody finds it by trying."""
    tokens = {new_mcp_server_token().reveal() for _ in range(100)}
    assert len(tokens) == 100
    assert {(token[:4], len(base64.urlsafe_b64decode(token[4:] + "="))) for token in tokens} == {("dbm_", 32)}
    assert all(is_mcp_server_token(token) for token in tokens)


@pytest.mark.parametrize(
    "text", ["", "dbm_", "dbm_" + "A" * 42, "dbm_" + "A" * 44, "xbm_" + "A" * 43, "dbm_" + "/" * 43]
)
def test_what_has_another_form_is_no_token(text: str) -> None:
    """Noise from scanners should not reach the vault."""
    assert not is_mcp_server_token(text)


def test_digests_depend_on_key_and_purpose() -> None:
    """A digest of one kind must not open another, nor one installation's another's."""
    digests = {
        Digester(key).digest(purpose, "text")
        for key in (b"a" * 32, b"b" * 32)
        for purpose in (Purpose.MCP_SERVER_TOKEN, Purpose.CONNECT_STATE)
    }
    assert len(digests) == 4


def test_a_server_id_fits_its_resource_name() -> None:
    """The contract allows 8 to 32 of [a-z0-9]."""
    server_id = new_server_id()
    assert len(server_id) == 12
    assert server_id.isascii() and server_id.isalnum() and server_id == server_id.lower()


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_is_read_in_either_base64(encode: object) -> None:
    """Generators differ in alphabet and padding."""
    key = bytes(range(224, 256))
    text = encode(key).decode()  # type: ignore[operator]
    assert decode_key(text) == decode_key(text.rstrip("=")) == decode_key(f" {text}\n") == key


@pytest.mark.parametrize("text", ["", "short", "not base64 at all!", base64.b64encode(b"x" * 31).decode()])
def test_what_is_no_key_is_refused_without_showing_it(text: str) -> None:
    """The message lands in a log."""
    with pytest.raises(ValueError, match="expected base64 of 32 random bytes") as refusal:
        Digester.parse(Secret(text))
    assert not text or text not in str(refusal.value)

"""Control calls about a company's tokens."""

from datetime import timedelta

import msgspec

from sandbox.control.operations import Call, Operation, Refused, check_realm


class Expiry(msgspec.Struct, forbid_unknown_fields=True):
    """Which tokens are to end, and how soon."""

    access: bool = False
    refresh: bool = False
    in_seconds: int = 0


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many tokens were meant."""

    access: int = 0
    refresh: int = 0


class NextToken(msgspec.Struct, forbid_unknown_fields=True):
    """How long the realm's next access token lives; needed before the realm is first seen."""

    expires_in: int


def expire_tokens(call: Call[Expiry]) -> Ended:
    """Let a company's tokens end early."""
    asked, tokens = call.body, call.world.tokens
    if not (asked.access or asked.refresh):
        raise Refused('say which tokens: {"access": true}, {"refresh": true} or both')
    after = timedelta(seconds=asked.in_seconds)
    return Ended(
        access=tokens.expire_access(call.realm_id, after) if asked.access else 0,
        refresh=tokens.expire_refresh(call.realm_id, after) if asked.refresh else 0,
    )


def rotate_tokens(call: Call[None]) -> Ended:
    """Replace a company's refresh tokens as a refresh elsewhere would: whoever holds the old value has lost."""
    return Ended(refresh=call.world.tokens.rotate_realm(call.realm_id))


def next_token(call: Call[NextToken]) -> NextToken:
    """Decide how long the next access token of a realm lives; used once, and before the realm's first sight too."""
    check_realm(call.realm_id)
    if call.body.expires_in < 1:
        raise Refused("expires_in must be a number of seconds above 0")
    call.world.tokens.next_lifetimes[call.realm_id] = timedelta(seconds=call.body.expires_in)
    return call.body


ONE = "/companies/{realm}"
OPERATIONS = (
    Operation(
        method="POST",
        path=f"{ONE}/next_token",
        name="setNextToken",
        summary="Decide how long the next access token of a realm lives, even before the realm is first seen.",
        act=next_token,
        body=NextToken,
        answer=NextToken,
        example={"expires_in": 5},
    ),
    Operation(
        method="POST",
        path=f"{ONE}/expire_tokens",
        name="expireTokens",
        summary="Let a company's access tokens, refresh tokens or both end early.",
        act=expire_tokens,
        body=Expiry,
        answer=Ended,
        example={"access": True, "refresh": True, "in_seconds": 30},
    ),
    Operation(
        method="POST",
        path=f"{ONE}/rotate_tokens",
        name="rotateTokens",
        summary="Replace a company's refresh tokens, as a refresh elsewhere would.",
        act=rotate_tokens,
        answer=Ended,
    ),
)

"""Control calls about companies."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from sandbox.books import Books
from sandbox.control.operations import Call, Operation, Refused, check_realm
from sandbox.inspection import whole_books
from sandbox.scopes import ACCOUNTING
from sandbox.seeds import UnknownSeed, open_company

REALM = "9130347596842560"


class NewCompany(msgspec.Struct, forbid_unknown_fields=True):
    """A company to open; both members are optional."""

    seed: str | None = None
    realm_id: str | None = None


class OpenedCompany(msgspec.Struct, frozen=True, kw_only=True):
    """A company with tokens that open it."""

    realm_id: str
    token_type: str
    access_token: str
    expires_in: int
    refresh_token: str
    x_refresh_token_expires_in: int


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """The seed to start again from; the company's own if absent."""

    seed: str | None = None


class CompanyState(msgspec.Struct, frozen=True, kw_only=True):
    """One open company."""

    realm_id: str
    seed: str
    opened_at: datetime


class LedgerState(msgspec.Struct, frozen=True, kw_only=True):
    """The journal in short."""

    entries: int
    accounts: dict[str, Decimal]
    """Debits less credits of every account that is not at zero; they sum to zero."""


async def create_company(call: Call[NewCompany]) -> OpenedCompany:
    """Open a company and hand out tokens for it, without the dance."""
    world, asked = call.world, call.body
    realm_id = asked.realm_id or world.fresh_realm()
    check_realm(realm_id)
    known = world.companies.get(realm_id)
    if known is not None and asked.seed not in (None, known.seed):
        raise Refused(f"company {realm_id} is already open, with the seed {known.seed!r}; use another realm_id")
    if known is None:
        world.adopt(await _opened(call, realm_id, asked.seed or world.settings.default_seed))
    issued = world.tokens.grant(world.settings.client_id, realm_id, ACCOUNTING)
    return OpenedCompany(
        realm_id=realm_id,
        token_type=issued.token_type,
        access_token=issued.access_token,
        expires_in=issued.expires_in,
        refresh_token=issued.refresh_token,
        x_refresh_token_expires_in=issued.x_refresh_token_expires_in,
    )


async def reset_company(call: Call[Reset]) -> CompanyState:
    """Put a company's books back to a seed; its tokens go on working."""
    former = _books(call)
    del call.world.companies[former.realm_id]
    return _state(call.world.adopt(await _opened(call, former.realm_id, call.body.seed or former.seed, former)))


def close_company(call: Call[None]) -> None:
    """Forget a company; seen again, it is opened anew."""
    del call.world.companies[_books(call).realm_id]


def read_company(call: Call[None]) -> CompanyState:
    """Say from which seed a company was opened, and when."""
    return _state(_books(call))


def read_books(call: Call[None]) -> dict[str, Any]:
    """Answer a company's books whole, to be compared before and after."""
    return whole_books(_books(call))


def read_ledger(call: Call[None]) -> LedgerState:
    """Answer the balance of every account, straight from the journal."""
    ledger = _books(call).ledger
    return LedgerState(entries=len(ledger.entries), accounts=ledger.trial_balance())


async def _opened(call: Call[Any], realm_id: str, seed: str, instead: Books | None = None) -> Books:
    """Open a company beside the event loop: a large seed takes seconds, in which others are still answered."""
    try:
        return await asyncio.to_thread(open_company, realm_id, seed, call.world.clock.now())
    except UnknownSeed as unknown:
        if instead is not None:
            call.world.adopt(instead)
        raise Refused(str(unknown)) from None


def _books(call: Call[Any]) -> Books:
    books = call.world.companies.get(call.realm_id)
    if books is None:
        raise Refused("this company is not open; POST /_sandbox/companies opens one")
    return books


def _state(books: Books) -> CompanyState:
    return CompanyState(realm_id=books.realm_id, seed=books.seed, opened_at=books.opened_at)


ONE = "/companies/{realm}"
OPERATIONS = (
    Operation(
        method="POST",
        path="/companies",
        name="createCompany",
        summary="Open a company and hand out tokens for it, without the dance.",
        act=create_company,
        body=NewCompany,
        answer=OpenedCompany,
        status=201,
        example={"seed": "services", "realm_id": REALM},
    ),
    Operation(
        method="GET",
        path=ONE,
        name="getCompany",
        summary="Say from which seed a company was opened, and when.",
        act=read_company,
        answer=CompanyState,
    ),
    Operation(
        method="GET",
        path=f"{ONE}/books",
        name="getBooks",
        summary="Every entity, balance and journal entry, in a stable order.",
        act=read_books,
        answer=dict[str, Any],
    ),
    Operation(
        method="GET",
        path=f"{ONE}/ledger",
        name="getLedger",
        summary="The balance of every account, straight from the journal.",
        act=read_ledger,
        answer=LedgerState,
    ),
    Operation(
        method="POST",
        path=f"{ONE}/reset",
        name="resetCompany",
        summary="Put a company's books back to a seed; its tokens go on working.",
        act=reset_company,
        body=Reset,
        answer=CompanyState,
        example={"seed": "services"},
    ),
    Operation(
        method="DELETE",
        path=ONE,
        name="closeCompany",
        summary="Forget a company; seen again, it is opened anew.",
        act=close_company,
        status=204,
    ),
)

"""The control API under `/_sandbox`, with which a test sets the scene and looks behind it.

| Call | Body | Answer |
| --- | --- | --- |
| POST /_sandbox/companies | {"seed"?, "realm_id"?} | {"realm_id", "access_token", "refresh_token", "expires_in"} |
| GET /_sandbox/companies/{realm}/books | | every entity, balance and journal entry, in a stable order |
| POST /_sandbox/companies/{realm}/expire_tokens | {"access"?, "refresh"?, "in_seconds"?} | how many of each |
| GET /_sandbox/requests?realm= | | {"requests": [...]} |
| DELETE /_sandbox/requests | | log and counters emptied |
| GET /_sandbox/counters | | {"refreshes": {realm: n}, "requests": {realm: n}} |
| POST, GET, DELETE /_sandbox/faults | an `Order` | the orders that wait |
| POST /_sandbox/clients | {"client_id", "client_secret", "name", "redirect_uris"} | the app, without its secret |
| POST /_sandbox/clock | {"advance_seconds"} | {"now"} |
| GET /_sandbox/health | | {"status": "ok", "seeds", "companies"} |

A mistake in a body answers 400 with {"error": what to change}.
"""

from datetime import timedelta
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import wire
from sandbox.grants import Issued
from sandbox.inspection import whole_books
from sandbox.mischief import Order, TroubleRefused
from sandbox.scopes import ACCOUNTING
from sandbox.seeds import UnknownSeed, seeds
from sandbox.world import Client, World

T = TypeVar("T")


class NewCompany(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/companies."""

    seed: str | None = None
    realm_id: str | None = None


class Expiry(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/companies/{realm}/expire_tokens."""

    access: bool = False
    refresh: bool = False
    in_seconds: int = 0


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/clock."""

    advance_seconds: int


class Refused(Exception):
    """A control call that asks for something impossible; the text says what to change."""


async def create_company(request: Request) -> Response:
    """Open a company and hand out tokens for it, without the dance."""
    world = _world(request)
    asked = await _read(request, NewCompany)
    realm_id = asked.realm_id or world.fresh_realm()
    if not world.is_realm(realm_id):
        raise Refused("realm_id must be 4 to 20 digits")
    known = world.companies.get(realm_id)
    if known is not None and asked.seed not in (None, known.seed):
        raise Refused(f"company {realm_id} is already open, with the seed {known.seed!r}; use another realm_id")
    try:
        world.company(realm_id, asked.seed)
    except UnknownSeed as unknown:
        raise Refused(str(unknown)) from None
    issued = world.tokens.grant(world.settings.client_id, realm_id, ACCOUNTING)
    return _json({"realm_id": realm_id, **_tokens(issued)}, 201)


async def read_books(request: Request) -> Response:
    """Answer a company's books whole, to be compared before and after."""
    books = _world(request).companies.get(request.path_params["realm"])
    if books is None:
        raise Refused("this company is not open; POST /_sandbox/companies opens one")
    return _json(whole_books(books))


async def expire_tokens(request: Request) -> Response:
    """Let a company's tokens end early."""
    world, realm_id = _world(request), request.path_params["realm"]
    asked = await _read(request, Expiry)
    if not (asked.access or asked.refresh):
        raise Refused('say which tokens: {"access": true}, {"refresh": true} or both')
    after = timedelta(seconds=asked.in_seconds)
    ended = {
        "access": world.tokens.expire_access(realm_id, after) if asked.access else 0,
        "refresh": world.tokens.expire_refresh(realm_id, after) if asked.refresh else 0,
    }
    return _json(ended)


async def requests(request: Request) -> Response:
    """Read or empty the request log."""
    world = _world(request)
    if request.method == "DELETE":
        world.log.clear()
        return Response(status_code=204)
    return _json({"requests": world.log.entries(request.query_params.get("realm"))})


async def counters(request: Request) -> Response:
    """Answer the counters by realm."""
    log = _world(request).log
    return _json({"refreshes": dict(log.refreshes), "requests": dict(log.requests)})


async def faults(request: Request) -> Response:
    """Order trouble, read what waits, or call it all off."""
    mischief = _world(request).mischief
    if request.method == "DELETE":
        mischief.clear()
        return Response(status_code=204)
    if request.method == "POST":
        try:
            mischief.order(await _read(request, Order))
        except TroubleRefused as refusal:
            raise Refused(str(refusal)) from None
    return _json({"faults": mischief.orders}, 201 if request.method == "POST" else 200)


async def register_client(request: Request) -> Response:
    """Register another app, or change one."""
    client = await _read(request, Client)
    _world(request).clients[client.client_id] = client
    answer = {"client_id": client.client_id, "name": client.name, "redirect_uris": client.redirect_uris}
    return _json(answer, 201)


async def move_clock(request: Request) -> Response:
    """Move the sandbox's clock forward."""
    world = _world(request)
    asked = await _read(request, Advance)
    try:
        world.clock.advance(timedelta(seconds=asked.advance_seconds))
    except ValueError as refusal:
        raise Refused(str(refusal)) from None
    return _json({"now": world.clock.now().isoformat()})


async def health(request: Request) -> Response:
    """Say that the sandbox is up."""
    return _json({"status": "ok", "seeds": seeds(), "companies": sorted(_world(request).companies)})


async def refused(request: Request, error: Exception) -> Response:
    """Answer a control call that cannot be done."""
    return _json({"error": str(error)}, 400)


routes = [
    Route("/companies", create_company, methods=["POST"]),
    Route("/companies/{realm}/books", read_books),
    Route("/companies/{realm}/expire_tokens", expire_tokens, methods=["POST"]),
    Route("/requests", requests, methods=["GET", "DELETE"]),
    Route("/counters", counters),
    Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/clients", register_client, methods=["POST"]),
    Route("/clock", move_clock, methods=["POST"]),
    Route("/health", health),
]


def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


async def _read(request: Request, kind: type[T]) -> T:
    body = await request.body() or b"{}"
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as mistake:
        raise Refused(f"the body does not fit {kind.__name__}: {mistake}") from None


def _json(value: object, status: int = 200) -> Response:
    return Response(wire.encode(value), status, media_type="application/json")


def _tokens(issued: Issued) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(issued).items() if name != "hard_expires_in"}

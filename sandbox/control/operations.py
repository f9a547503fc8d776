"""What one control call is: its address, its body, its answer, and the function that does it."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import wire
from sandbox.world import World

T = TypeVar("T")


class Refused(Exception):
    """A control call that asks for something impossible; the text says what to change."""


class Mistake(msgspec.Struct, frozen=True):
    """The answer to a call that cannot be done."""

    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Call(Generic[T]):
    """One control call, its body read."""

    world: World
    realm_id: str
    """The company in the address; empty where there is none."""
    query: dict[str, str]
    body: T


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    name: str
    """What clients made from the OpenAPI document call it."""
    summary: str
    act: Callable[[Call[Any]], Any] | Callable[[Call[Any]], Awaitable[Any]]
    body: Any = None
    """The type of the body; None where there is none."""
    answer: Any = None
    """The type of the answer; None where it is empty."""
    status: int = 200
    parameters: tuple[tuple[str, str], ...] = ()
    """Query parameters with what each is for."""
    example: Any = None
    """A body that works on a fresh sandbox."""


def check_realm(realm_id: str) -> None:
    """Refuse what is no realm id."""
    if not World.is_realm(realm_id):
        raise Refused("realm_id must be 4 to 20 digits")


def route_of(path: str, operations: list[Operation]) -> Route:
    """Return the route that answers every method of one address."""
    by_method = {operation.method: operation for operation in operations}

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await _perform(by_method[method], request)

    return Route(path, answer, methods=list(by_method))


async def refused(request: Request, error: Exception) -> Response:
    """Answer a control call that cannot be done."""
    return Response(wire.encode(Mistake(str(error))), 400, media_type="application/json")


async def _perform(operation: Operation, request: Request) -> Response:
    call: Call[Any] = Call(
        world=request.app.state.world,
        realm_id=request.path_params.get("realm", ""),
        query=dict(request.query_params),
        body=None if operation.body is None else _read(await request.body() or b"{}", operation.body),
    )
    result = operation.act(call)
    if inspect.isawaitable(result):
        result = await result
    if operation.answer is None:
        return Response(status_code=operation.status)
    return Response(wire.encode(result), operation.status, media_type="application/json")


def _read(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as mistake:
        raise Refused(f"the body does not fit {kind.__name__}: {mistake}") from None

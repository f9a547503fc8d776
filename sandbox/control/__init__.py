"""The control API under `/_sandbox`, with which a test sets the scene and looks behind it.

`companies`, `credentials`, `house_rules`, `traffic`, `obstacles` and `hooks` hold the calls; each is an `Operation`,
from which both its route and its part of the OpenAPI document at `/_sandbox/openapi.json` are made. A mistake in a
body answers 400 with {"error": what to change}.
"""

from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import wire
from sandbox.control import companies, credentials, hooks, house_rules, obstacles, traffic
from sandbox.control.openapi import document_of
from sandbox.control.operations import Operation, Refused, refused, route_of

__all__ = ["OPERATIONS", "Refused", "refused", "routes"]

PARTS = (companies, credentials, house_rules, traffic, obstacles, hooks)
OPERATIONS: tuple[Operation, ...] = tuple(operation for part in PARTS for operation in part.OPERATIONS)


async def _openapi(request: Request) -> Response:
    return Response(_document(), media_type="application/json")


@cache
def _document() -> bytes:
    return wire.encode(document_of(OPERATIONS))


def _routes() -> list[Route]:
    paths = dict.fromkeys(operation.path for operation in OPERATIONS)
    return [route_of(path, [each for each in OPERATIONS if each.path == path]) for path in paths]


routes = [*_routes(), Route("/openapi.json", _openapi)]

"""Who may come in: the bearer token behind a request to a company, and how much of it is left."""

from starlette.requests import Request

from sandbox.faults import fault
from sandbox.grants import Access
from sandbox.scopes import opens_books
from sandbox.world import World


def bearer(request: Request) -> str:
    """Return the token of the Authorization header; empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def admit(world: World, request: Request) -> Access:
    """Return what the request's token opens, if that is the realm in its address.

    Raises:
        QuickBooksFault: 3200 for a token that is missing, unknown or expired; 3100 for one of another company, or one
            whose scopes do not open the books; 3001 once a limit is reached.
    """
    token = bearer(request)
    access = world.tokens.find(token)
    if access is None:
        # QuickBooks repeats the token in this detail. So does its stand-in: a client that passes the text on must
        # be caught by its own tests, not by Intuit.
        raise fault("3200", token=token)
    if access.realm_id != request.path_params["realm"] or not opens_books(access.scope):
        raise fault("3100")
    # The gate reads this back when it knows whether the call went well.
    request.scope["sandbox.client"] = access.client_id
    path = request.url.path
    is_batch = path.endswith("/batch")
    world.limits.admit(
        access.realm_id, access.client_id, is_batch=is_batch, is_metered=is_metered(request.method, path)
    )
    return access


def is_metered(method: str, path: str) -> bool:
    """Whether a call is CorePlus: reads, queries, reports and CDC are metered, writes are free."""
    return method == "GET" or path.endswith("/query")

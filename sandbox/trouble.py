"""The answers that ordered trouble gives in place of real ones."""

from starlette.responses import Response

from sandbox import wire
from sandbox.accounting import FAULT_JSON, fault_response
from sandbox.faults import QuickBooksFault, fault
from sandbox.mischief import Order
from sandbox.world import World

PAGES = {502: "Bad Gateway", 504: "Gateway Time-out"}
"""What a proxy in front of QuickBooks answers as a page of its own: no fault, no JSON."""
TIMED_OUT = Order(status=504)
"""What a request gets that has taken longer than the limit."""


def ordered_answer(world: World, order: Order, wants_json: bool) -> Response:
    """Write the answer of an order that names a status."""
    status = order.status or 500
    response = _shaped(world, status, order.body or ("html" if status in PAGES else "fault"), wants_json)
    response.status_code = status
    if order.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(order.retry_after_seconds)
    return response


def ordered_fault(status: int) -> QuickBooksFault:
    """Return the refusal QuickBooks gives with a status."""
    if status in _FAULTS:
        code, detail = _FAULTS[status]
        return fault(code, detail)
    return fault("10000", reason="ordered by the test")


_FAULTS: dict[int, tuple[str, str | None]] = {
    400: ("6000", "A business validation error has occurred while processing your request: ordered by the test"),
    401: ("3200", "Token expired"),
    403: ("3100", None),
    404: ("500", "Operation Could not find resource for relative : ordered by the test is not supported."),
    413: ("6030", "The request body is larger than the gateway takes: ordered by the test"),
    429: ("3001", None),
}


def _shaped(world: World, status: int, body: str, wants_json: bool) -> Response:
    refusal = ordered_fault(status)
    if body == "empty":
        return Response()
    if body == "html":
        title = f"{status} {PAGES.get(status, 'Error')}"
        page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
        return Response(page, media_type="text/html")
    if body == "gateway":
        return Response(wire.gateway_answer(refusal, world.clock.now()), media_type=FAULT_JSON)
    return fault_response(world, refusal, wants_json)

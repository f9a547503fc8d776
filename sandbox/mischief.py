"""Trouble on order: slow answers, error statuses, connections cut before or after the commit."""

from typing import Literal

import msgspec

from sandbox.faults import QuickBooksFault, fault

MOST_ORDERS = 1_000


class TroubleRefused(Exception):
    """An order that asks for nothing, or for more than can be kept."""


class Order(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What should go wrong, for which requests, how often."""

    realm_id: str | None = None
    """Only this company's requests; every company's if absent."""
    method: str | None = None
    path_prefix: str | None = None
    """Matches the request path from its start, as in "/v3/company/9130347596842560/invoice" or "/oauth2"."""
    path_suffix: str | None = None
    """Matches the end of the path, as in "/billpayment", so that one order fits any realm."""
    count: int = 1
    """How many matching requests; the order is gone after the last."""
    latency_seconds: float = 0
    status: Literal[401, 403, 429, 500, 503] | None = None
    """Answer this status, with QuickBooks' own body for it, and do nothing."""
    retry_after_seconds: int | None = None
    """Send a Retry-After header with the status; QuickBooks documents none."""
    cut: Literal["before_commit", "after_commit"] | None = None
    """Close the connection without an answer, with the work not done or done."""


class Mischief:
    """The orders still to be carried out, first come first served."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def order(self, order: Order) -> None:
        """Take an order.

        Raises:
            TroubleRefused: says what is missing or too much.
        """
        if not (order.latency_seconds or order.status or order.cut):
            raise TroubleRefused("give latency_seconds, status or cut, so that something goes wrong")
        if order.count < 1 or order.latency_seconds < 0:
            raise TroubleRefused("count must be at least 1 and latency_seconds at least 0")
        if len(self.orders) >= MOST_ORDERS:
            raise TroubleRefused(f"{MOST_ORDERS} orders are waiting; DELETE /_sandbox/faults first")
        self.orders.append(order)

    def take(self, method: str, path: str, realm_id: str | None) -> Order | None:
        """Return the first order that fits a request, counting it down."""
        for order in self.orders:
            if _fits(order, method, path, realm_id):
                order.count -= 1
                self.orders = [each for each in self.orders if each.count > 0]
                return order
        return None

    def clear(self) -> None:
        """Drop every order."""
        self.orders.clear()


def ordered_fault(status: int) -> QuickBooksFault:
    """Return the refusal QuickBooks gives with a status."""
    if status == 401:
        return fault("3200", "Token expired")
    if status == 403:
        return fault("3100")
    if status == 429:
        return fault("3001")
    return fault("10000", reason="ordered by the test")


def _fits(order: Order, method: str, path: str, realm_id: str | None) -> bool:
    return (
        (order.realm_id is None or order.realm_id == realm_id)
        and (order.method is None or order.method.upper() == method)
        and path.startswith(order.path_prefix or "")
        and path.endswith(order.path_suffix or "")
    )

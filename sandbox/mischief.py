"""Trouble on order: slow answers, error statuses, cut connections, lost tokens, stale reads."""

from typing import Literal

import msgspec

MOST_ORDERS = 1_000


class TroubleRefused(Exception):
    """An order that asks for nothing, or for more than can be kept."""


class Order(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What should go wrong, for which requests, how often."""

    realm_id: str | None = None
    """Only this company's requests; every company's if absent. A token request has no realm in its address, so only
    `lost_token_answer` knows its company."""
    method: str | None = None
    path_prefix: str | None = None
    """Matches the request path from its start, as in "/v3/company/9130347596842560/invoice" or "/oauth2"."""
    path_suffix: str | None = None
    """Matches the end of the path, as in "/billpayment", so that one order fits any realm."""
    count: int = 1
    """How many matching requests; the order is gone after the last."""
    latency_seconds: float = 0
    """Answer this much later, on the sandbox's clock."""
    status: Literal[400, 401, 403, 404, 413, 429, 500, 502, 503, 504] | None = None
    """Answer this status, with QuickBooks' own body for it."""
    body: Literal["fault", "gateway", "html", "empty"] | None = None
    """The form of the status' body: `fault` follows Accept (JSON or XML), `gateway` is its lower-camel-case JSON."""
    commits: bool = False
    """Do the work first and answer the status in place of its result."""
    retry_after_seconds: int | None = None
    """Send a Retry-After header with the status; QuickBooks documents none."""
    cut: Literal["before_commit", "after_commit"] | None = None
    """Close the connection without an answer, with the work not done or done."""
    lost_token_answer: bool = False
    """Do a token request's work, refresh tokens replaced and all, and cut its answer."""
    stale_read: bool = False
    """Answer a read or query as the books stood before their last change. Reports and CDC are never stale."""


class Mischief:
    """The orders still to be carried out, first come first served."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def order(self, order: Order) -> None:
        """Take an order.

        Raises:
            TroubleRefused: says what is missing or too much.
        """
        wanted = (order.latency_seconds, order.status, order.cut, order.lost_token_answer, order.stale_read)
        if not any(wanted):
            raise TroubleRefused(
                "give latency_seconds, status, cut, lost_token_answer or stale_read, so that something goes wrong"
            )
        if order.count < 1 or order.latency_seconds < 0:
            raise TroubleRefused("count must be at least 1 and latency_seconds at least 0")
        if order.status is None and (order.body or order.commits or order.retry_after_seconds is not None):
            raise TroubleRefused("body, commits and retry_after_seconds belong to a status; give one")
        if len(self.orders) >= MOST_ORDERS:
            raise TroubleRefused(f"{MOST_ORDERS} orders are waiting; DELETE /_sandbox/faults first")
        self.orders.append(order)

    def take(self, method: str, path: str, realm_id: str | None) -> Order | None:
        """Return the first order that fits a request, counting it down."""
        for order in self.orders:
            if not order.lost_token_answer and _fits(order, method, path, realm_id):
                return self._counted(order)
        return None

    def loses_token_answer(self, realm_id: str) -> bool:
        """Whether the answer to this token request is to be lost, counting the order down."""
        for order in self.orders:
            if order.lost_token_answer and order.realm_id in (None, realm_id):
                self._counted(order)
                return True
        return False

    def clear(self) -> None:
        """Drop every order."""
        self.orders.clear()

    def _counted(self, order: Order) -> Order:
        order.count -= 1
        self.orders = [each for each in self.orders if each.count > 0]
        return order


def is_read(method: str, path: str) -> bool:
    """Whether a request reads documents or queries them: what can be stale."""
    _, _, resource = path.partition("/v3/company/")
    name = resource.partition("/")[2].partition("/")[0]
    return bool(name) and (name == "query" or (method == "GET" and name not in ("reports", "cdc")))


def _fits(order: Order, method: str, path: str, realm_id: str | None) -> bool:
    return (
        (order.realm_id is None or order.realm_id == realm_id)
        and (order.method is None or order.method.upper() == method)
        and path.startswith(order.path_prefix or "")
        and path.endswith(order.path_suffix or "")
        and (not order.stale_read or is_read(method, path))
    )

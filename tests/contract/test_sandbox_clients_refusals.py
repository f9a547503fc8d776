"""python-quickbooks: each kind of refusal arrives as the exception the client has for it."""

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from quickbooks import exceptions  # type: ignore[import-untyped]
from quickbooks import objects as of

from tests.support.sandbox_client_objects import made, posted, sale
from tests.support.sandbox_clients import Connected, company, moved
from tests.unit.sandbox.sandbox_served import origin

__all__ = ["company", "moved", "origin"]
"""Fixtures that pytest finds by name."""

VERIFIER = "made-up-verifier"


def _address(client: Any, path: str) -> str:
    return f"{client.api_url}/company/{client.company_id}/{path}"


def _twice_deleted(client: Any) -> None:
    invoice = sale(of.Invoice).save(qb=client)
    for _ in range(2):
        invoice.delete(qb=client)


def _same_request_id(client: Any) -> None:
    sale(of.Invoice).save(qb=client, request_id="r-1")
    sale(of.Estimate).save(qb=client, request_id="r-1")


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], int]] = {
    "an unknown id": (lambda client: of.Invoice.get(999999, qb=client), exceptions.ObjectNotFoundException, 610),
    "a deleted object": (_twice_deleted, exceptions.ObjectNotFoundException, 610),
    "an unknown customer": (lambda client: of.Customer.get(999999, qb=client), exceptions.ValidationException, 2010),
    "an unknown agency": (lambda client: of.TaxAgency.get(999999, qb=client), exceptions.ValidationException, 2500),
    "a missing member": (lambda client: of.Invoice().save(qb=client), exceptions.ValidationException, 2020),
    "an unknown member": (
        lambda client: sale(of.Invoice, Unicorn="white").save(qb=client),
        exceptions.ValidationException,
        2010,
    ),
    "a query that does not parse": (
        lambda client: of.Invoice.where("Balance > '0' OR Id = '1'", qb=client),
        exceptions.ValidationException,
        4000,
    ),
    "a field that cannot be asked for": (
        lambda client: of.Invoice.filter(PrivateNote="x", qb=client),
        exceptions.ValidationException,
        4001,
    ),
    "a request id used for something else": (_same_request_id, exceptions.GeneralException, 600),
    "an operation that does not exist": (
        lambda client: client.post(_address(client, "term"), "{}", params={"operation": "frobnicate"}),
        exceptions.UnsupportedException,
        500,
    ),
    "a name that is taken": (
        lambda client: made(of.Customer, DisplayName="Tinderbox Studios").save(qb=client),
        exceptions.QuickbooksException,
        6240,
    ),
    "a journal entry out of balance": (
        lambda client: made(of.JournalEntry, Line=[posted("Debit", "63"), posted("Credit", "38", 99)]).save(qb=client),
        exceptions.ValidationException,
        2300,
    ),
}
"""What is asked for, the client's exception and QuickBooks' code."""


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_told_with_its_code_and_its_detail(company: Connected, what: str) -> None:
    """A program decides by class and code; a person reads the detail."""
    ask, kind, code = REFUSED[what]
    with pytest.raises(exceptions.QuickbooksException) as refused:
        ask(company.quickbooks)
    assert (type(refused.value), refused.value.error_code) == (kind, code)
    assert refused.value.message
    assert refused.value.detail


@pytest.mark.parametrize(
    ("order", "kind", "code"),
    [
        ({"status": 500, "body": "fault"}, exceptions.SevereException, 10000),
        ({"status": 401}, exceptions.AuthorizationException, 401),
        ({"status": 403}, exceptions.QuickbooksException, 10000),
        ({"status": 429}, exceptions.QuickbooksException, 10000),
        ({"status": 502, "body": "html"}, exceptions.QuickbooksException, 10000),
    ],
    ids=lambda value: str(value["status"]) if isinstance(value, dict) else None,
)
def test_trouble_beside_the_books_is_told_too(company: Connected, order: Any, kind: type[Exception], code: int) -> None:
    """The client knows the gateway's forms only as 'not 200'; it must read them without breaking."""
    company.control("faults", {"realm_id": company.realm_id, **order})
    with pytest.raises(exceptions.QuickbooksException) as refused:
        of.Invoice.get(104, qb=company.quickbooks)
    assert (type(refused.value), refused.value.error_code) == (kind, code)
    assert of.Invoice.get(104, qb=company.quickbooks).Id == "104"


def test_another_company_is_closed_to_the_token(company: Connected) -> None:
    """A token opens the one company it was given for."""
    client = company.another()
    client.company_id = "123456789"
    with pytest.raises(exceptions.QuickbooksException) as refused:
        of.Invoice.get(104, qb=client)
    assert "ApplicationAuthorizationFailed" in str(refused.value)


@pytest.fixture
def heard() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Listen on loopback; what comes is kept as body and signature."""
    deliveries: list[tuple[str, str]] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            deliveries.append((body, self.headers["intuit-signature"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", deliveries
        server.shutdown()
        thread.join(5)


def test_a_webhook_carries_the_signature_the_client_expects(
    company: Connected, heard: tuple[str, list[tuple[str, str]]]
) -> None:
    """A body changed by one letter no longer fits."""
    url, deliveries = heard
    company.control("webhooks", {"url": url, "verifier_token": VERIFIER, "realm_id": company.realm_id})
    client = company.another(verifier_token=VERIFIER)
    invoice = sale(of.Invoice).save(qb=client)
    company.control("webhooks/deliver", {})
    company.http.delete("/_sandbox/webhooks")
    body, signature = deliveries[0]
    assert invoice.Id in body
    assert client.validate_webhook_signature(body, signature)
    assert not client.validate_webhook_signature(body.replace("invoice", "bill"), signature)

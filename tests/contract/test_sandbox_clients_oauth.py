"""intuit-oauth: connecting a company, keeping the connection, ending it."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from intuitlib.client import AuthClient  # type: ignore[import-untyped]
from intuitlib.config import DISCOVERY_URL  # type: ignore[import-untyped]
from intuitlib.enums import Scopes  # type: ignore[import-untyped]
from intuitlib.exceptions import AuthClientError  # type: ignore[import-untyped]
from quickbooks import objects as of  # type: ignore[import-untyped]
from quickbooks.client import QuickBooks  # type: ignore[import-untyped]
from quickbooks.exceptions import AuthorizationException, QuickbooksException  # type: ignore[import-untyped]

from tests.support.sandbox_clients import MINOR_VERSION, Connected, company, moved
from tests.unit.sandbox.sandbox_served import BASIC, REDIRECT, origin

__all__ = ["company", "moved", "origin"]
"""Fixtures that pytest finds by name."""

PERSON = [Scopes.OPENID, Scopes.PROFILE, Scopes.EMAIL, Scopes.PHONE, Scopes.ADDRESS]
EVERYTHING = [Scopes.ACCOUNTING, *PERSON]
NewClient = Callable[..., Any]


@pytest.fixture
def new_client(moved: str) -> Iterator[NewClient]:
    """Return a maker of OAuth clients that are closed at the end."""
    opened: list[Any] = []

    def make(environment: str = "sandbox", secret: str = BASIC[1], **tokens: Any) -> Any:
        opened.append(AuthClient(BASIC[0], secret, REDIRECT, environment, **tokens))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


class Form(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a hidden field."""
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[str(given["name"])] = given.get("value") or ""


def decided(address: str, decision: str, realm_id: str) -> dict[str, str]:
    """Open the consent page, press a button and return what the app is told."""
    with httpx2.Client(timeout=10) as browser:
        page = browser.get(address)
        assert page.status_code == 200
        choice = {"sandbox_realm": realm_id, "sandbox_decision": decision}
        answer = browser.post(address.partition("?")[0], data=Form(page.text).fields | choice)
    assert answer.headers["location"].startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def connected(auth: Any, realm_id: str, scopes: list[Any]) -> dict[str, str]:
    """Go through consent and trade the code."""
    told = decided(auth.get_authorization_url(scopes), "approve", realm_id)
    auth.get_bearer_token(told["code"], realm_id=told.get("realmId"))
    return told


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_a_company_is_connected_used_and_disconnected(new_client: NewClient, environment: str) -> None:
    """The whole life of a connection, with nothing but the two clients and a browser."""
    realm_id = {"sandbox": "4620816365001", "production": "4620816365002"}[environment]
    auth = new_client(environment)
    told = connected(auth, realm_id, EVERYTHING)
    assert (told["state"], told["realmId"], auth.realm_id) == (auth.state_token, realm_id, realm_id)
    assert (auth.expires_in, auth.x_refresh_token_expires_in) == (3600, 8726400)
    books = QuickBooks(
        auth_client=auth, refresh_token=auth.refresh_token, company_id=realm_id, minorversion=MINOR_VERSION
    )
    assert of.CompanyInfo.get(1, qb=books).CompanyName == "Quillfeather Consulting"
    first = auth.access_token
    auth.refresh()
    assert auth.access_token != first
    books.session.close()
    books = QuickBooks(
        auth_client=auth, refresh_token=auth.refresh_token, company_id=realm_id, minorversion=MINOR_VERSION
    )
    assert of.Invoice.count(qb=books) > 0
    assert auth.revoke(token=auth.refresh_token) is True
    with pytest.raises(AuthorizationException) as refused:
        of.Invoice.count(qb=books)
    books.session.close()
    assert refused.value.error_code == 401
    with pytest.raises(AuthClientError) as lost:
        auth.refresh()
    assert (lost.value.status_code, b"invalid_grant" in lost.value.content) == (400, True)


def test_the_client_accepts_the_id_token_and_learns_who_it_is(new_client: NewClient) -> None:
    """It checks issuer, audience, expiry and signature, and drops a token that fails without a word."""
    auth = new_client()
    connected(auth, "4620816365003", EVERYTHING)
    assert auth.id_token
    person = auth.get_user_info().json()
    assert person["emailVerified"] is True
    assert {"sub", "email", "givenName", "familyName", "phoneNumber", "address"} <= set(person)


def test_signing_in_alone_connects_no_company(new_client: NewClient) -> None:
    """Without the accounting scope there is no realm."""
    auth = new_client()
    told = connected(auth, "4620816365004", PERSON)
    assert ("realmId" in told, auth.realm_id) == (False, None)
    assert auth.get_user_info().json()["sub"]


def test_a_person_who_refuses_is_taken_at_her_word(new_client: NewClient) -> None:
    """The app hears of it by the documented error and gets no code."""
    auth = new_client()
    told = decided(auth.get_authorization_url([Scopes.ACCOUNTING], "mine"), "refuse", "4620816365005")
    assert told == {"error": "access_denied", "state": "mine"}


def test_the_address_of_a_discovery_document_is_an_environment_too(new_client: NewClient) -> None:
    """The client takes one in place of a name."""
    auth, named = new_client(DISCOVERY_URL["production"]), new_client("production")
    assert (auth.token_endpoint, auth.issuer_uri) == (named.token_endpoint, named.issuer_uri)


@pytest.mark.parametrize(
    ("attempt", "status", "error"),
    [
        (lambda new: new().get_bearer_token("never-given"), 400, b"invalid_grant"),
        (lambda new: new(secret="wrong").get_bearer_token("never-given"), 401, b"invalid_client"),
        (lambda new: new().refresh("never-given"), 400, b"invalid_grant"),
        (lambda new: new(secret="wrong").refresh("never-given"), 401, b"invalid_client"),
        (lambda new: new().revoke("never-given"), 400, b"invalid_request"),
        (lambda new: new(secret="wrong").revoke("never-given"), 401, b"invalid_client"),
        (lambda new: new().get_user_info("never-given"), 401, b"invalid_token"),
    ],
)
def test_what_intuit_refuses_raises_with_status_and_trace_id(
    new_client: NewClient, attempt: Callable[[NewClient], Any], status: int, error: bytes
) -> None:
    """Support asks for the trace id, so the client keeps it."""
    with pytest.raises(AuthClientError) as refused:
        attempt(new_client)
    assert refused.value.status_code == status
    assert error in refused.value.content
    assert refused.value.intuit_tid


def test_a_code_is_good_once(new_client: NewClient) -> None:
    """A second use is an attack or a fault, and both are refused."""
    auth = new_client()
    told = connected(auth, "4620816365006", [Scopes.ACCOUNTING])
    with pytest.raises(AuthClientError) as refused:
        auth.get_bearer_token(told["code"])
    assert refused.value.status_code == 400


def test_a_client_without_an_access_token_fetches_one(company: Connected, new_client: NewClient) -> None:
    """python-quickbooks refreshes before its first call."""
    auth = new_client(refresh_token=company.auth.refresh_token)
    books = QuickBooks(
        auth_client=auth,
        refresh_token=company.auth.refresh_token,
        company_id=company.realm_id,
        minorversion=MINOR_VERSION,
    )
    assert auth.access_token not in (None, company.auth.access_token)
    assert of.Invoice.get(104, qb=books).Id == "104"
    books.session.close()


def test_a_replaced_refresh_token_is_lost_to_who_kept_the_old_one(company: Connected) -> None:
    """Intuit replaces it once a day; the client that refreshed meanwhile has the only good one."""
    company.control(f"companies/{company.realm_id}/rotate_tokens", {})
    with pytest.raises(AuthClientError) as refused:
        company.auth.refresh()
    assert b"Incorrect or invalid refresh token" in refused.value.content


def test_an_access_token_revoked_ends_the_refresh_token_too(company: Connected) -> None:
    """Either of them stands for the person's consent."""
    kept = company.auth.refresh_token
    assert company.auth.revoke(company.auth.access_token) is True
    with pytest.raises(AuthClientError):
        company.auth.refresh(kept)


def test_the_user_address_of_oauth_1_is_gone(company: Connected) -> None:
    """The client still has the call; Intuit ended OAuth 1 in 2019, and userinfo took its place."""
    with pytest.raises(QuickbooksException):
        company.quickbooks.get_current_user()

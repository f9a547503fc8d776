"""Two public Python clients of QuickBooks, unmodified, with the addresses they call moved to a sandbox."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import quickbooks.objects  # type: ignore[import-untyped]
from intuitlib.client import AuthClient  # type: ignore[import-untyped]
from intuitlib.config import DISCOVERY_URL  # type: ignore[import-untyped]
from quickbooks.client import QuickBooks  # type: ignore[import-untyped]
from quickbooks.mixins import (  # type: ignore[import-untyped]
    ListMixin,
    PrefMixin,
    ReadMixin,
    UpdateMixin,
    UpdateNoIdMixin,
)

from tests.unit.sandbox.sandbox_served import BASIC, REDIRECT

ENDPOINT_MIXINS = (ReadMixin, ListMixin, UpdateMixin, UpdateNoIdMixin, PrefMixin)
"""A class with one of these calls QuickBooks; one without is a part of another's body."""
MINOR_VERSION = 75


@dataclass(frozen=True, kw_only=True)
class Connected:
    """A company of the test's own, as python-quickbooks sees it."""

    origin: str
    realm_id: str
    auth: Any
    """The intuit-oauth client that holds the tokens."""
    http: httpx2.Client
    """For what the clients have no call for: the control API, an address to download from."""
    _opened: list[Any] = field(default_factory=list)

    @property
    def quickbooks(self) -> Any:
        """The python-quickbooks client; always the same one."""
        return self._opened[0] if self._opened else self.another()

    def another(self, **options: Any) -> Any:
        """Return a python-quickbooks client of this company with other options."""
        options = {"minorversion": MINOR_VERSION} | options
        tokens = {"auth_client": self.auth, "refresh_token": self.auth.refresh_token}
        client = QuickBooks(**tokens, company_id=self.realm_id, **options)
        self._opened.append(client)
        return client

    def ledger(self) -> Any:
        """Return the balance of every account, straight from the journal."""
        return self.http.get(f"/_sandbox/companies/{self.realm_id}/ledger").json()

    def control(self, path: str, body: Any) -> Any:
        """Order something of the sandbox itself."""
        answer = self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def close(self) -> None:
        """Close what the clients leave open, which Python would complain about at some later test."""
        for client in self._opened:
            client.session.close()


@pytest.fixture
def moved(origin: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Move every address the clients know to the sandbox, and change nothing else of them."""
    for name in ("sandbox_api_url_v3", "api_url_v3", "current_user_url"):
        monkeypatch.setattr(QuickBooks, name, _moved(getattr(QuickBooks, name), origin))
    for environment, address in DISCOVERY_URL.items():
        monkeypatch.setitem(DISCOVERY_URL, environment, _moved(address, origin))
    # Their OAuth library sends tokens over plain HTTP only if told so; the sandbox speaks it, on loopback.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return origin


@pytest.fixture
def company(moved: str) -> Iterator[Connected]:
    """Open a company and connect both clients to it."""
    with httpx2.Client(base_url=moved, timeout=10) as http:
        made = http.post("/_sandbox/companies", json={"seed": "services"}).json()
        tokens = {name: made[name] for name in ("access_token", "refresh_token")}
        auth = AuthClient(*BASIC, REDIRECT, "sandbox", realm_id=made["realm_id"], **tokens)
        connected = Connected(origin=moved, realm_id=made["realm_id"], auth=auth, http=http)
        yield connected
        connected.close()
        auth.close()


def object_classes() -> dict[str, type[Any]]:
    """Return every class of quickbooks.objects that calls QuickBooks, as `module.Class`."""
    return {name: found for name, found in _classes() if issubclass(found, ENDPOINT_MIXINS)}


def part_classes() -> dict[str, type[Any]]:
    """Return every class of quickbooks.objects that stands inside another's body, as `module.Class`."""
    return {name: found for name, found in _classes() if not issubclass(found, ENDPOINT_MIXINS)}


def _moved(address: str, origin: str) -> str:
    there = urlsplit(origin)
    return urlsplit(address)._replace(scheme=there.scheme, netloc=there.netloc).geturl()


def _classes() -> Iterator[tuple[str, type[Any]]]:
    for module in _modules():
        for name, found in inspect.getmembers(module, inspect.isclass):
            if found.__module__ == module.__name__:
                yield f"{module.__name__.rpartition('.')[2]}.{name}", found


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(quickbooks.objects.__path__):
        yield importlib.import_module(f"quickbooks.objects.{found.name}")

"""Everything one running sandbox holds: clock, apps, tokens, companies, log, orders for trouble."""

import secrets
from dataclasses import dataclass
from functools import partial

import msgspec

from sandbox.books import Books
from sandbox.clock import SandboxClock
from sandbox.identity import Signer
from sandbox.limits import Limits
from sandbox.mischief import Mischief
from sandbox.request_log import RequestLog
from sandbox.seeds import open_company
from sandbox.settings import SandboxSettings
from sandbox.tokens import TokenStore
from sandbox.webhooks import Webhooks


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An app registered with the sandbox."""

    client_id: str
    client_secret: str
    name: str
    redirect_uris: tuple[str, ...]


@dataclass(kw_only=True)
class World:
    """The state behind every route; one event loop owns it, so no write ever meets another half way."""

    settings: SandboxSettings
    clock: SandboxClock
    tokens: TokenStore
    log: RequestLog
    mischief: Mischief
    clients: dict[str, Client]
    companies: dict[str, Books]
    signer: Signer
    limits: Limits
    webhooks: Webhooks

    def company(self, realm_id: str, seed: str | None = None) -> Books:
        """Return a realm's books, opening them from a seed when the realm is seen for the first time."""
        books = self.companies.get(realm_id)
        if books is None:
            books = self.adopt(open_company(realm_id, seed or self.settings.default_seed, self.clock.now()))
        return books

    def adopt(self, books: Books) -> Books:
        """Take a company in, unless its realm has been opened meanwhile, and return the one that is in."""
        kept = self.companies.setdefault(books.realm_id, books)
        kept.on_change = partial(self.webhooks.note, books.realm_id)
        return kept

    def client(self, client_id: str, client_secret: str) -> Client | None:
        """Return the app these credentials belong to."""
        client = self.clients.get(client_id)
        if client is None or not secrets.compare_digest(client.client_secret.encode(), client_secret.encode()):
            return None
        return client

    @staticmethod
    def is_realm(text: str) -> bool:
        """Whether a text has the form of a realm id: 4 to 20 digits."""
        return text.isascii() and text.isdigit() and 4 <= len(text) <= 20

    def fresh_realm(self) -> str:
        """Return a realm id no company has yet."""
        while True:
            realm_id = "9130" + "".join(secrets.choice("0123456789") for _ in range(12))
            if realm_id not in self.companies:
                return realm_id


def build_world(settings: SandboxSettings, clock: SandboxClock | None = None) -> World:
    """Return an empty world with the one app the settings register."""
    clock = clock or SandboxClock()
    client = Client(
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        name=settings.app_name,
        redirect_uris=settings.redirect_uris,
    )
    return World(
        settings=settings,
        clock=clock,
        tokens=TokenStore(clock, settings.access_token_lifetime, settings.refresh_rotation),
        log=RequestLog(),
        mischief=Mischief(),
        clients={client.client_id: client},
        companies={},
        signer=Signer(),
        limits=Limits(clock, rates=settings.limits),
        webhooks=Webhooks(clock),
    )

"""Opening a company from a seed file.

A seed goes through the same writes as any client, so what a seed holds is what the rules allow, and its ledger
balances because every ledger does. Dates are written as `today`, `today-45` or `today+10`, so that what is overdue
stays overdue. Under an entity's name stand its objects; under `history` stand transactions of any kind, in the order
they happened; `growth` multiplies what is there (see `growth`).
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sandbox.books import Books, Profile
from sandbox.facts import facts
from sandbox.foundation import lay_foundation
from sandbox.growth import Growth, grow
from sandbox.tax_service import create_tax_code
from sandbox.wire import PACIFIC, Document
from sandbox.writes import create

COMPANIES = Path(__file__).parent / "companies"
ORDER = (
    *("Account", "Term", "PaymentMethod", "Class", "Department", "TaxAgency", "TaxService", "Employee"),
    *("Customer", "Vendor", "Item", "Invoice", "Bill", "Payment", "BillPayment"),
)
"""What is referred to comes before what refers to it."""
FOUNDED = timedelta(days=365)
"""How long before its opening a company started."""
_RELATIVE = re.compile(r"today(?:([+-]\d+))?")


class UnknownSeed(Exception):
    """A seed name without a file in `companies/`."""


def open_company(realm_id: str, seed: str, now: datetime) -> Books:
    """Return a fresh company with the seed's books.

    Raises:
        UnknownSeed: names the seeds there are.
    """
    content = _read(seed)
    profile = msgspec.convert(content.get("profile", {}), Profile)
    books = Books(realm_id, profile, seed=seed, opened_at=now)
    founded = now - FOUNDED
    lay_foundation(books, founded, preferences=content.get("Preferences", {}), brought=content)
    for body in content.get("CompanyInfo", ()):
        create(books, facts().entities["CompanyInfo"], _dated(body, now), founded, body["Id"])
    for name in ORDER:
        for body in content.get(name, ()):
            _enter(books, name, _dated(body, now), now)
    for step in content.get("history", ()):
        for name, body in step.items():
            _enter(books, name, _dated(body, now), now)
    books.amend(("CompanyInfo", "1"), {"CompanyStartDate": founded.astimezone(PACIFIC).date().isoformat()})
    if "growth" in content:
        grow(books, msgspec.convert(content["growth"], Growth), now)
    return books


def _enter(books: Books, name: str, members: Document, now: datetime) -> None:
    """Enter one object on its own date: not everything was entered in the second the company was opened."""
    entity = facts().entities[name]
    if name == "TaxService":
        create_tax_code(books, members, now - FOUNDED)
    else:
        create(books, entity, members, _entered(members, now), members.get("Id"))


def seeds() -> list[str]:
    """Return the names of the seeds there are."""
    return sorted(path.stem for path in COMPANIES.glob("*.yaml"))


@cache
def _read(seed: str) -> dict[str, Any]:
    if seed not in seeds():
        raise UnknownSeed(f"There is no seed {seed!r}; choose one of: {', '.join(seeds())}")
    text = (COMPANIES / f"{seed}.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - a SafeLoader
    return content


class _ExactLoader(yaml.SafeLoader):
    """Plain types only, with fractions as Decimal: money never passes through a float."""


def _exact(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _exact)


def _dated(value: Any, now: datetime) -> Any:
    if isinstance(value, dict):
        return {name: _dated(each, now) for name, each in value.items()}
    if isinstance(value, list):
        return [_dated(each, now) for each in value]
    match = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    return (now.astimezone(PACIFIC).date() + timedelta(days=int(match[1] or 0))).isoformat()


def _entered(members: Document, now: datetime) -> datetime:
    day = members.get("TxnDate") or members.get("OpeningBalanceDate")
    return min(now, datetime.fromisoformat(f"{day}T09:00:00-08:00")) if day else now - FOUNDED

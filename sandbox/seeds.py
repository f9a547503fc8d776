"""Opening a company from a seed file.

A seed goes through the same writes as any client, so what a seed holds is what the rules allow, and its ledger
balances because every ledger does. Dates are written as `today`, `today-45` or `today+10`, so that what is overdue
stays overdue.
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
from sandbox.wire import PACIFIC, Document
from sandbox.writes import create

COMPANIES = Path(__file__).parent / "companies"
ORDER = ("CompanyInfo", "Account", "Customer", "Vendor", "Item", "Invoice", "Bill", "Payment", "BillPayment")
"""What is referred to comes before what refers to it."""
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
    for name in ORDER:
        entity = facts().entities[name]
        for body in content.get(name, ()):
            members: Document = _dated(body, now)
            # A seeded object was entered on its own date, not all of them in the second the company was opened.
            create(books, entity, members, _entered(members, now), members["Id"])
    started = (now.astimezone(PACIFIC).date() - timedelta(days=365)).isoformat()
    books.amend(("CompanyInfo", "1"), {"CompanyStartDate": started})
    return books


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
    return min(now, datetime.fromisoformat(f"{day}T09:00:00-08:00")) if day else now - timedelta(days=365)

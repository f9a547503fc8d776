"""Control calls about what a company allows: settings QuickBooks has on its website and on no API."""

from datetime import date
from typing import Any

import msgspec

from sandbox.control.operations import Call, Operation, Refused
from sandbox.preferences import close_books, preference


class HouseRules(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=False):
    """What a company allows; a member left out stays as it is."""

    closing_date: str | msgspec.UnsetType | None = msgspec.UNSET
    """Transactions dated on it or before stay as they are (6200), as in "2026-10-31"; null opens the books again."""
    closing_password: bool | msgspec.UnsetType = msgspec.UNSET
    """Whether a password protects the closed period (6210)."""
    warn_of_duplicate_numbers: bool | msgspec.UnsetType = msgspec.UNSET
    """Whether a repeated DocNumber is refused (6140) while SalesFormsPrefs.CustomTxnNumbers is on."""
    subscription_ended: bool | msgspec.UnsetType = msgspec.UNSET
    """Whether the company's subscription has ended, so that nothing can be written (6190)."""


PROFILE = {
    "closing_password": "has_closing_password",
    "warn_of_duplicate_numbers": "warns_of_duplicate_numbers",
    "subscription_ended": "subscription_ended",
}
"""Members of the rules that the profile keeps, with their names there."""


def set_rules(call: Call[HouseRules]) -> HouseRules:
    """Change what a company allows, and answer all of it."""
    books = call.world.companies.get(call.realm_id)
    if books is None:
        raise Refused("this company is not open; POST /_sandbox/companies opens one")
    asked = call.body
    given: dict[str, Any] = {kept: getattr(asked, name) for name, kept in PROFILE.items()}
    changes = {name: value for name, value in given.items() if value is not msgspec.UNSET}
    books.profile = msgspec.structs.replace(books.profile, **changes)
    if asked.closing_date is not msgspec.UNSET:
        close_books(books, _day(asked.closing_date))
    books.revision += 1
    kept = {name: getattr(books.profile, member) for name, member in PROFILE.items()}
    return HouseRules(closing_date=preference(books, "AccountingInfoPrefs", "BookCloseDate"), **kept)


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused('closing_date must be a day, as in "2026-10-31", or null') from None


OPERATIONS = (
    Operation(
        method="POST",
        path="/companies/{realm}/rules",
        name="setRules",
        summary="Close the books, refuse repeated numbers or end the subscription, as only QuickBooks' website can.",
        act=set_rules,
        body=HouseRules,
        answer=HouseRules,
        example={"closing_date": "2026-10-31", "closing_password": True},
    ),
)

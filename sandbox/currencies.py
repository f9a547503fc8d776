"""Currencies a company keeps beside its own, with their exchange rates.

Rates are kept as clients set them; no feed of market rates is simulated. The home currency is always worth 1.
"""

from datetime import datetime
from decimal import Decimal

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.faults import QuickBooksFault, fault, missing, not_found
from sandbox.shape import accept, require
from sandbox.wire import PACIFIC, Document, seconds

NAMES = {
    "AED": "United Arab Emirates Dirham",
    "AUD": "Australian Dollar",
    "BRL": "Brazilian Real",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CNY": "Chinese Yuan",
    "CZK": "Czech Koruna",
    "DKK": "Danish Krone",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "HKD": "Hong Kong Dollar",
    "HUF": "Hungarian Forint",
    "ILS": "Israeli Shekel",
    "INR": "Indian Rupee",
    "JPY": "Japanese Yen",
    "KRW": "South Korean Won",
    "MXN": "Mexican Peso",
    "NOK": "Norwegian Krone",
    "NZD": "New Zealand Dollar",
    "PLN": "Polish Zloty",
    "SEK": "Swedish Krona",
    "SGD": "Singapore Dollar",
    "THB": "Thai Baht",
    "TRY": "Turkish Lira",
    "USD": "United States Dollar",
    "ZAR": "South African Rand",
}
"""ISO 4217 codes a company may add, with the names the server fills in."""


def name_currency(draft: Document) -> Document:
    """Return a company currency with the name its code has."""
    code = str(draft["Code"]).upper()
    if code not in NAMES:
        raise _unknown(code)
    return {**draft, "Code": code, "Name": NAMES[code]}


def read_rate(books: Books, parameters: dict[str, str], now: datetime) -> Document:
    """Return the rate of one currency on a day: the newest one set on or before it.

    Args:
        parameters: `sourcecurrencycode`, and `asofdate` unless today is meant.

    Raises:
        QuickBooksFault: 2020 without a currency, 2220 for an unknown one, 610 if no rate was ever set.
    """
    code = parameters.get("sourcecurrencycode", "").upper()
    if not code:
        raise missing("sourcecurrencycode")
    if code not in NAMES:
        raise _unknown(code)
    day = parameters.get("asofdate") or now.astimezone(PACIFIC).date().isoformat()
    if code == books.profile.currency:
        return _rate(books, code, day, Decimal(1), "0", now)
    known = [rate for rate in _rates(books, code) if rate["AsOfDate"] <= day]
    if not known:
        raise not_found()
    return max(known, key=lambda rate: str(rate["AsOfDate"]))


def set_rate(books: Books, body: Document, now: datetime) -> Document:
    """Write the rate of one currency on one day.

    Raises:
        QuickBooksFault: 2020 for a missing member, 2220 for an unknown currency or the home currency, 2110 for a rate
            that is not above zero, 5010 for a stale SyncToken.
    """
    entity = facts().entities["ExchangeRate"]
    members = accept(entity, body)
    require(entity, members, ("SourceCurrencyCode", "AsOfDate", "Rate"))
    if body.get("SyncToken") in (None, ""):
        raise missing("SyncToken")
    code = members["SourceCurrencyCode"].upper()
    if code not in NAMES or code == books.profile.currency:
        raise _unknown(code)
    if members["Rate"] <= 0:
        raise fault("2110", f"Rate must be above 0. Supplied value:{members['Rate']}", element="Rate")
    return _stored(books, body, code, members, now)


def _stored(books: Books, body: Document, code: str, members: Document, now: datetime) -> Document:
    before = next((rate for rate in _rates(books, code) if rate["AsOfDate"] == members["AsOfDate"]), None)
    if before is not None and str(body["SyncToken"]) != before["SyncToken"]:
        raise fault("5010", user=books.profile.user_name)
    token = str(int(before["SyncToken"]) + 1) if before else "0"
    rate = _rate(books, code, members["AsOfDate"], members["Rate"], token, now)
    if before is not None:
        rate |= {"Id": before["Id"], "MetaData": {**before["MetaData"], "LastUpdatedTime": seconds(now)}}
    books.begin_change()
    books.put("ExchangeRate", rate)
    return rate


def _rates(books: Books, code: str) -> list[Document]:
    return [rate for rate in books.documents("ExchangeRate") if rate["SourceCurrencyCode"] == code]


def _rate(books: Books, code: str, day: str, value: Decimal, token: str, now: datetime) -> Document:
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": books.next_id(facts().entities["ExchangeRate"]),
        "SyncToken": token,
        "MetaData": {"CreateTime": seconds(now), "LastUpdatedTime": seconds(now)},
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": books.profile.currency,
        "Rate": value,
        "AsOfDate": day,
    }


def _unknown(code: str) -> QuickBooksFault:
    return fault("2220", f"Invalid Currency Type : {code} is no currency this company can keep a rate for.")

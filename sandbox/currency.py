"""Amounts of a document in the home currency.

A transaction in another currency carries its ExchangeRate: home units for one foreign unit. The ledger is kept in the
home currency alone; every posting is converted and rounded to the cent by itself, and the balancing side takes the
sum, so that an entry balances to the cent at any rate. Balances of customers, vendors and accounts are home amounts;
Balance of a document is in its own currency and HomeBalance in the home currency.
"""

from decimal import Decimal

from sandbox.books import Books
from sandbox.faults import fault
from sandbox.money import cents
from sandbox.wire import Document

ONE = Decimal(1)


def is_foreign(books: Books, document: Document) -> bool:
    """Whether a document is written in another currency than the company's."""
    given = document.get("CurrencyRef")
    return given is not None and given["value"] != books.profile.currency


def rate_of(books: Books, document: Document) -> Decimal:
    """Return the home units one unit of a document's currency is worth."""
    return Decimal(document.get("ExchangeRate", ONE)) if is_foreign(books, document) else ONE


def home(rate: Decimal, amount: Decimal) -> Decimal:
    """Convert an amount and round it to the cent."""
    return cents(amount if rate == ONE else amount * rate)


def keeps_many_currencies(books: Books) -> bool:
    """Whether the company's preference allows other currencies than its own."""
    preferences = books.find("Preferences", "1") or {}
    return preferences.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled") is True


def with_currency(books: Books, draft: Document, party: Document | None) -> Document:
    """Complete CurrencyRef from the party and ExchangeRate from the company's table of rates.

    Raises:
        QuickBooksFault: 2220 for a currency that is not the party's, 2240 for a rate that is not above zero.
    """
    home_currency = {"value": books.profile.currency, "name": books.profile.currency_name}
    expected = (party or {}).get("CurrencyRef", home_currency)
    draft = {"CurrencyRef": expected, **draft}
    if party is not None and draft["CurrencyRef"]["value"] != expected["value"]:
        given = draft["CurrencyRef"]["value"]
        raise fault("2220", f"Invalid Currency Type : {given}. The name on this transaction uses {expected['value']}.")
    if not is_foreign(books, draft):
        return {name: value for name, value in draft.items() if name != "ExchangeRate"}
    rate = Decimal(draft.get("ExchangeRate") or _listed_rate(books, draft))
    if rate <= 0:
        raise fault("2240", "Invalid Number Range : ExchangeRate must be above 0", element="ExchangeRate")
    return {**draft, "ExchangeRate": rate}


def _listed_rate(books: Books, draft: Document) -> Decimal:
    """Return the newest rate on or before the transaction's day, or 1 where none was ever entered."""
    rates = [
        each
        for each in books.documents("ExchangeRate")
        if each.get("SourceCurrencyCode") == draft["CurrencyRef"]["value"]
        and each.get("TargetCurrencyCode", books.profile.currency) == books.profile.currency
        and each.get("AsOfDate", "") <= draft["TxnDate"]
    ]
    newest = max(rates, key=lambda each: str(each.get("AsOfDate", "")), default={"Rate": ONE})
    return Decimal(newest["Rate"])

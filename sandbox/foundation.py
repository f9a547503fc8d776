"""What every company has from its first day: preferences, terms, payment methods, customer types, tax classes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.preferences import establish_preferences
from sandbox.wire import Document
from sandbox.writes import provide

TERMS = (("Due on receipt", 0), ("Net 10", 10), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
PAYMENT_METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Credit Card", "CREDIT_CARD"),
    ("Bank Transfer", "NON_CREDIT_CARD"),
)
CUSTOMER_TYPES = ("Retail", "Wholesale")
TAX_CLASSES: tuple[Document, ...] = (
    {"Code": "EUC-01010101-V1-00020000", "Name": "Services", "Level": "1", "ApplicableTo": ["Service"]},
    {"Code": "EUC-02010101-V1-00020000", "Name": "Goods", "Level": "1", "ApplicableTo": ["Inventory", "NonInventory"]},
    {
        "Code": "EUC-01010102-V1-00020000",
        "Name": "Professional services",
        "Level": "2",
        "ParentRef": {"value": "1", "name": "Services"},
        "ApplicableTo": ["Service"],
    },
    {
        "Code": "EUC-02010102-V1-00020000",
        "Name": "Household goods",
        "Level": "2",
        "ParentRef": {"value": "2", "name": "Goods"},
        "ApplicableTo": ["Inventory", "NonInventory"],
    },
)
"""A few classes of the automated sales tax, in the vendor's form; the list itself is far longer and not published."""


def lay_foundation(books: Books, now: datetime, *, preferences: Document, brought: Collection[str] = ()) -> None:
    """Give a new company the lists QuickBooks opens it with.

    Args:
        preferences: groups of preferences that differ from QuickBooks' own.
        brought: entities the seed has its own objects of; these lists stay empty here.
    """
    establish_preferences(books, preferences, now)
    for name, objects in _lists().items():
        if name not in brought:
            for members in objects:
                provide(books, facts().entities[name], members, now)


def _lists() -> dict[str, list[dict[str, Any]]]:
    return {
        "Term": [{"Name": name, "DueDays": days, "Type": "STANDARD", "DiscountDays": 0} for name, days in TERMS],
        "PaymentMethod": [{"Name": name, "Type": kind} for name, kind in PAYMENT_METHODS],
        "CustomerType": [{"Name": name} for name in CUSTOMER_TYPES],
        "TaxClassification": list(TAX_CLASSES),
    }

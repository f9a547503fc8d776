"""Document numbers: who gives them, and when one may not be used twice.

With the preference SalesFormsPrefs.CustomTxnNumbers off, a document without a number gets the next one; with it on, it
stays without. A repeated number is refused (6140) only while CustomTxnNumbers and the duplicate warning are both on.
The warning is a setting of the company in QuickBooks that no API shows; here it is the seed's
`profile.warns_of_duplicate_numbers`.
"""

from collections.abc import Iterator

from sandbox.books import Books
from sandbox.faults import fault
from sandbox.preferences import preference
from sandbox.wire import Document

CHECKS = (("BillPayment", "PayType", "Check"), ("Purchase", "PaymentType", "Check"))
"""Checks and bill payments by check share one number space, as measured."""


def takes_custom_numbers(books: Books) -> bool:
    """Whether clients choose document numbers, so that the server gives none."""
    return preference(books, "SalesFormsPrefs", "CustomTxnNumbers") is True


NUMBERED = ("Invoice", "Estimate", "SalesReceipt", "CreditMemo", "RefundReceipt", "PurchaseOrder")
"""Documents the server numbers, each kind in a row of its own."""


def number(books: Books, entity: str, draft: Document, before: Document | None) -> Document:
    """Return the draft with its document number: the given one, the former one, or the next."""
    if entity not in NUMBERED or "DocNumber" in draft or takes_custom_numbers(books):
        return draft
    return {**draft, "DocNumber": (before or {}).get("DocNumber") or books.next_number(entity)}


def check_number(books: Books, entity: str, draft: Document, before: Document | None) -> None:
    """Refuse a number another document of the same space already has (6140)."""
    wanted = draft.get("DocNumber")
    if wanted is None or wanted == (before or {}).get("DocNumber"):
        return
    if not (books.profile.warns_of_duplicate_numbers and takes_custom_numbers(books)):
        return
    for kind, other in _same_space(books, entity, draft):
        if other.get("DocNumber") == wanted and (kind, other["Id"]) != (entity, draft.get("Id")):
            raise fault("6140", n=wanted, type=kind, id=other["Id"])


def _same_space(books: Books, entity: str, draft: Document) -> Iterator[tuple[str, Document]]:
    """Yield what shares its numbers with a document: all checks, or all others of its entity."""
    checked = _is_check(entity, draft)
    for kind in [name for name, _, _ in CHECKS] if checked else [entity]:
        yield from ((kind, other) for other in books.documents(kind) if _is_check(kind, other) is checked)


def _is_check(entity: str, document: Document) -> bool:
    return any(entity == kind and document.get(member) == value for kind, member, value in CHECKS)

"""The closing date: transactions on or before it stay as they are."""

from sandbox.books import Books
from sandbox.facts import Entity
from sandbox.faults import fault
from sandbox.preferences import preference
from sandbox.wire import Document

POSTS_NOTHING = ("Estimate", "PurchaseOrder", "TimeActivity", "ReimburseCharge")
"""Transactions that leave the ledger as it is, so a closed period does not hold them."""


def check_open(books: Books, entity: Entity, *versions: Document | None) -> None:
    """Refuse to write, change or take away a transaction dated in a closed period.

    Args:
        versions: the transaction as it was, as it will be, or both.

    Raises:
        QuickBooksFault: 6210 if a password protects the closed period, else 6200.
    """
    closed = preference(books, "AccountingInfoPrefs", "BookCloseDate")
    if closed is None or not entity.is_transaction or entity.name in POSTS_NOTHING:
        return
    if not any(version is not None and version.get("TxnDate", "9999") <= closed for version in versions):
        return
    if books.profile.has_closing_password:
        raise fault("6210")
    raise fault("6200", f"Account Period Closed Error : the books are closed up to {closed}. Use a later TxnDate.")

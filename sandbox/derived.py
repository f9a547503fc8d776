"""Members the server computes from the journal, the stock and the links."""

from collections.abc import Iterable
from datetime import datetime

from sandbox.books import Books
from sandbox.currency import home, is_foreign, rate_of
from sandbox.facts import facts
from sandbox.ledger import Key, Touched
from sandbox.links import billed, linked_type
from sandbox.money import ZERO, amount_of, printed
from sandbox.settling import open_amount
from sandbox.wire import Document, seconds

SHOWN = ("Asset", "Liability", "Equity")
"""Classifications whose accounts show a balance; income and expense accounts read 0, as QuickBooks answers them."""
OPEN_FORMS = {
    "Invoice": ("Customer", "CustomerRef"),
    "CreditMemo": ("Customer", "CustomerRef"),
    "Bill": ("Vendor", "VendorRef"),
    "VendorCredit": ("Vendor", "VendorRef"),
}
"""Forms that show how much of them is still open."""
REFRESHED = (*OPEN_FORMS, "Payment", "BillPayment", "SalesReceipt", "RefundReceipt", "JournalEntry", "Transfer")
DOCUMENTS = (*REFRESHED, "Estimate", "PurchaseOrder", "TimeActivity", "Deposit", "Purchase")
"""Entities whose LinkedTxn or status follows from what links to them."""


def refresh(books: Books, touched: Touched) -> None:
    """Bring the balances of accounts, customers and vendors in line with the journal."""
    for account in _with_parents(books, "Account", touched.accounts):
        books.amend(("Account", account), account_balances(books, account))
    customers = {identifier for entity, identifier in touched.parties if entity == "Customer"}
    for customer in _with_parents(books, "Customer", customers):
        books.amend(("Customer", customer), customer_balances(books, customer))
    for entity, identifier in sorted(touched.parties):
        if entity == "Vendor":
            books.amend((entity, identifier), vendor_balance(books, identifier))


def refresh_quantities(books: Books, items: Iterable[str]) -> None:
    """Bring the quantities of items in line with the stock."""
    for item in sorted(items):
        books.amend(("Item", item), {"QtyOnHand": books.inventory.quantity(item)})


def account_balances(books: Books, identifier: str) -> Document:
    """Return CurrentBalance, signed as debits less credits: a payable account with bills on it reads negative."""
    document = books.find("Account", identifier)
    if document is None or document["Classification"] not in SHOWN:
        return {"CurrentBalance": ZERO, "CurrentBalanceWithSubAccounts": ZERO}
    family = _family(books, "Account", identifier)
    own = books.ledger.account_balance(identifier)
    whole = sum((books.ledger.account_balance(member) for member in family), ZERO)
    return {"CurrentBalance": printed(own), "CurrentBalanceWithSubAccounts": printed(whole)}


def customer_balances(books: Books, identifier: str) -> Document:
    """Return what a customer owes, alone and with its jobs."""
    family = _family(books, "Customer", identifier)
    own = books.ledger.party_balance(("Customer", identifier))
    whole = sum((books.ledger.party_balance(("Customer", member)) for member in family), ZERO)
    return {"Balance": printed(own), "BalanceWithJobs": printed(whole)}


def vendor_balance(books: Books, identifier: str) -> Document:
    """Return what is owed to a vendor."""
    return {"Balance": printed(-books.ledger.party_balance(("Vendor", identifier)))}


def completed(books: Books, key: Key, document: Document, *, is_relinked: bool = False) -> Document:
    """Return the members of a transaction that what is linked to it decides.

    Args:
        is_relinked: a link came or went, so that a status set by one is taken back with it.
    """
    linked = linked_txn(books, key, document)
    members: Document = {"LinkedTxn": linked if linked or key[0] == "Invoice" else None}
    if key[0] in OPEN_FORMS:
        members |= _open_members(books, key, document)
    if key[0] == "Estimate" and (linked or is_relinked):
        members["TxnStatus"] = _estimate_status(document, is_billed=bool(linked))
    if key[0] == "PurchaseOrder" and (linked or is_relinked):
        members["POStatus"] = _order_status(books, key, document)
    if key[0] == "TimeActivity" and linked:
        members["BillableStatus"] = "HasBeenBilled"
    if key[0] == "TimeActivity" and not linked and document.get("BillableStatus") == "HasBeenBilled":
        members["BillableStatus"] = "Billable"
    if is_foreign(books, document) and "HomeTotalAmt" in facts().entities[key[0]].fields:
        members["HomeTotalAmt"] = printed(home(rate_of(books, document), amount_of(document, "TotalAmt")))
    return members


def linked_txn(books: Books, key: Key, document: Document) -> list[Document]:
    """Return what a document says it bills, then everything that settles, deposits or bills it."""
    linked = list(billed(key[0], document))
    for entity, identifier in books.links.sources_of(key):
        kind = linked_type(entity, books.find(entity, identifier) or {})
        linked.append({"TxnId": identifier, "TxnType": kind})
    return linked


def resettle(books: Books, targets: Iterable[Key], now: datetime) -> None:
    """Bring linked documents up to date; applying a payment changes a document, so its SyncToken rises."""
    for key in sorted(targets):
        document = books.find(*key)
        if document is not None:
            books.amend(key, {**completed(books, key, document, is_relinked=True), **next_version(document, now)})


def next_version(document: Document, now: datetime) -> Document:
    """Return the members that mark one more change of a document."""
    created = document["MetaData"]["CreateTime"]
    return {
        "SyncToken": str(int(document["SyncToken"]) + 1),
        "MetaData": {"CreateTime": created, "LastUpdatedTime": seconds(now)},
    }


def _open_members(books: Books, key: Key, document: Document) -> Document:
    kind, member = OPEN_FORMS[key[0]]
    party = (kind, document[member]["value"])
    balance = printed(open_amount(books, key, party))
    members: Document = {"Balance": balance}
    if key[0] == "CreditMemo":
        members["RemainingCredit"] = balance
    if is_foreign(books, document) and "HomeBalance" in facts().entities[key[0]].fields:
        members["HomeBalance"] = printed(home(rate_of(books, document), balance))
    return members


def _estimate_status(document: Document, *, is_billed: bool) -> str:
    """Close a billed estimate, and open it again as what its acceptance says when the invoice goes."""
    if is_billed:
        return "Closed"
    status = str(document.get("TxnStatus", "Pending"))
    return status if status != "Closed" else "Accepted" if "AcceptedDate" in document else "Pending"


def _order_status(books: Books, key: Key, document: Document) -> str:
    """Close an order once the bills made from it reach its total, or by hand."""
    sources = books.links.sources_of(key)
    received = sum((amount_of(books.find(*source) or {}, "TotalAmt") for source in sources), ZERO)
    if document.get("ManuallyClosed") or (sources and received >= amount_of(document, "TotalAmt")):
        return "Closed"
    return "Open"


def _with_parents(books: Books, entity: str, identifiers: set[str]) -> list[str]:
    found: set[str] = set()
    for identifier in identifiers:
        current: str | None = identifier
        while current is not None and current not in found:
            found.add(current)
            parent = (books.find(entity, current) or {}).get("ParentRef")
            current = parent["value"] if parent else None
    return sorted(found)


def _family(books: Books, entity: str, identifier: str) -> list[str]:
    """Return an account or customer with everything below it."""
    below = [document for document in books.documents(entity) if "ParentRef" in document]
    family = [identifier]
    for member in family:
        family += [each["Id"] for each in below if each["ParentRef"]["value"] == member and each["Id"] not in family]
    return family

"""Members the server computes from the journal and the links."""

from datetime import datetime

from sandbox.books import Books
from sandbox.ledger import Key, Touched
from sandbox.links import PAYS, linked_type
from sandbox.money import ZERO, amount_of, printed
from sandbox.wire import Document, seconds

SHOWN = ("Asset", "Liability", "Equity")
"""Classifications whose accounts show a balance; income and expense accounts read 0, as QuickBooks answers them."""


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


def settlement(books: Books, key: Key, document: Document) -> Document:
    """Return Balance and LinkedTxn of an invoice or bill."""
    payments = books.links.payments_of(key)
    open_amount = amount_of(document, "TotalAmt") - amount_of(document, "Deposit") - books.links.settled(key)
    linked = [
        {"TxnId": identifier, "TxnType": linked_type(entity, books.find(entity, identifier) or {})}
        for entity, identifier in sorted(payments, key=lambda payment: int(payment[1]))
    ]
    return {"Balance": printed(open_amount), "LinkedTxn": linked if linked or key[0] == "Invoice" else None}


def resettle(books: Books, targets: set[Key], now: datetime) -> None:
    """Bring settled documents up to date; applying a payment changes a document, so its SyncToken rises."""
    for key in sorted(targets):
        document = books.find(*key)
        if document is not None:
            books.amend(key, {**settlement(books, key, document), **next_version(document, now)})


def next_version(document: Document, now: datetime) -> Document:
    """Return the members that mark one more change of a document."""
    created = document["MetaData"]["CreateTime"]
    return {
        "SyncToken": str(int(document["SyncToken"]) + 1),
        "MetaData": {"CreateTime": created, "LastUpdatedTime": seconds(now)},
    }


def settles(entity: str) -> bool:
    """Whether documents of this entity are settled by payments."""
    return entity in PAYS.values()


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

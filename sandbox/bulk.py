"""Putting documents into a company by the thousand.

`loading` lets every write through its rules as usual, but leaves balances, costs of goods and links shown on other
documents to the end, where they are computed once. `enter` is for documents that are finished already, such as those
of a snapshot or a generator: no rules, no defaults; `settle` afterwards, or all of it within `loading`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox import derived
from sandbox.books import Books
from sandbox.currency import is_foreign, keeps_many_currencies
from sandbox.ledger import Key, Touched
from sandbox.links import PAYS, applications
from sandbox.postings import entry_for
from sandbox.stock import movements_of
from sandbox.wire import Document


@contextmanager
def loading(books: Books) -> Iterator[None]:
    """Put off what follows from each document until all are in.

    A document settled by a payment inside keeps its SyncToken: nobody has seen it before.
    """
    books.is_loading = True
    try:
        yield
    finally:
        books.is_loading = False
        settle(books)


def enter(books: Books, entity: str, document: Document) -> None:
    """Store one finished document and post it, all but the costs of goods."""
    key = (entity, document["Id"])
    books.put(entity, document)
    take_in(books, key, document)


def take_in(books: Books, key: Key, document: Document) -> None:
    """Link and post a document that is stored already, within `loading`."""
    books.links.replace(key, applications(key[0], document))
    books.inventory.stage(key, movements_of(books, key[0], document))
    books.ledger.replace(key, entry_for(books, key[0], document))


def settle(books: Books) -> None:
    """Compute everything `loading` has put off."""
    post_dependent(books)
    derived.refresh_quantities(books, books.inventory.items())
    everyone = {(entity, identifier) for entity in ("Customer", "Vendor") for identifier in books.rows[entity]}
    derived.refresh(books, Touched(accounts=set(books.rows["Account"]), parties=everyone))
    for entity in derived.DOCUMENTS:
        for document in books.documents(entity):
            key = (entity, document["Id"])
            if entity in derived.OPEN_FORMS or books.links.sources_of(key):
                books.amend(key, derived.completed(books, key, document))


def post_dependent(books: Books) -> None:
    """Post anew what depends on other documents: costs of goods, and payments in other currencies."""
    for key in books.inventory.moving():
        _post_again(books, key)
    if not keeps_many_currencies(books):
        return
    for key in [key for key in books.ledger.entries if key[0] in PAYS]:
        if is_foreign(books, books.find(*key) or {}):
            _post_again(books, key)


def _post_again(books: Books, key: Key) -> None:
    document = books.find(*key)
    if document is not None:
        books.ledger.replace(key, entry_for(books, key[0], document))

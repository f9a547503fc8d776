"""Building journal and links again from the documents, which say everything they say."""

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.links import applications
from sandbox.postings import entry_for


def repost(books: Books) -> None:
    """Post every document of a company that was loaded without being written."""
    for name in facts().entities:
        for row in books.rows[name].values():
            document = row.document
            key = (name, document["Id"])
            books.ledger.replace(key, entry_for(books, name, document))
            books.links.replace(key, applications(name, document))

"""Building journal, stock and links of a company from its documents."""

from sandbox.books import Books
from sandbox.bulk import post_dependent, take_in
from sandbox.facts import facts


def repost(books: Books) -> None:
    """Post and link every document again; with the openings of the items they say everything the journal says.

    The documents stand as they are: their balances were right when they were kept.
    """
    books.is_loading = True
    for name in facts().entities:
        for identifier, row in books.rows[name].items():
            take_in(books, (name, identifier), row.document)
    books.is_loading = False
    post_dependent(books)

"""A company's books laid open, for comparison before and after."""

from sandbox.books import Books
from sandbox.facts import facts
from sandbox.ledger import JournalEntry
from sandbox.wire import Document


def whole_books(books: Books) -> Document:
    """Return every document, balance and journal entry in an order that depends only on what they are."""
    return {
        "realm_id": books.realm_id,
        "seed": books.seed,
        "entities": {
            entity: {identifier: books.rows[entity][identifier].document for identifier in _by_number(books, entity)}
            for entity in sorted(facts().entities)
        },
        "balances": {
            "accounts": books.ledger.trial_balance(),
            "customers": _owed(books, "Customer"),
            "vendors": _owed(books, "Vendor"),
        },
        "journal": [_entry(books.ledger.entries[key]) for key in sorted(books.ledger.entries, key=_order)],
    }


def _by_number(books: Books, entity: str) -> list[str]:
    return sorted(books.rows[entity], key=lambda identifier: (len(identifier), identifier))


def _order(key: tuple[str, str]) -> tuple[str, int, str]:
    return key[0], len(key[1]), key[1]


def _owed(books: Books, entity: str) -> Document:
    parties = {identifier: books.ledger.party_balance((entity, identifier)) for identifier in _by_number(books, entity)}
    return {identifier: balance for identifier, balance in parties.items() if balance}


def _entry(entry: JournalEntry) -> Document:
    return {
        "type": entry.key[0],
        "id": entry.key[1],
        "date": entry.txn_date,
        "postings": [
            {"account": posting.account_id, "amount": posting.amount}
            | ({"party": f"{posting.party[0]}/{posting.party[1]}"} if posting.party else {})
            for posting in entry.postings
        ],
    }

"""What a payment settles, in the home currency, and what the moving of exchange rates gained or lost.

A foreign invoice is owed at its own rate and paid at the payment's; what lies between is exchange gain or loss. Part
payments take the home amount in proportion and in the order of their ids, so that the last one takes the last cent.
"""

from decimal import Decimal

from sandbox.books import Books
from sandbox.currency import home, is_foreign, rate_of
from sandbox.ledger import Key, Posting
from sandbox.links import PAYS
from sandbox.money import ZERO, amount_of, cents
from sandbox.sides import balanced
from sandbox.wire import Document

GAIN_OR_LOSS = "ExchangeGainOrLoss"
RECEIVABLE_SIDE = {"Payment": -1, "BillPayment": 1}
"""The sign a payment has on its control account."""


def payment_sides(books: Books, entity: str, document: Document, money: str, control: str) -> list[Posting]:
    """Return the sides of a payment between a money account and a control account."""
    member, party_entity = PAYS[entity]
    party: Key = (party_entity, document[member]["value"])
    sign = RECEIVABLE_SIDE[entity]
    rate = rate_of(books, document)
    total = home(rate, amount_of(document, "TotalAmt"))
    if not is_foreign(books, document):
        return balanced(document, money, [_control(control, sign * total, party)], party)
    settled = _settled_at_own_rates(books, (entity, document["Id"]), party)
    own_rate = home(rate, _applied(books, (entity, document["Id"]), party))
    difference = settled - own_rate
    sides = [_control(control, sign * (total + difference), party)]
    if difference:
        account = books.account_with("AccountSubType", GAIN_OR_LOSS)
        sides.append(Posting(account_id=account, amount=-sign * difference))
    return balanced(document, money, sides, party)


def _control(account_id: str, amount: Decimal, party: Key) -> Posting:
    customer = party[1] if party[0] == "Customer" else None
    return Posting(account_id=account_id, amount=amount, party=party, customer_id=customer)


def _applied(books: Books, source: Key, party: Key) -> Decimal:
    """Return what a payment applies, credits it uses up taken off, in the document currency."""
    parts = books.links.applied_by(source)
    return sum((amount * _direction(books, target, party) for target, amount in parts.items()), ZERO)


def _settled_at_own_rates(books: Books, source: Key, party: Key) -> Decimal:
    shares = (_share(books, source, target, party) for target in books.links.applied_by(source))
    return sum(shares, ZERO)


def _share(books: Books, source: Key, target: Key, party: Key) -> Decimal:
    """Return a payment's part of the home amount one document is owed at."""
    document = books.find(*target) or {}
    whole = amount_of(document, "TotalAmt") - amount_of(document, "Deposit")
    whole_at_home = abs(books.ledger.owed(target, party))
    before = ZERO
    for payment, amount in books.links.payments_of(target).items():
        if payment == source:
            until = cents(whole_at_home * (before + amount) / whole)
            return _direction(books, target, party) * (until - cents(whole_at_home * before / whole))
        before += amount
    return ZERO


def _direction(books: Books, target: Key, party: Key) -> int:
    owed = books.ledger.owed(target, party)
    charges = owed > 0 if party[0] == "Customer" else owed < 0
    return 1 if charges else -1

"""What every transaction has: a date, a currency, a number, and a total that may not fall below what is settled."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from sandbox.books import Books
from sandbox.currency import with_currency
from sandbox.faults import QuickBooksFault, business_rule, fault
from sandbox.ledger import Key
from sandbox.links import BILLS, PAYS, target_of
from sandbox.money import ZERO, amount_of, printed
from sandbox.postings import entry_for
from sandbox.wire import PACIFIC, Document


def dated(books: Books, draft: Document, now: datetime, party: Document | None = None) -> Document:
    """Complete TxnDate, CurrencyRef and ExchangeRate."""
    return with_currency(books, {"TxnDate": now.astimezone(PACIFIC).date().isoformat(), **draft}, party)


def positive(draft: Document, member: str) -> Decimal:
    """Return an amount that may not be negative."""
    amount = amount_of(draft, member)
    if amount < 0:
        raise fault("2290", f"NegativeAmount : {member} must be 0 or greater", element=member)
    return printed(amount)


def due_date(books: Books, draft: Document, days: int) -> str:
    """Return the day a form is due: by its term, else so many days after its date."""
    term = books.find("Term", draft["SalesTermRef"]["value"]) if "SalesTermRef" in draft else None
    day = date.fromisoformat(draft["TxnDate"])
    if term is not None and "DayOfMonthDue" in term:
        return _day_of_month(day, int(term["DayOfMonthDue"]), int(term.get("DueNextMonthDays", 0)))
    if term is not None:
        days = int(term.get("DueDays", days))
    return (day + timedelta(days=days)).isoformat()


def check_sources(books: Books, entity: str, draft: Document) -> None:
    """Refuse a form made from an estimate, time or order that does not exist or is someone else's."""
    for linked in draft.get("LinkedTxn") or ():
        if linked["TxnType"] not in BILLS.get(entity, ()):
            continue
        kind, identifier = target_of(linked)
        source = books.find(kind, identifier)
        if source is None:
            raise no_such(f"{linked['TxnType']} {identifier}")
        for member in ("CustomerRef", "VendorRef"):
            mine, theirs = draft.get(member), source.get(member)
            if mine and theirs and mine["value"] != theirs["value"] and kind != "TimeActivity":
                raise business_rule(f"{kind} {identifier} belongs to another {member.removesuffix('Ref').lower()}.")


def no_such(name: str) -> QuickBooksFault:
    """Refuse a link to something that is not there."""
    return business_rule(f"The entity {name} that you are trying to link does not exist. {name}")


def check_still_covers(books: Books, entity: str, draft: Document, before: Document | None) -> None:
    """Refuse a change that would leave payments settling something that is not there any more.

    Raises:
        QuickBooksFault: 6000 if the document would owe another party, the other way, less than is settled, or at
            another exchange rate.
    """
    key: Key = (entity, draft["Id"])
    payments = books.links.payments_of(key)
    if before is None or not payments:
        return
    member, party_entity = PAYS[next(iter(payments))[0]]
    payment = books.find(*next(iter(payments))) or {}
    party: Key = (party_entity, payment[member]["value"])
    if member in before and before[member]["value"] != draft.get(member, {}).get("value"):
        raise business_rule(f"{member} cannot change while payments are applied. Remove the payments first.")
    if Decimal(before.get("ExchangeRate", 1)) != Decimal(draft.get("ExchangeRate", 1)):
        raise business_rule("ExchangeRate cannot change while payments are applied. Remove the payments first.")
    settled = books.links.settled(key)
    if _open(books, entity, draft, before, party) < settled:
        raise business_rule(f"The total cannot fall below the {settled} already paid. Change the payments first.")


def _open(books: Books, entity: str, draft: Document, before: Document, party: Key) -> Decimal:
    """Return what a changed document would have to settle, positive in the direction it had before."""
    if entity in ("Invoice", "Bill", "CreditMemo", "VendorCredit"):
        return amount_of(draft, "TotalAmt") - amount_of(draft, "Deposit")
    entry = entry_for(books, entity, draft)
    control = books.ledger.control_accounts
    postings = entry.postings if entry else ()
    owed = sum((p.amount for p in postings if p.party == party and p.account_id in control), ZERO)
    return owed if books.ledger.owed((entity, before["Id"]), party) > 0 else -owed


def _day_of_month(day: date, due: int, nearness: int) -> str:
    """Return the next such day of a month, or the one after if that is nearer than the term allows."""
    for months in range(3):
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        candidate = date(year, month + 1, min(due, last))
        if candidate > day and (candidate - day).days > nearness:
            break
    return candidate.isoformat()

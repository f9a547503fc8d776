"""Sending a document by mail. No mail leaves the sandbox; the document says that it was sent."""

from datetime import datetime

from sandbox.books import Books
from sandbox.derived import next_version
from sandbox.facts import Entity, facts
from sandbox.faults import business_rule, fault
from sandbox.scalars import read_scalar
from sandbox.wire import PACIFIC, Document, seconds

MOST_MAILS = 40
"""Mails a day and realm in Intuit's own sandbox; the code of the refusal is not recorded, so it is 6000 here."""


def send(books: Books, entity: Entity, identifier: str, to: str | None, now: datetime) -> Document:
    """Mark a document as sent and return it.

    Args:
        to: the address to send to; it replaces the document's own.

    Raises:
        QuickBooksFault: 500 for what cannot be sent, 610 for an unknown id, 6420 if no address is known, 2210 for one
            that is none, 6000 once the day's mails are used up.
    """
    if "send" not in entity.operations:
        raise fault("500", what=f"send on {entity.name}")
    before = books.get(entity, identifier).document
    member = "POEmail" if "POEmail" in entity.fields else "BillEmail"
    address = to or before.get(member, {}).get("Address")
    if not address:
        raise fault("6420", f"Email address is required : give sendTo, or {member} on the document", element=member)
    read_scalar(facts().types["EmailAddress"].fields["Address"], address, "sendTo")
    _count(books, now)
    sent = {
        "EmailStatus": "EmailSent",
        "DeliveryInfo": {"DeliveryType": "Email", "DeliveryTime": seconds(now)},
        member: {"Address": address},
    }
    books.begin_change()
    shown = {name: value for name, value in sent.items() if name in entity.fields}
    books.amend((entity.name, identifier), {**shown, **next_version(before, now)})
    books.announce(entity.name, identifier, "Emailed")
    return books.rows[entity.name][identifier].document


def _count(books: Books, now: datetime) -> None:
    day = now.astimezone(PACIFIC).date().isoformat()
    sent = books.mails.get(day, 0)
    if sent >= MOST_MAILS:
        raise business_rule(f"{MOST_MAILS} mails were sent today; the sandbox sends no more until tomorrow.")
    books.mails = {day: sent + 1}

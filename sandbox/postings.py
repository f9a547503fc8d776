"""What each document does to the ledger."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sandbox.books import Books
from sandbox.ledger import JournalEntry, Key, Posting
from sandbox.lines import line_accounts
from sandbox.money import ZERO, amount_of, cents
from sandbox.wire import Document

RECEIVABLE = "Accounts Receivable"
PAYABLE = "Accounts Payable"


def entry_for(books: Books, entity: str, document: Document) -> JournalEntry | None:
    """Return the journal entry of one document, or None if it moves nothing.

    Every entry is balanced by construction: what is left on the other side goes to the control account.
    """
    post = _POSTERS.get(entity)
    postings = _merged(post(books, document)) if post else ()
    if not postings:
        return None
    return JournalEntry(
        key=(entity, document["Id"]),
        txn_date=_date_of(books, document),
        postings=postings,
        doc_number=document.get("DocNumber"),
        memo=document.get("PrivateNote"),
    )


def _date_of(books: Books, document: Document) -> date:
    given = document.get("TxnDate") or document.get("OpeningBalanceDate")
    return date.fromisoformat(given) if given else books.opened_at.date()


def _invoice(books: Books, invoice: Document) -> list[Posting]:
    customer: Key = ("Customer", invoice["CustomerRef"]["value"])
    control = books.account_with("AccountType", RECEIVABLE)
    deposit = amount_of(invoice, "Deposit")
    postings = [
        Posting(account_id=account, amount=-amount)
        for line in invoice["Line"]
        for account, amount in line_accounts(books, line)
    ]
    postings.append(Posting(account_id=control, amount=amount_of(invoice, "TotalAmt") - deposit, party=customer))
    if deposit:
        postings.append(Posting(account_id=_deposit_account(books, invoice), amount=deposit))
    tax = amount_of(invoice.get("TxnTaxDetail", {}), "TotalTax")
    if tax:
        postings.append(Posting(account_id=books.account_with("AccountSubType", "GlobalTaxPayable"), amount=-tax))
    return postings


def _bill(books: Books, bill: Document) -> list[Posting]:
    vendor: Key = ("Vendor", bill["VendorRef"]["value"])
    postings = [
        Posting(account_id=account, amount=amount)
        for line in bill["Line"]
        for account, amount in line_accounts(books, line)
    ]
    control = bill["APAccountRef"]["value"]
    return [*postings, Posting(account_id=control, amount=-amount_of(bill, "TotalAmt"), party=vendor)]


def _payment(books: Books, payment: Document) -> list[Posting]:
    total = amount_of(payment, "TotalAmt")
    customer: Key = ("Customer", payment["CustomerRef"]["value"])
    given = payment.get("ARAccountRef")
    control = given["value"] if given else books.account_with("AccountType", RECEIVABLE)
    return [
        Posting(account_id=_deposit_account(books, payment), amount=total),
        Posting(account_id=control, amount=-total, party=customer),
    ]


def _bill_payment(books: Books, payment: Document) -> list[Posting]:
    total = amount_of(payment, "TotalAmt")
    if not total:
        return []
    vendor: Key = ("Vendor", payment["VendorRef"]["value"])
    is_check = payment["PayType"] == "Check"
    source = payment["CheckPayment"]["BankAccountRef"] if is_check else payment["CreditCardPayment"]["CCAccountRef"]
    given = payment.get("APAccountRef")
    control = given["value"] if given else books.account_with("AccountType", PAYABLE)
    return [
        Posting(account_id=control, amount=total, party=vendor),
        Posting(account_id=source["value"], amount=-total),
    ]


def _account(books: Books, account: Document) -> list[Posting]:
    """Post an opening balance against Opening Balance Equity; it is given as the account's own balance grows."""
    opening = amount_of(account, "OpeningBalance")
    if not opening:
        return []
    debit = opening if account["Classification"] in ("Asset", "Expense") else -opening
    equity = books.account_with("AccountSubType", "OpeningBalanceEquity")
    return [Posting(account_id=account["Id"], amount=debit), Posting(account_id=equity, amount=-debit)]


def _deposit_account(books: Books, document: Document) -> str:
    given = document.get("DepositToAccountRef")
    return str(given["value"]) if given else books.account_with("AccountSubType", "UndepositedFunds")


def _merged(postings: list[Posting]) -> tuple[Posting, ...]:
    sums: defaultdict[tuple[str, Key | None], Decimal] = defaultdict(lambda: ZERO)
    for posting in postings:
        sums[posting.account_id, posting.party] += cents(posting.amount)
    return tuple(Posting(account_id=a, party=p, amount=total) for (a, p), total in sums.items() if total)


_POSTERS = {
    "Invoice": _invoice,
    "Bill": _bill,
    "Payment": _payment,
    "BillPayment": _bill_payment,
    "Account": _account,
}

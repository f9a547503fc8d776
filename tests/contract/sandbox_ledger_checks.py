"""What must hold of any company's books, computed from the documents and the journal apart from how they were kept."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from sandbox.books import Books
from sandbox.inspection import whole_books
from sandbox.ledger import Key
from sandbox.links import PAYS
from sandbox.reports.answer import answer
from sandbox.reposting import repost
from sandbox.wire import Document
from tests.unit.sandbox.sandbox_shop import PAYABLE, RECEIVABLE, Shop

ZERO = Decimal(0)
VERSION = ("SyncToken", "MetaData")
STOCK_FORMS = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1, "RefundReceipt": 1, "Bill": 1, "VendorCredit": -1}
RANGE = {"start_date": "2000-01-01", "end_date": "2099-12-31"}


def check_books(shop: Shop) -> None:
    """Check everything that costs little."""
    check_trial_balance(shop.books)
    check_balances(shop.books)
    check_subledgers(shop.books)
    check_stock(shop)


def check_trial_balance(books: Books) -> None:
    """The running balances are the sums of the postings, and add up to nothing."""
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for entry in books.ledger.entries.values():
        for posting in entry.postings:
            sums[posting.account_id] += posting.amount
    assert {account: amount for account, amount in sums.items() if amount} == books.ledger.trial_balance()
    assert sum(sums.values(), ZERO) == 0


def check_balances(books: Books) -> None:
    """Every account, customer and vendor shows what the journal says."""
    for account in books.documents("Account"):
        is_shown = account["Classification"] in ("Asset", "Liability", "Equity")
        expected = books.ledger.account_balance(account["Id"]) if is_shown else 0
        assert account["CurrentBalance"] == expected, f"account {account['Id']}"
    for customer in books.documents("Customer"):
        below = [each["Id"] for each in books.documents("Customer") if _parent(each) == customer["Id"]]
        family = sum((party_total(books, ("Customer", each)) for each in [customer["Id"], *below]), ZERO)
        assert customer["Balance"] == party_total(books, ("Customer", customer["Id"])), f"customer {customer['Id']}"
        assert customer["BalanceWithJobs"] == family
    for vendor in books.documents("Vendor"):
        assert vendor["Balance"] == -party_total(books, ("Vendor", vendor["Id"])), f"vendor {vendor['Id']}"


def party_total(books: Books, party: Key) -> Decimal:
    """Add up what a party owes, posting by posting."""
    control = (RECEIVABLE, PAYABLE)
    entries = books.ledger.entries.values()
    postings = (p for entry in entries for p in entry.postings if p.account_id in control and p.party == party)
    return sum((posting.amount for posting in postings), ZERO)


def check_subledgers(books: Books) -> None:
    """Open documents less open credits and unapplied money are what the control accounts hold."""
    receivable = _sum(books, "Invoice", "Balance") - _sum(books, "CreditMemo", "Balance")
    receivable += _loose(books, "Customer") - _sum(books, "Payment", "UnappliedAmt")
    assert books.ledger.account_balance(RECEIVABLE) == _sum(books, "Customer", "Balance") == receivable
    payable = _sum(books, "Bill", "Balance") - _sum(books, "VendorCredit", "Balance")
    payable += _loose(books, "Vendor") - _overpaid(books)
    assert -books.ledger.account_balance(PAYABLE) == _sum(books, "Vendor", "Balance") == payable
    for entity in ("Invoice", "Bill", "CreditMemo", "VendorCredit"):
        for document in books.documents(entity):
            assert 0 <= document["Balance"] <= document["TotalAmt"], f"{entity} {document['Id']}"


def _loose(books: Books, kind: str) -> Decimal:
    """Return what journal entries, checks and deposits put on the control account, less what is settled of it."""
    direction = 1 if kind == "Customer" else -1
    total = ZERO
    for key, entry in books.ledger.entries.items():
        if key[0] in ("JournalEntry", "Purchase", "Deposit"):
            control = (RECEIVABLE, PAYABLE)
            mine = (p for p in entry.postings if p.account_id in control and p.party and p.party[0] == kind)
            amount = direction * sum((p.amount for p in mine), ZERO)
            settled = _settled(books, key)
            assert settled <= abs(amount) or not amount, f"{key} is settled beyond its amount"
            total += amount - settled if amount > 0 else amount + settled if amount else ZERO
    return total


def _settled(books: Books, key: Key) -> Decimal:
    """Read from the payments themselves what is settled of a document."""
    names = {"Purchase": ("Check", "Expense", "CreditCardCredit")}.get(key[0], (key[0],))
    lines = (line for entity in PAYS for each in books.documents(entity) for line in each["Line"])
    mine = (
        line for line in lines if (line["LinkedTxn"][0]["TxnId"], line["LinkedTxn"][0]["TxnType"]) in _pairs(key, names)
    )
    return sum((Decimal(line["Amount"]) for line in mine), ZERO)


def _pairs(key: Key, names: tuple[str, ...]) -> set[tuple[str, str]]:
    return {(key[1], name) for name in names}


def _overpaid(books: Books) -> Decimal:
    """Return what bill payments paid beyond their lines."""
    total = ZERO
    for payment in books.documents("BillPayment"):
        total += payment["TotalAmt"]
        for line in payment["Line"]:
            linked = line["LinkedTxn"][0]
            is_credit = linked["TxnType"] == "VendorCredit"
            if linked["TxnType"] == "JournalEntry":
                party = ("Vendor", payment["VendorRef"]["value"])
                is_credit = books.ledger.owed((linked["TxnType"], linked["TxnId"]), party) > 0
            total += line["Amount"] if is_credit else -line["Amount"]
    return total


def check_stock(shop: Shop) -> None:
    """Quantities are what the lines say; the asset account holds what the layers and nothing else are worth."""
    books = shop.books
    quantities = {item: books.inventory.openings[item].quantity for item in (shop.lamp, shop.rug)}
    for entity, sign in (*STOCK_FORMS.items(), ("Purchase", 1), ("InventoryAdjustment", 1)):
        for document in books.documents(entity):
            for line in document["Line"]:
                detail = line.get(line.get("DetailType", "")) or {}
                item = (detail.get("ItemRef") or {}).get("value")
                if item in quantities:
                    moved = Decimal(detail.get("Qty", detail.get("QtyDiff", 0)))
                    quantities[item] += -moved if document.get("Credit") else sign * moved
    for item, quantity in quantities.items():
        assert books.find("Item", item)["QtyOnHand"] == quantity == books.inventory.quantity(item)  # type: ignore[index]
    value = sum((books.inventory.value(item) for item in quantities), ZERO)
    assert books.ledger.account_balance(shop.asset) == value


def check_reports(shop: Shop) -> None:
    """ProfitAndLoss and BalanceSheet say what the journal says, and the same as each other."""
    books = shop.books
    kinds = {account["Id"]: account["Classification"] for account in books.documents("Account")}
    balances = books.ledger.trial_balance()
    income = -sum((amount for account, amount in balances.items() if kinds[account] in ("Revenue", "Expense")), ZERO)
    assets = sum((amount for account, amount in balances.items() if kinds[account] == "Asset"), ZERO)
    earned = _summaries(shop, "ProfitAndLoss")
    stands = _summaries(shop, "BalanceSheet")
    assert earned["NetIncome"] == income
    assert stands["TotalAssets"] == stands["TotalLiabilitiesAndEquity"] == assets
    trial = answer(books, "TrialBalance", RANGE, shop.now).document["Rows"]["Row"][-1]["Summary"]["ColData"]
    assert trial[1]["value"] == trial[2]["value"]


def _summaries(shop: Shop, report: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}

    def walk(rows: list[Document]) -> None:
        for row in rows:
            if "group" in row and "Summary" in row:
                found[row["group"]] = Decimal(row["Summary"]["ColData"][-1]["value"] or 0)
            walk((row.get("Rows") or {}).get("Row", []))

    walk(answer(shop.books, report, RANGE, shop.now).document["Rows"]["Row"])
    return found


def check_rebuilt(shop: Shop) -> None:
    """Built again from the documents alone, the journal is the same."""
    books = shop.books
    again = Books(books.realm_id, books.profile, seed=books.seed, opened_at=books.opened_at)
    again.inventory.openings.update(books.inventory.openings)
    for entity, table in books.rows.items():
        for row in table.values():
            again.load(entity, row.document)
    repost(again)
    assert whole_books(again) == whole_books(books)


def amounts(books: Books) -> dict[str, Any]:
    """Return everything an undone change must leave as it was: all but versions."""
    whole = whole_books(books)
    for documents in whole["entities"].values():
        for identifier, document in documents.items():
            documents[identifier] = {name: value for name, value in document.items() if name not in VERSION}
    return whole


def versions(books: Books) -> dict[Key, int]:
    """Return the SyncToken of every document."""
    tables = books.rows.items()
    return {(entity, each): int(row.document["SyncToken"]) for entity, table in tables for each, row in table.items()}


def _sum(books: Books, entity: str, member: str) -> Decimal:
    return sum((Decimal(document[member]) for document in books.documents(entity)), ZERO)


def _parent(document: Document) -> str | None:
    above = document.get("ParentRef")
    return above["value"] if above else None

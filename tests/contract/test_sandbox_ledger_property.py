"""The books tie, whatever clients write: thousands of random operations, and proof that the checks would notice."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from sandbox import commit, derived, postings, writes
from sandbox.books import Books
from sandbox.faults import QuickBooksFault
from sandbox.inventory import Inventory, Layer, Movement
from sandbox.ledger import JournalEntry, Key, Ledger, LedgerUnbalanced, Posting, Touched
from sandbox.links import Links
from sandbox.posting_sales import invoice
from sandbox.rules import apply_rules
from sandbox.wire import Document
from tests.contract.sandbox_ledger_checks import check_books, check_rebuilt, check_reports
from tests.contract.sandbox_ledger_clerk import Clerk

OPERATIONS = 3_000


def test_thousands_of_random_operations_leave_books_that_tie() -> None:
    """Trial balance zero, sub-ledgers equal to control accounts, stock equal to its layers, reports equal to both.

    After each operation: a refused one has changed no version, an accepted one none by more than one. In between:
    undoing leaves no trace, a full update erases, and building the journal again from the documents gives the same.
    """
    clerk = Clerk(20261122)
    for _ in range(10):
        clerk.work(OPERATIONS // 10)
        check_reports(clerk.shop)
        check_rebuilt(clerk.shop)
    assert clerk.done > OPERATIONS * 0.6
    assert clerk.refused > OPERATIONS * 0.2


@pytest.mark.parametrize("number", range(8))
def test_other_sessions_tie_as_well(number: int) -> None:
    """One long session could be a lucky one."""
    clerk = Clerk(number)
    clerk.work(300)
    check_reports(clerk.shop)
    check_rebuilt(clerk.shop)


Plant = Callable[[pytest.MonkeyPatch], None]


def _tax_is_not_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.posting_sales.tax_sides", lambda *_, **__: [])


def _what_is_settled_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Links, "settled", lambda *_, **__: Decimal(0))


def _a_payment_goes_on_settling_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "_release", lambda *_: set())


def _a_cent_is_lost_between_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Layer.take

    def short(self: Layer, wanted: Decimal) -> tuple[Decimal, Decimal]:
        quantity, cost = take(self, wanted)
        return quantity, cost - Decimal("0.01")

    monkeypatch.setattr(Layer, "take", short)


def _balances_are_not_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(books: Books, touched: Touched) -> None: ...

    monkeypatch.setattr(derived, "refresh", nothing)


def _a_full_update_keeps_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(before: Document) -> Document:
        return {name: value for name, value in before.items() if name not in ("domain", "sparse")}

    monkeypatch.setattr(writes, "_replaced", lambda _, before, members: {**kept(before), **members})


def _a_linked_document_jumps_two_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    once = derived.next_version

    def twice(document: Document, now: datetime) -> Document:
        return once({**document, **once(document, now)}, now)

    monkeypatch.setattr(derived, "next_version", twice)


def _a_void_leaves_the_amounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes, "voided", lambda _, before: {**before, "PrivateNote": "Voided"})


def _a_paid_document_may_shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sales", "purchasing", "banking"):
        monkeypatch.setattr(f"sandbox.{module}.check_still_covers", lambda *_: None)


def _a_refusal_writes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = apply_rules

    def hasty(books: Books, entity: str, draft: Document, before: Document | None, now: datetime) -> Document:
        try:
            return rules(books, entity, draft, before, now)
        except QuickBooksFault:
            books.amend(("Customer", "55"), {"SyncToken": "99"})
            raise

    monkeypatch.setattr(writes, "apply_rules", hasty)


def _later_sales_keep_an_old_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Inventory.replace

    def alone(self: Inventory, key: Key, movements: tuple[Movement, ...]) -> set[Key]:
        return replace(self, key, movements) & {key}

    monkeypatch.setattr(Inventory, "replace", alone)


def _a_credit_memo_posts_like_an_invoice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postings._POSTERS, "CreditMemo", invoice)


def _a_deleted_entry_stays_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Ledger.replace

    def sticky(self: Ledger, key: Key, entry: JournalEntry | None) -> Touched:
        return Touched() if entry is None else replace(self, key, entry)

    monkeypatch.setattr(Ledger, "replace", sticky)


def _goods_leave_without_a_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = postings._costs

    def one_sided(books: Books, key: Key) -> list[Posting]:
        return costs(books, key)[:1]

    monkeypatch.setattr(postings, "_costs", one_sided)


def _a_report_leaves_the_last_entry_out(monkeypatch: pytest.MonkeyPatch) -> None:
    between = Ledger.between

    def short(self: Ledger, start: date | None = None, end: date | None = None) -> Iterator[JournalEntry]:
        return iter([entry for entry in between(self, start, end) if entry.key[0] != "CreditMemo"])

    monkeypatch.setattr(Ledger, "between", short)


PLANTED: list[Plant] = [
    _tax_is_not_owed,
    _what_is_settled_is_forgotten,
    _a_payment_goes_on_settling_what_is_gone,
    _a_cent_is_lost_between_layers,
    _balances_are_not_refreshed,
    _a_full_update_keeps_what_is_left_out,
    _a_linked_document_jumps_two_versions,
    _a_void_leaves_the_amounts,
    _a_paid_document_may_shrink,
    _a_refusal_writes_first,
    _later_sales_keep_an_old_cost,
    _a_credit_memo_posts_like_an_invoice,
    _a_deleted_entry_stays_in_the_journal,
    _goods_leave_without_a_cost,
    _a_report_leaves_the_last_entry_out,
]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__.strip("_"))
def test_a_planted_mistake_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that cannot fail proves nothing; each of these is a mistake someone could make."""
    clerk = Clerk(7)
    check_books(clerk.shop)
    plant(monkeypatch)
    with pytest.raises((AssertionError, LedgerUnbalanced)):
        for _ in range(6):
            clerk.work(50)
            check_reports(clerk.shop)
            check_rebuilt(clerk.shop)

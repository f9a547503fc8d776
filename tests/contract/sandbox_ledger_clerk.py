"""A clerk who writes at random: valid and invalid, new and changed, done and undone."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.banking import undeposited
from sandbox.facts import facts
from sandbox.faults import QuickBooksFault
from sandbox.ledger import Key
from sandbox.wire import Document
from tests.contract.sandbox_ledger_checks import amounts, check_books, versions
from tests.unit.sandbox.sandbox_company import sales_line
from tests.unit.sandbox.sandbox_shop import (
    CARD,
    CHECKING,
    CUSTOMERS,
    PAYABLE,
    RECEIVABLE,
    VENDORS,
    Shop,
    bought_line,
    cash_line,
    expense,
    item_line,
    linked_line,
    named,
)

FORMS = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate", "Bill", "VendorCredit", "Purchase")
CHANGEABLE = (*FORMS, "Payment", "BillPayment", "JournalEntry", "Deposit", "Transfer", "InventoryAdjustment")
ERASED = ("PrivateNote", "CustomerMemo", "PONumber", "BillEmailCc", "Memo")
"""Plain members without a default: a full update that leaves them out must erase them."""


class Clerk:
    """One random session on one company; the same number writes the same."""

    def __init__(self, number: int) -> None:
        self.shop = Shop()
        self.chance = random.Random(number)
        self.done = 0
        self.refused = 0

    def work(self, operations: int, *, every: int = 10) -> None:
        """Write so many times, checking the books after each `every` operations."""
        for turn in range(operations):
            self._turn()
            if turn % every == every - 1:
                check_books(self.shop)
        check_books(self.shop)

    def _turn(self) -> None:
        act = self.chance.choices(*zip(*self._acts(), strict=True))[0]
        before = versions(self.shop.books)
        try:
            written = act()
        except QuickBooksFault:
            self.refused += 1
            assert versions(self.shop.books) == before, "a refused write changed something"
            return
        self.done += 1
        if written is not None:
            self._check_versions(before, written)

    def _acts(self) -> list[tuple[Callable[[], Document | None], int]]:
        return [
            (self._sell, 16),
            (self._buy, 10),
            (self._pay, 14),
            (self._pay_bill, 10),
            (self._journal, 4),
            (self._bank, 8),
            (self._move_money, 3),
            (self._count, 3),
            (self._bill_estimate, 3),
            (self._sparse, 10),
            (self._full, 6),
            (self._take_back, 8),
            (self._do_and_undo, 5),
        ]

    def _check_versions(self, before: dict[Any, int], written: Document) -> None:
        after = versions(self.shop.books)
        rises = {key: after[key] - before[key] for key in before.keys() & after.keys()}
        assert set(rises.values()) <= {0, 1}, "a SyncToken jumped"
        assert {after[key] for key in after.keys() - before.keys()} <= {0}
        if "SyncToken" in written and int(written["SyncToken"]):
            assert any(rise == 1 for rise in rises.values()), "a change left every SyncToken"

    def _amount(self) -> Decimal:
        return Decimal(self.chance.randrange(1, 60_000)) / 100

    def _day(self) -> str:
        return f"2026-{self.chance.randrange(1, 12):02}-{self.chance.randrange(1, 29):02}"

    def _some(self, entity: str) -> Document:
        rows = list(self.shop.books.rows[entity].values())
        return self.chance.choice(rows).document if rows else {"Id": "999999", "SyncToken": "0", "Line": []}

    def _sales_lines(self) -> list[Document]:
        chance, shop = self.chance, self.shop
        taxable: Document = {"TaxCodeRef": {"value": chance.choice(["TAX", "NON"])}}
        lines = [sales_line(self._amount(), **taxable)]
        for item, price in ((shop.lamp, 30), (shop.rug, 95)):
            if chance.random() < 0.4:
                lines.append(item_line(item, chance.randrange(1, 5), price, **taxable))
        if chance.random() < 0.25:
            percent = {"PercentBased": True, "DiscountPercent": chance.randrange(1, 30)}
            lines.append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": percent})
        return lines

    def _sell(self) -> Document:
        chance = self.chance
        entity = chance.choice(
            ["Invoice", "Invoice", "Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Estimate"]
        )
        members: Document = {"TxnDate": self._day(), "ApplyTaxAfterDiscount": chance.random() < 0.5}
        if chance.random() < 0.5:
            members["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": self.shop.tax_code}}
        if entity == "Invoice" and chance.random() < 0.2:
            members["Deposit"] = self._amount()
        if entity == "RefundReceipt":
            members["DepositToAccountRef"] = {"value": CHECKING}
        if chance.random() < 0.1:
            members["CustomerRef"] = {"value": "777777"}
        members = {"CustomerRef": {"value": chance.choice(CUSTOMERS)}, "PrivateNote": "first", **members}
        return self.shop.create(entity, Line=self._sales_lines(), **members)

    def _bought_lines(self) -> list[Document]:
        chance, shop = self.chance, self.shop
        lines = [expense(self._amount())]
        if chance.random() < 0.6:
            lines.append(
                bought_line(chance.choice([shop.lamp, shop.rug]), chance.randrange(1, 25), self._amount() / 10)
            )
        return lines

    def _buy(self) -> Document:
        chance, shop = self.chance, self.shop
        entity = chance.choice(["Bill", "Bill", "VendorCredit", "Purchase"])
        members: Document = {"TxnDate": self._day(), "PrivateNote": "first"}
        if entity != "Purchase":
            return shop.goods(entity, *self._bought_lines(), vendor=chance.choice(VENDORS), **members)
        kind, account = chance.choice([("Cash", CHECKING), ("Check", CHECKING), ("CreditCard", CARD), ("Check", CARD)])
        members["Credit"] = chance.random() < 0.4
        if chance.random() < 0.3:
            name = {"value": chance.choice(CUSTOMERS), "type": "Customer"}
            return shop.spend(
                expense(self._amount(), RECEIVABLE), kind=kind, account=account, EntityRef=name, **members
            )
        return shop.spend(*self._bought_lines(), kind=kind, account=account, **members)

    def _applied(self, party: Key, kinds: dict[str, str]) -> tuple[list[tuple[str, str, Any]], Decimal]:
        """Choose what a payment links, and the money that takes: mostly within what is open, sometimes not."""
        books = self.shop.books
        applied: list[tuple[str, str, Any]] = []
        charged = Decimal(0)
        for entity, kind in kinds.items():
            owed = {each: books.ledger.owed((entity, each), party) for each in books.rows[entity]}
            mine = [each for each, amount in owed.items() if amount]
            if not mine or self.chance.random() < 0.45:
                continue
            chosen = self.chance.choice(mine if self.chance.random() < 0.95 else list(owed))
            whole = abs(owed[chosen]) - books.links.settled((entity, chosen))
            share = self.chance.choice([Decimal(1), Decimal(1), Decimal("0.5"), Decimal("1.01")])
            amount = (whole * share).quantize(Decimal("0.01"))
            if amount:
                applied.append((kind, chosen, amount))
                charged += amount if (owed[chosen] > 0) == (party[0] == "Customer") else -amount
        return applied, charged

    def _total(self, charged: Decimal) -> Decimal:
        exact = max(charged, Decimal(0))
        return self.chance.choice([exact, exact, exact + self._amount(), self._amount()])

    def _pay(self) -> Document:
        party = self.chance.choice(CUSTOMERS)
        kinds = {"Invoice": "Invoice", "CreditMemo": "CreditMemo", "JournalEntry": "JournalEntry", "Purchase": "Check"}
        applied, charged = self._applied(("Customer", party), kinds)
        return self.shop.settle("Payment", party, self._total(charged), *applied, TxnDate=self._day())

    def _pay_bill(self) -> Document:
        party = self.chance.choice(VENDORS)
        kinds = {"Bill": "Bill", "VendorCredit": "VendorCredit", "Deposit": "Deposit", "JournalEntry": "JournalEntry"}
        applied, charged = self._applied(("Vendor", party), kinds)
        return self.shop.settle("BillPayment", party, self._total(charged), *applied, TxnDate=self._day())

    def _journal(self) -> Document:
        amount = self._amount()
        debit = self.chance.choice(
            [
                (RECEIVABLE, named("Customer", self.chance.choice(CUSTOMERS))),
                (PAYABLE, named("Vendor", self.chance.choice(VENDORS))),
                (PAYABLE, named("Customer", "55")),
                (CHECKING, None),
                ("4", None),
            ]
        )
        other = amount if self.chance.random() < 0.9 else amount + 1
        sides = [("Debit", *_swapped(debit, amount)), ("Credit", "83", other, None)]
        if self.chance.random() < 0.5:
            sides = [("Credit", *_swapped(debit, amount)), ("Debit", "83", other, None)]
        return self.shop.journal(*sides)

    def _bank(self) -> Document:
        lines: list[Document] = []
        for entity in ("Payment", "SalesReceipt", "RefundReceipt", "JournalEntry"):
            waiting = {each: undeposited(self.shop.books, (entity, each)) for each in self.shop.books.rows[entity]}
            mine = [each for each, amount in waiting.items() if amount]
            if mine and self.chance.random() < 0.4:
                chosen = self.chance.choice(mine)
                amount = waiting[chosen] if self.chance.random() < 0.9 else waiting[chosen] + 1
                lines.append(linked_line(amount, entity, chosen))
        if not lines or self.chance.random() < 0.4:
            name = {"value": self.chance.choice(VENDORS), "type": "VENDOR"}
            account, who = self.chance.choice([("83", {}), (PAYABLE, {"Entity": name}), (PAYABLE, {})])
            lines.append(cash_line(self._amount(), account, **who))
        return self.shop.bank(*lines, TxnDate=self._day())

    def _move_money(self) -> Document:
        source, target = self.chance.choice(
            [(CHECKING, "36"), ("36", CHECKING), (CHECKING, CHECKING), (CHECKING, CARD)]
        )
        accounts = {"FromAccountRef": {"value": source}, "ToAccountRef": {"value": target}}
        return self.shop.create("Transfer", Amount=self._amount(), TxnDate=self._day(), **accounts)

    def _count(self) -> Document:
        item = self.chance.choice([self.shop.lamp, self.shop.rug, "2"])
        return self.shop.adjust(item, self.chance.randrange(-3, 4), TxnDate=self._day())

    def _bill_estimate(self) -> Document:
        estimate = self._some("Estimate")
        link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
        customer = estimate.get("CustomerRef", {"value": "55"})
        return self.shop.create("Invoice", CustomerRef=customer, Line=self._sales_lines(), LinkedTxn=link)

    def _required(self, entity: str, target: Document) -> Document:
        return {name: target[name] for name in facts().entities[entity].required.full_update if name in target}

    def _sparse(self) -> Document:
        entity = self.chance.choice(CHANGEABLE)
        target = self._some(entity)
        needed = {name: target[name] for name in facts().entities[entity].required.sparse_update if name in target}
        change: Document = {"PrivateNote": f"note {self.chance.randrange(9)}"}
        if entity in FORMS and self.chance.random() < 0.5:
            change["Line"] = self._sales_lines() if entity in FORMS[:5] else self._bought_lines()
        elif entity in FORMS[:5] and self.chance.random() < 0.2:
            change["CustomerRef"] = {"value": self.chance.choice(CUSTOMERS)}
        elif self.chance.random() < 0.4:
            change["TxnDate"] = self._day()
        if self.chance.random() < 0.1:
            target = {**target, "SyncToken": "7777"}
        return self.shop.sparse(entity, target, **needed, **change)

    def _full(self) -> Document:
        entity = self.chance.choice(CHANGEABLE)
        target = self._some(entity)
        keys = {"Id": target["Id"], "SyncToken": target["SyncToken"]}
        written = self.shop.update(entity, **{**self._required(entity, target), **keys})
        left = [name for name in ERASED if name in written]
        assert not left, f"a full update of {entity} left {left}"
        return written

    def _take_back(self) -> Document | None:
        entity = self.chance.choice(CHANGEABLE)
        target = self._some(entity)
        if self.chance.random() < 0.4 and "void" in facts().entities[entity].operations:
            voided = self._void(entity, target)
            return None if voided == target else voided
        self.shop.delete(entity, target)
        return None

    def _void(self, entity: str, target: Document) -> Document:
        voided = self.shop.void(entity, target)
        assert voided["TotalAmt"] == voided.get("Balance", 0) == voided.get("UnappliedAmt", 0) == 0
        assert self.shop.posted(voided, entity) == {}, "a void left postings"
        return voided

    def _do_and_undo(self) -> None:
        """Write something and take it back: nothing but versions may show that it ever was."""
        before = amounts(self.shop.books)
        ways = {
            "Payment": self._pay,
            "BillPayment": self._pay_bill,
            "Deposit": self._bank,
            "InventoryAdjustment": self._count,
            "JournalEntry": self._journal,
        }
        entity, write = self.chance.choice(list(ways.items()))
        written = write()
        if self.chance.random() < 0.3 and "void" in facts().entities[entity].operations:
            written = self._void(entity, written)
        self.shop.delete(entity, self.shop.read(entity, written["Id"]))
        assert amounts(self.shop.books) == before, f"undoing a {entity} left traces"


def _swapped(side: tuple[str, Document | None], amount: Decimal) -> tuple[str, Decimal, Document | None]:
    return side[0], amount, side[1]

"""Loading by the thousand leaves the same books as writing one by one."""

from pathlib import Path

from sandbox import bulk
from sandbox.books import Books
from sandbox.settings import SandboxSettings
from sandbox.snapshot import read_snapshot, write_snapshot
from sandbox.world import build_world
from tests.contract.sandbox_ledger_checks import amounts, check_books, check_rebuilt
from tests.unit.sandbox.sandbox_company import REALM, sales_line
from tests.unit.sandbox.sandbox_shop import Shop, bought_line, cash_line, item_line, linked_line


def write_a_month(shop: Shop) -> None:
    """Everything that depends on something else: costs, payments, credits, deposits, estimates."""
    for day in range(1, 9):
        on = {"TxnDate": f"2026-05-{day:02}"}
        estimate = shop.sale("Estimate", sales_line(40), **on)
        link = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
        invoice = shop.sale("Invoice", item_line(shop.rug, 2, 95), sales_line(40), LinkedTxn=link, **on)
        memo = shop.sale("CreditMemo", item_line(shop.rug, 1, 95), **on)
        applied = (("Invoice", invoice["Id"], 100), ("CreditMemo", memo["Id"], 95))
        payment = shop.settle("Payment", "55", 20, *applied, **on)
        shop.bank(linked_line(20, "Payment", payment["Id"]), cash_line(7), **on)
        shop.goods("Bill", bought_line(shop.rug, 1 + day % 3, 38 + day), **on)


def test_loading_ends_where_writing_one_by_one_does() -> None:
    """Only SyncTokens differ: nobody has seen the documents in between."""
    written, loaded = Shop(), Shop()
    write_a_month(written)
    with bulk.loading(loaded.books):
        write_a_month(loaded)
    assert amounts(loaded.books) == amounts(written.books)
    check_books(loaded)
    check_rebuilt(loaded)


def test_finished_documents_can_be_entered_as_they_are() -> None:
    """The way of generators and snapshots: no rules, and the same books at the end."""
    shop = Shop()
    write_a_month(shop)
    books = shop.books
    again = Books(books.realm_id, books.profile, seed=books.seed, opened_at=books.opened_at)
    again.inventory.openings.update(books.inventory.openings)
    with bulk.loading(again):
        for entity, table in books.rows.items():
            for row in table.values():
                bulk.enter(again, entity, row.document)
    assert amounts(again) == amounts(books)


def test_a_restart_keeps_the_stock_and_its_costs(tmp_path: Path) -> None:
    """What an item was opened with stands in no document, and every later cost depends on it."""
    shop = Shop()
    write_a_month(shop)
    world, restarted = build_world(SandboxSettings()), build_world(SandboxSettings())
    world.adopt(shop.books)
    write_snapshot(world, tmp_path / "sandbox.json")
    read_snapshot(restarted, tmp_path / "sandbox.json")
    again = restarted.company(REALM)
    assert amounts(again) == amounts(shop.books)
    assert again.inventory.layers(shop.rug) == shop.books.inventory.layers(shop.rug)

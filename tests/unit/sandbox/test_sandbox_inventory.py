"""Stock: first in, first out, whatever order things are entered, changed and taken back in."""

from collections import deque
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.inventory import Inventory, Movement
from tests.unit.sandbox.sandbox_company import refusal
from tests.unit.sandbox.sandbox_shop import Shop, bought_line, item_line

DAY = date(2026, 1, 1)


def test_a_sale_takes_the_oldest_cost() -> None:
    """Ten lamps at 12.50, then five at 13: twelve sold cost 10 x 12.50 + 2 x 13."""
    shop = Shop()
    shop.goods("Bill", bought_line(shop.lamp, 5, 13))
    receipt = shop.sale("SalesReceipt", item_line(shop.lamp, 12, 30))
    posted = shop.posted(receipt, "SalesReceipt")
    assert (posted[shop.cost], posted[shop.asset]) == (Decimal(151), Decimal(-151))
    assert shop.quantity(shop.lamp) == 3
    assert shop.books.inventory.layers(shop.lamp) == [(Decimal(3), Decimal(39))]


def test_deleting_a_purchase_makes_later_sales_cost_what_they_would_have() -> None:
    """The books must be as if the purchase had never been; the sale's own SyncToken stays."""
    shop = Shop()
    bill = shop.goods("Bill", bought_line(shop.rug, 2, 40), TxnDate="2026-02-01")
    shop.goods("Bill", bought_line(shop.rug, 2, 50), TxnDate="2026-03-01")
    receipt = shop.sale("SalesReceipt", item_line(shop.rug, 1, 95), TxnDate="2026-04-01")
    assert shop.posted(receipt, "SalesReceipt")[shop.cost] == 40
    shop.delete("Bill", shop.read("Bill", bill["Id"]))
    assert shop.posted(receipt, "SalesReceipt")[shop.cost] == 50
    assert shop.read("SalesReceipt", receipt["Id"])["SyncToken"] == "0"
    assert shop.quantity(shop.rug) == 1


def test_goods_sold_before_they_are_bought_take_the_next_purchase_s_cost() -> None:
    """Until then they count at the last cost known, and the asset goes below nothing."""
    shop = Shop()
    receipt = shop.sale("SalesReceipt", item_line(shop.lamp, 12, 30))
    assert (shop.quantity(shop.lamp), shop.posted(receipt, "SalesReceipt")[shop.cost]) == (Decimal(-2), Decimal(150))
    shop.goods("Bill", bought_line(shop.lamp, 3, 20))
    assert (shop.quantity(shop.lamp), shop.posted(receipt, "SalesReceipt")[shop.cost]) == (Decimal(1), Decimal(165))
    assert shop.books.ledger.account_balance(shop.asset) == 20


def test_returned_goods_come_back_at_the_last_purchase_s_cost() -> None:
    """The layers they left by are used up; the vendor publishes no better rule."""
    shop = Shop()
    memo = shop.sale("CreditMemo", item_line(shop.lamp, 2, 30))
    assert shop.posted(memo, "CreditMemo")[shop.asset] == 25
    credit = shop.goods("VendorCredit", bought_line(shop.lamp, 1, 14))
    posted = shop.posted(credit, "VendorCredit")
    assert (posted[shop.asset], posted[shop.cost]) == (Decimal("-12.50"), Decimal("-1.50"))


def test_a_count_moves_the_difference_to_its_own_account() -> None:
    """Deleting it leaves no trace in the stock."""
    shop = Shop()
    detail = {"ItemRef": {"value": shop.lamp}, "QtyDiff": -3}
    line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}
    counted = shop.create(
        "InventoryAdjustment", TxnDate="2026-11-22", AdjustAccountRef={"value": shop.shrinkage}, Line=[line]
    )
    assert shop.posted(counted, "InventoryAdjustment") == {
        shop.asset: Decimal("-37.50"),
        shop.shrinkage: Decimal("37.5"),
    }
    assert shop.quantity(shop.lamp) == 7
    shop.delete("InventoryAdjustment", counted)
    assert shop.quantity(shop.lamp) == 10


def test_an_update_does_not_change_what_is_on_hand() -> None:
    """Quantities are the ledger's: they change by transactions alone."""
    shop = Shop()
    lamp = shop.read("Item", shop.lamp)
    shop.sparse("Item", lamp, QtyOnHand=99, PurchaseCost=1)
    assert shop.quantity(shop.lamp) == 10
    assert shop.books.ledger.account_balance(shop.asset) == 125
    assert refusal(lambda: shop.sparse("Item", shop.read("Item", shop.lamp), Type="Service")).code == "6000"


def test_moving_an_item_to_another_asset_account_moves_its_stock() -> None:
    """What stock cost stands on the item's accounts, all of it, or the account would not show what is there."""
    shop = Shop()
    shop.sale("SalesReceipt", item_line(shop.lamp, 4, 30))
    other = shop.create("Account", Name="Depot", AccountType="Other Current Asset", AccountSubType="Inventory")["Id"]
    shop.sparse("Item", shop.read("Item", shop.lamp), AssetAccountRef={"value": other})
    balances = shop.books.ledger.account_balance
    assert [balances(shop.asset), balances(other)] == [Decimal(0), Decimal(75)]
    assert shop.balance("Account", other) == 75


Step = tuple[int, int, int, int]
STEPS = st.lists(st.tuples(st.integers(0, 20), st.integers(-4, 4), st.integers(1, 999), st.integers(0, 6)), max_size=30)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_any_order_of_entry_costs_the_same(steps: list[Step]) -> None:
    """Entered as it comes, changed and removed on the way, the stock is what replaying it in order makes it."""
    entered, replayed = Inventory(), Inventory()
    kept: dict[tuple[str, str], tuple[Movement, ...]] = {}
    for number, (day, quantity, cents, choice) in enumerate(steps):
        key = ("Bill", str(number % 12 if choice == 0 else number + 100))
        moved = (movement(key, day, quantity, cents),) if quantity else ()
        entered.replace(key, moved)
        kept[key] = moved
    for key in sorted(kept, key=str):
        replayed.stage(key, kept[key])
    assert entered.layers("1") == replayed.layers("1")
    assert [entered.costed(key) for key in sorted(kept)] == [replayed.costed(key) for key in sorted(kept)]
    movements = [each for moved in kept.values() for each in moved]
    assert entered.quantity("1") == sum((each.quantity for each in movements), Decimal(0))
    assert entered.value("1") == sum(
        (cost if each.quantity > 0 else -cost for key in kept for each, cost in entered.costed(key)), Decimal(0)
    )


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_costs_are_those_of_units_in_a_queue(steps: list[Step]) -> None:
    """The plainest reading of first in, first out: every unit stands in line with its own price."""
    inventory = Inventory()
    units: deque[int] = deque()
    for number, (_, quantity, price, _) in enumerate(steps):
        wanted = max(quantity, -len(units))
        key = ("Bill", str(number))
        if not wanted:
            continue
        value = Decimal(price * wanted) / 100 if wanted > 0 else None
        moved = Movement(
            item_id="1", day=DAY + timedelta(days=number), key=key, place=0, quantity=Decimal(wanted), value=value
        )
        inventory.replace(key, (moved,))
        units.extend([price] * wanted)
        spent = [units.popleft() for _ in range(-wanted)]
        if wanted < 0:
            assert inventory.costed(key) == [(moved, Decimal(sum(spent)) / 100)]
    assert inventory.value("1") == Decimal(sum(units)) / 100


def movement(key: tuple[str, str], day: int, quantity: int, cents: int) -> Movement:
    value = Decimal(cents) / 100 if quantity > 0 and cents % 3 else None
    at = DAY + timedelta(days=day)
    return Movement(item_id="1", day=at, key=key, place=0, quantity=Decimal(quantity), value=value)

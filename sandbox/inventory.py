"""What stock costs: first in, first out.

Every purchase makes a layer of units at what was paid for them; every sale uses the oldest layers up. The costs are
replayed from the movements alone, in the order of their dates, so that a late, changed or deleted purchase leaves
exactly what entering everything in order would have left.

QuickBooks keeps FIFO layers too; where its rules are not published, these are the ones here:

- On one day goods come in before they go out; after that the order is that of the ids.
- Sold before bought: the units wait, and take their cost from the next goods that come in. Until then they count at
  the last cost known.
- Returned by a customer, or found by a count: units come in at the unit cost of the last purchase before (or, failing
  that, the first one after).
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec

from sandbox.ledger import Key, in_order
from sandbox.money import ZERO, cents


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What an inventory item was opened with; its document shows only what is there now."""

    quantity: Decimal
    value: Decimal


class Movement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Units of one item coming in or going out by one line of a transaction."""

    item_id: str
    day: date
    key: Key
    place: int
    """The line's place in the transaction."""
    quantity: Decimal
    """Positive in, negative out; never zero."""
    value: Decimal | None = None
    """What was paid for goods that came in; None where the layers decide."""
    line_id: str | None = None
    counter_id: str = ""
    """The account on the other side of the cost, where the layers decide it."""

    @property
    def order(self) -> tuple[date, bool, tuple[int, str, str], int]:
        """What sorts movements into the order they are costed in."""
        return self.day, self.quantity < 0, in_order(self.key), self.place


Part = tuple[Key, int]
"""A transaction, and the place of a line in it."""


@dataclass(kw_only=True, slots=True)
class Layer:
    """Units of one purchase that are still there."""

    quantity: Decimal
    value: Decimal

    def take(self, wanted: Decimal) -> tuple[Decimal, Decimal]:
        """Take up to so many units away; answers how many and their cost, so that the last unit takes the last cent."""
        if wanted >= self.quantity:
            quantity, cost = self.quantity, self.value
        else:
            quantity, cost = wanted, cents(self.value * wanted / self.quantity)
        self.quantity -= quantity
        self.value -= cost
        return quantity, cost


@dataclass(kw_only=True, slots=True)
class Stock:
    """One item's layers after its movements so far."""

    layers: deque[Layer] = field(default_factory=deque)
    waiting: dict[Part, Decimal] = field(default_factory=dict)
    """Units sold before they were bought."""
    costs: dict[Part, Decimal] = field(default_factory=dict)
    """What each movement brought in or took out."""
    unit_cost: Decimal = ZERO
    is_priced: bool = False
    """Whether anything has been bought yet."""
    last: Movement | None = None

    def apply(self, movement: Movement) -> set[Key]:
        """Carry one movement on from where the stock stands; answers the transactions whose cost it changed."""
        self.last = movement
        part = (movement.key, movement.place)
        if movement.quantity > 0:
            return {movement.key, *self._receive(part, movement)}
        self._issue(part, -movement.quantity)
        return {movement.key}

    def _receive(self, part: Part, movement: Movement) -> set[Key]:
        value = cents(movement.quantity * self.unit_cost) if movement.value is None else movement.value
        if movement.value is not None:
            self.unit_cost, self.is_priced = movement.value / movement.quantity, True
        self.costs[part] = value
        layer = Layer(quantity=movement.quantity, value=value)
        served = self._serve(layer)
        if layer.quantity:
            self.layers.append(layer)
        return served

    def _serve(self, layer: Layer) -> set[Key]:
        """Give arriving units to those sold before."""
        served: set[Key] = set()
        while self.waiting and layer.quantity:
            part, wanted = next(iter(self.waiting.items()))
            quantity, cost = layer.take(wanted)
            self.costs[part] += cost
            served.add(part[0])
            self.waiting[part] = wanted - quantity
            if quantity == wanted:
                del self.waiting[part]
        return served

    def _issue(self, part: Part, wanted: Decimal) -> None:
        cost = ZERO
        while wanted and self.layers:
            quantity, taken = self.layers[0].take(wanted)
            wanted -= quantity
            cost += taken
            if not self.layers[0].quantity:
                self.layers.popleft()
        self.costs[part] = cost
        if wanted:
            self.waiting[part] = wanted


class Inventory:
    """The stock of every item of one company."""

    def __init__(self) -> None:
        self.openings: dict[str, Opening] = {}
        self._by_key: dict[Key, tuple[Movement, ...]] = {}
        self._by_item: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        self._stock: dict[str, Stock] = {}

    def replace(self, key: Key, movements: tuple[Movement, ...]) -> set[Key]:
        """Set what a transaction moves; answers every transaction whose cost that changed, itself among them."""
        touched = {movement.item_id for movement in movements}
        if key not in self._by_key and all(self._is_next(item, movements) for item in touched):
            self._note(key, movements)
            return {key for movement in movements for key in self._append(movement)}
        before = {item: self._costs(item) for item in touched | {m.item_id for m in self._by_key.get(key, ())}}
        self.stage(key, movements)
        changed = {key} if before else set()
        for item, costs in before.items():
            now = self._costs(item)
            changed |= {part[0] for part in costs.keys() | now.keys() if costs.get(part) != now.get(part)}
        return changed

    def stage(self, key: Key, movements: tuple[Movement, ...]) -> None:
        """Note what a transaction moves, to be costed when next asked for."""
        for movement in self._by_key.pop(key, ()):
            self._by_item[movement.item_id].pop(key, None)
            self._stock.pop(movement.item_id, None)
        for movement in movements:
            self._stock.pop(movement.item_id, None)
        self._note(key, movements)

    def costed(self, key: Key) -> list[tuple[Movement, Decimal]]:
        """Return a transaction's movements, each with the cost it brings in or takes out."""
        return [(m, self._cost(m)) for m in self._by_key.get(key, ())]

    def movements(self, item_id: str) -> list[Movement]:
        """Return every movement of an item in the order it is costed in."""
        found = [m for key in self._by_item.get(item_id, ()) for m in self._by_key[key] if m.item_id == item_id]
        return sorted(found, key=lambda movement: movement.order)

    def items(self) -> list[str]:
        """Return the items that have moved."""
        return sorted(item for item, keys in self._by_item.items() if keys)

    def moving(self) -> list[Key]:
        """Return every transaction that moves goods."""
        return list(self._by_key)

    def quantity(self, item_id: str) -> Decimal:
        """Return the units on hand; fewer than none where more was sold than bought."""
        stock = self._current(item_id)
        present = sum((layer.quantity for layer in stock.layers), ZERO)
        return present - sum(stock.waiting.values(), ZERO)

    def value(self, item_id: str) -> Decimal:
        """Return what the units on hand cost, which is what the asset account holds for them."""
        stock = self._current(item_id)
        present = sum((layer.value for layer in stock.layers), ZERO)
        return present - sum((self._provisional(stock, wanted) for wanted in stock.waiting.values()), ZERO)

    def layers(self, item_id: str) -> list[tuple[Decimal, Decimal]]:
        """Return the layers that are left, oldest first, as quantity and value."""
        return [(layer.quantity, layer.value) for layer in self._current(item_id).layers]

    def _cost(self, movement: Movement) -> Decimal:
        stock = self._current(movement.item_id)
        part = (movement.key, movement.place)
        return stock.costs[part] + self._provisional(stock, stock.waiting.get(part, ZERO))

    @staticmethod
    def _provisional(stock: Stock, wanted: Decimal) -> Decimal:
        return cents(wanted * stock.unit_cost)

    def _note(self, key: Key, movements: tuple[Movement, ...]) -> None:
        for movement in movements:
            self._by_item[movement.item_id][key] = None
        if movements:
            self._by_key[key] = movements

    def _is_next(self, item_id: str, movements: tuple[Movement, ...]) -> bool:
        """Whether a transaction only adds to an item's history, so that nothing has to be replayed."""
        stock = self._stock.get(item_id)
        mine = [movement for movement in movements if movement.item_id == item_id]
        if stock is None or stock.last is None or len(mine) > 1:
            return False
        return mine[0].order > stock.last.order and (mine[0].value is None or stock.is_priced)

    def _append(self, movement: Movement) -> set[Key]:
        stock = self._stock[movement.item_id]
        waiting = {part[0] for part in stock.waiting}
        return stock.apply(movement) | (waiting if movement.value is not None else set())

    def _costs(self, item_id: str) -> dict[Part, Decimal]:
        stock = self._current(item_id)
        costs = dict(stock.costs)
        for part, wanted in stock.waiting.items():
            costs[part] += self._provisional(stock, wanted)
        return costs

    def _current(self, item_id: str) -> Stock:
        stock = self._stock.get(item_id)
        if stock is None:
            stock = self._stock[item_id] = self._replayed(item_id)
        return stock

    def _replayed(self, item_id: str) -> Stock:
        stock = Stock()
        movements = self.movements(item_id)
        stock.unit_cost = next((m.value / m.quantity for m in movements if m.value is not None), ZERO)
        for movement in movements:
            stock.apply(movement)
        return stock

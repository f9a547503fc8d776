"""An index over one column of a table."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Values = tuple[Any, ...]


def rank(identifier: str) -> tuple[int, str]:
    """Return what ids are ordered by: their number; the few that are words, such as TAX, come first."""
    return (int(identifier) if identifier.isdecimal() else 0, identifier)


class Index:
    """Which ids hold which value, and the values in order.

    A row without a value is held under None, which is never among the ordered ones.
    """

    def __init__(self, read: Callable[[dict[str, Any]], Any]) -> None:
        self._read = read
        self._values: dict[str, Values] = {}
        self._ids: dict[Any, list[str]] = {}
        self._ordered: list[Any] = []
        self._is_sorted = True

    def put(self, identifier: str, document: dict[str, Any]) -> None:
        """Enter a row, or enter it anew."""
        value = self._read(document)
        values = value if isinstance(value, tuple) else (value,)
        former = self._values.get(identifier)
        if former == values:
            return
        if former is not None:
            self._forget(identifier, former)
        self._values[identifier] = values
        for each in dict.fromkeys(values):
            self._enter(identifier, each)

    def drop(self, identifier: str) -> None:
        """Take a row out."""
        former = self._values.pop(identifier, None)
        if former is not None:
            self._forget(identifier, former)

    def value(self, identifier: str) -> Any:
        """Return a row's value; the first where it has several."""
        values = self._values[identifier]
        return values[0] if values else None

    def values(self) -> list[Any]:
        """Return every value there is, in order, without None."""
        self._sort()
        return self._ordered

    def ids_of(self, values: Iterable[Any]) -> set[str]:
        """Return the rows that hold any of some values."""
        found: set[str] = set()
        for value in values:
            found.update(self._ids.get(value, ()))
        return found

    def compared(self, operator: str, wanted: Any) -> list[Any]:
        """Return the values that stand in a relation (`<`, `<=`, `>`, `>=`) to a wanted one."""
        values = self.values()
        if operator == "<":
            return values[: bisect_left(values, wanted)]
        if operator == "<=":
            return values[: bisect_right(values, wanted)]
        if operator == ">":
            return values[bisect_right(values, wanted) :]
        return values[bisect_left(values, wanted) :]

    def in_order(self, *, descending: bool) -> Iterator[str]:
        """Yield every id by value; equal values by id, rows without a value before all (after all, descending)."""
        if descending:
            for value in reversed(self.values()):
                yield from self._ids[value]
            yield from self._ids.get(None, ())
        else:
            yield from self._ids.get(None, ())
            for value in self.values():
                yield from self._ids[value]

    def _enter(self, identifier: str, value: Any) -> None:
        ids = self._ids.get(value)
        if ids is None:
            self._ids[value] = [identifier]
            if value is not None:
                # Sorted when next needed: one sort after a bulk load instead of an insertion for each value.
                self._is_sorted = self._is_sorted and (not self._ordered or self._ordered[-1] < value)
                self._ordered.append(value)
        elif rank(ids[-1]) < rank(identifier):
            ids.append(identifier)
        else:
            insort(ids, identifier, key=rank)

    def _forget(self, identifier: str, values: Values) -> None:
        for value in dict.fromkeys(values):
            ids = self._ids[value]
            del ids[bisect_left(ids, rank(identifier), key=rank)]
            if not ids:
                del self._ids[value]
                if value is not None:
                    self._sort()
                    del self._ordered[bisect_left(self._ordered, value)]

    def _sort(self) -> None:
        if not self._is_sorted:
            # Nearly sorted already, which is what Python's sort is quickest at.
            self._ordered.sort()
            self._is_sorted = True

"""Tables and indexes: the quick way must find what the slow way finds."""

import operator
import random
from decimal import Decimal

import pytest

from sandbox.facts import facts
from sandbox.query_parse import parse
from sandbox.query_run import run
from sandbox.table import Row, Table
from sandbox.wire import encode
from tests.unit.sandbox.sandbox_company import Company

COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def naive(values: dict[str, Decimal | None], sign: str, wanted: Decimal) -> set[str]:
    compare = COMPARE[sign]
    return {identifier for identifier, value in values.items() if value is not None and compare(value, wanted)}


@pytest.mark.parametrize("number", range(5))
def test_an_index_says_the_same_as_a_scan_after_any_changes(number: int) -> None:
    """Rows come, change, lose their value and go, in any order, some of them kept as text."""
    chance = random.Random(number)
    table = Table()
    values: dict[str, Decimal | None] = {}
    index = table.index("Amount", lambda document: document.get("Amount"))
    for _ in range(600):
        identifier = str(chance.randrange(1, 80))
        if chance.random() < 0.25 and identifier in table:
            del table[identifier]
            del values[identifier]
            continue
        value = None if chance.random() < 0.2 else Decimal(chance.randrange(10))
        document = {"Id": identifier} | ({} if value is None else {"Amount": value})
        table[identifier] = Row(document) if chance.random() < 0.5 else Row(encoded=encode(document))
        values[identifier] = value
    assert table.ids == sorted(values, key=int)
    for wanted in map(Decimal, range(-1, 11)):
        assert index.ids_of((wanted,)) == {each for each, value in values.items() if value == wanted}
        for sign in COMPARE:
            assert index.ids_of(index.compared(sign, wanted)) == naive(values, sign, wanted)
    for descending in (False, True):
        by_value = sorted(values, key=int)
        by_value.sort(key=lambda each: (values[each] is not None, values[each] or 0), reverse=descending)
        assert list(index.in_order(descending=descending)) == by_value


def test_an_index_built_late_says_the_same_as_one_kept_from_the_start() -> None:
    """The first query of a column builds its index from the text of the rows."""
    early, late = Table(), Table()
    early.index("MetaData.At", lambda document: document["MetaData"]["At"])
    for number in range(1, 40):
        document = {"Id": str(number), "MetaData": {"At": f"2026-01-{number % 7 + 1:02}"}, "Other": [1, {"a": 2}]}
        early[str(number)] = Row(document)
        late[str(number)] = Row(encoded=encode(document))
    built = late.index("MetaData.At", lambda document: document["MetaData"]["At"])
    kept = early.index("MetaData.At", lambda document: document["MetaData"]["At"])
    assert list(built.in_order(descending=False)) == list(kept.in_order(descending=False))


def test_a_query_finds_what_was_written_since_its_index_was_made() -> None:
    """An index that falls behind would hide the invoice a client has just made."""
    company = Company()
    query = "SELECT * FROM Invoice WHERE Balance = '4321.99'"
    assert company.ids(query) == []
    invoice = company.invoice("4321.99")
    assert company.ids(query) == [invoice["Id"]]
    company.delete("Invoice", invoice)
    assert company.ids(query) == []


def test_a_stale_read_shows_the_state_before_the_last_change_and_leaves_no_trace() -> None:
    """A client that reads its own write too early must be testable, and the books must not suffer from it."""
    company = Company()
    invoice = company.invoice(100)
    payment = company.pay(invoice, 40)
    invoices = facts().entities["Invoice"]
    with company.books.as_before():
        assert company.books.get(invoices, invoice["Id"]).document["Balance"] == 100
        assert company.books.find("Payment", payment["Id"]) is None
        assert company.ids(f"SELECT * FROM Payment WHERE Id = '{payment['Id']}'") == []
    assert company.balance("Invoice", invoice["Id"]) == 60
    assert company.ids(f"SELECT * FROM Payment WHERE Id = '{payment['Id']}'") == [payment["Id"]]


def test_a_value_that_is_no_number_is_refused_and_not_compared() -> None:
    """NaN compares with nothing, so it would come out as a failure of the sandbox's own."""
    company = Company()
    with pytest.raises(Exception, match="4001"):
        run(company.books, parse("SELECT * FROM Invoice WHERE Balance > 'NaN'"), company.now)

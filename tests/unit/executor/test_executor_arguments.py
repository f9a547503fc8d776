"""Checking arguments, and saying what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.arguments import MAX_DEPTH, check_arguments
from services.executor.errors import ArgumentsInvalid
from services.executor.plan import plan_request
from tests.unit.executor.executor_fakes import CREATE, GET, LIST, NEW_INVOICE, REALM

ANYTHING = replace(CREATE, input_schema_json=b'{"type":"object"}')


def violations(arguments: bytes, operation: Any = CREATE) -> dict[str, str]:
    """What is wrong, by field."""
    with pytest.raises(ArgumentsInvalid) as caught:
        check_arguments(operation, arguments)
    return {violation.field: violation.description for violation in caught.value.violations}


def test_numbers_keep_the_digits_they_were_written_with() -> None:
    """100.00 is an amount; 100.0 or 99.99999 would be another text in the books' history."""
    checked = check_arguments(CREATE, NEW_INVOICE)
    assert str(checked["Line"][0]["Amount"]) == "100.00"


@pytest.mark.parametrize(
    ("arguments", "field", "description"),
    [
        (b'{"CustomerRef":{"value":"1"}}', "Line", "required; expected an array"),
        (
            b'{"Line":[{"Amount":1,"DetailType":"DescriptionOnly"}]}',
            "CustomerRef",
            "required; expected an object with value",
        ),
        (
            NEW_INVOICE.replace(b"100.00", b'"100.00"'),
            "Line[0].Amount",
            'expected a number, got "100.00"',
        ),
        (
            NEW_INVOICE.replace(b'"Amount"', b'"Amonut"'),
            "Line[0].Amonut",
            "no such property; did you mean `Amount`?",
        ),
        (
            NEW_INVOICE.replace(b'"CustomerRef"', b'"customerref"'),
            "customerref",
            "no such property; did you mean `CustomerRef`?",
        ),
        (
            NEW_INVOICE.replace(b'"DescriptionOnly"', b'"Other"'),
            "Line[0].DetailType",
            'expected one of "SalesItemLineDetail", "DescriptionOnly", got "Other"',
        ),
        (
            NEW_INVOICE.replace(b"}]}", b'}],"DueDate":"1 May"}'),
            "DueDate",
            'expected a date as YYYY-MM-DD, got "1 May"',
        ),
        (
            NEW_INVOICE.replace(b"}]}", b'}],"DocNumber":"0123456789012345678901"}'),
            "DocNumber",
            "expected at most 21 characters, got 22",
        ),
        (b'{"CustomerRef":{"value":"1"},"Line":[]}', "Line", "expected a list of at least 1, got 0"),
    ],
)
def test_each_mistake_names_its_field_and_what_was_expected(arguments: bytes, field: str, description: str) -> None:
    """A model that is told the path, the expectation and what it sent gets the next try right."""
    assert violations(arguments)[field] == description


def test_an_unlike_name_is_answered_with_the_names_there_are() -> None:
    """With nothing close to suggest, the whole choice is the best help."""
    assert violations(b'{"zzz":1}', LIST) == {"zzz": "no such property; expected one of query, limit, cursor"}


def test_a_pattern_and_a_range_are_explained() -> None:
    """Ids and limits are what models get wrong most."""
    assert violations(b'{"id":"INV-102"}', GET) == {"id": 'expected text like ^[0-9]{1,20}$, got "INV-102"'}
    assert violations(b'{"id":102}', GET) == {"id": "expected text like ^[0-9]{1,20}$, got 102"}
    assert "1000" in violations(b'{"limit":5000}', LIST)["limit"]


@pytest.mark.parametrize(
    "arguments",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{} {}",
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_not_a_json_object_is_refused_whole(arguments: bytes) -> None:
    """The field is then the arguments themselves."""
    assert set(violations(arguments)) == {"arguments"}


def test_members_given_twice_are_refused_by_name() -> None:
    """Parsers keep the last one: the reader of a log and QuickBooks would see different amounts."""
    twice = NEW_INVOICE.replace(b'"Amount":100.00', b'"Amount":100.00,"Amount":1.00')
    assert violations(twice) == {"Amount": "given twice in one object; give it once"}


def test_colons_inside_text_are_not_members() -> None:
    """The check for members given twice counts colons; those of text must not mislead it."""
    text = NEW_INVOICE.replace(b"}]}", b'}],"DocNumber":"a:b\\":\\\\"}')
    assert check_arguments(CREATE, text)["DocNumber"] == 'a:b":\\'


@pytest.mark.parametrize("nesting", [MAX_DEPTH, 5_000, 500_000])
def test_endless_nesting_is_refused_before_it_hurts(nesting: int) -> None:
    """A megabyte of brackets must cost a violation, not the process."""
    arguments = b'{"a":' + b"[" * nesting + b"]" * nesting + b"}"
    assert "64 levels" in violations(arguments, ANYTHING)["arguments"]


@pytest.mark.parametrize("number", ["1e400", "1e-400", "1" * 31, "0." + "1" * 40])
def test_endless_numbers_are_refused(number: str) -> None:
    """An exponent of a few bytes can mean a gigabyte of zeros to whoever writes it out."""
    assert "30 digits" in violations(b'{"a":{"b":[' + number.encode() + b"]}}", ANYTHING)["a.b[0]"]
    assert violations(b'{"a":' + b"1" * 5000 + b"}", ANYTHING)


AMOUNTS = st.decimals(min_value=Decimal(-(10**13)), max_value=Decimal(10**13), places=2, allow_nan=False)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | AMOUNTS | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["CustomerRef", "Line", "DocNumber", "TotalAmt"]), VALUES))
def test_arguments_reach_the_body_with_every_digit(arguments: dict[str, Any]) -> None:
    """From the client's bytes to QuickBooks' bytes no number passes through a float."""
    written = msgspec.json.Encoder(decimal_format="number").encode(arguments)
    planned = plan_request(ANYTHING, check_arguments(ANYTHING, written), REALM)
    if arguments:
        assert planned.body == written


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_at_all_cause_anything_but_a_violation(arguments: bytes) -> None:
    """Anything may arrive; the answer is arguments or a complaint about them."""
    try:
        check_arguments(CREATE, arguments)
    except ArgumentsInvalid as error:
        assert error.violations

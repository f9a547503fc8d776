"""Which tools a filter leaves, against a model of the rule in ten lines."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.grants import Scope
from services.registry.catalog import build_catalog
from services.registry.filters import select
from services.registry.model import Effect, Entry, Operation, ResultShape, Tool

METHODS = ("list", "get", "create", "update", "delete", "void", "send")
TAGS = ("accounting", "crm", "destructive", "sales")

methods = st.sampled_from(METHODS)
tags = st.lists(st.sampled_from(TAGS), max_size=3).map(lambda found: tuple(sorted(set(found))))
scopes = st.builds(
    lambda opened, tagged: Scope(methods=tuple(opened), tags=tagged),
    st.lists(st.sampled_from((*METHODS, "read", "write", "custom", "unheard_of")), min_size=1, max_size=4),
    st.lists(st.sampled_from((*TAGS, "unheard_of")), max_size=3).map(tuple),
)


def entry(number: int, method: str, carried: tuple[str, ...]) -> Entry:
    """A tool that has nothing but what filters look at."""
    tool = Tool(
        tool_id=f"tool_{number}",
        title="Tool",
        description="Something to filter.",
        method=method,
        tags=carried,
        effect=Effect.READ,
        is_idempotent=True,
        is_open_world=False,
        input_schema_json=b"{}",
        detail_schema_json=b"{}",
        output_schema_json=b"{}",
    )
    operation = Operation(
        entity="Thing",
        http_method="GET",
        path_template="thing",
        fixed_query={},
        fixed_body_json=b"",
        placements=(),
        result_shape=ResultShape.RECORD,
        takes_request_id=False,
    )
    return Entry(tool=tool, operation=operation)


entries = st.lists(st.tuples(methods, tags), max_size=12).map(
    lambda found: [entry(number, method, carried) for number, (method, carried) in enumerate(found)]
)


def model(method: str, carried: tuple[str, ...], scope: Scope) -> bool:
    """The rule as the seed article words it."""
    opened = set(scope.methods)
    if "read" in opened:
        opened |= {"list", "get"}
    if "write" in opened:
        opened |= {"create", "update", "delete"}
    if "custom" in opened:
        opened |= set(METHODS) - {"list", "get", "create", "update", "delete"}
    return method in opened and (not scope.tags or bool(set(scope.tags) & set(carried)))


@settings(max_examples=200, deadline=None)
@given(entries, scopes)
def test_a_filter_leaves_exactly_what_the_rule_says(found: list[Entry], scope: Scope) -> None:
    """A tool too many is a breach, a tool too few a support call."""
    expected = [e.tool.tool_id for e in found if model(e.tool.method, e.tool.tags, scope)]
    assert [e.tool.tool_id for e in select(found, scope)] == expected


@settings(max_examples=100, deadline=None)
@given(entries, scopes, st.integers(1, 5))
def test_pages_put_together_are_the_whole_listing(found: list[Entry], scope: Scope, size: int) -> None:
    """Paging must neither skip nor repeat, whatever the size."""
    catalog = build_catalog(found)
    pages: list[Entry] = []
    token = ""
    while True:
        page = catalog.list(scope, size, token)
        pages.extend(page.entries)
        assert len(page.entries) <= size
        token = page.next_page_token
        if not token:
            break
    assert tuple(pages) == select(found, scope)

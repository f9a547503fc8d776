"""What the catalog costs: tokens that a model reads, and time to build.

Run as `python -m bench.catalog`. Tokens are those of the o200k tokenizer when `rs_bpe` can be imported; otherwise
characters are counted and four are taken for a token, which is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import msgspec

from chassis.grants import Scope
from services.registry.catalog import Catalog
from services.registry.loader import CATALOG_ROOT, load_catalog
from services.registry.model import Effect, Entry

Count = Callable[[str], int]


def main() -> None:
    """Print one line a figure, beside the limit that it must keep."""
    count, unit = counter()
    started = time.perf_counter()
    catalog = load_catalog(CATALOG_ROOT / "quickbooks")
    built = time.perf_counter() - started
    costs = {entry.tool.tool_id: count(seen(entry)) for entry in catalog.entries}
    whole, read = sum(costs.values()), sum(costs[entry.tool.tool_id] for entry in reads(catalog))
    results = [count(entry.tool.output_schema_json.decode()) for entry in catalog.entries]
    details = [count(entry.tool.detail_schema_json.decode()) for entry in catalog.entries]
    dearest = max(costs, key=lambda name: costs[name])
    print(f"counted in              {unit}")
    print(f"built in                {built * 1000:.0f} ms (limit 1,000)")
    print(f"tools                   {len(costs)}")
    print(f"whole catalog           {whole:,}")
    print(f"a tool on average       {whole / len(costs):.1f} (limit 120)")
    print(f"the dearest             {costs[dearest]} (limit 450): {dearest}")
    print(f"a read-only server      {read:,}, {read / whole:.1%} of the whole (limit 40%)")
    print(f"output schemas apart    {mean(results):.1f} on average (limit 60)")
    print(f"input schemas in detail {mean(details):.1f} on average, {max(details)} at most")
    for method in catalog.methods:
        those = [costs[e.tool.tool_id] for e in catalog.entries if e.tool.method == method]
        print(f"  {method:<12} {len(those):>4} tools, {mean(those):>6.1f} on average")


def counter() -> tuple[Count, str]:
    """How tokens are counted, and a name for it."""
    try:
        tokenizer: Any = import_module("rs_bpe.bpe").openai.o200k_base()
    except ImportError:
        return lambda text: round(len(text) / 4), "characters / 4 (install rs-bpe for tokens)"
    return tokenizer.count, "o200k tokens"


def seen(entry: Entry) -> str:
    """A tool as a model sees it: compact JSON without its output schema."""
    tool = entry.tool
    listed = {
        "name": tool.tool_id,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": msgspec.Raw(tool.input_schema_json),
        "annotations": {
            "readOnlyHint": tool.effect is Effect.READ,
            "destructiveHint": tool.effect is Effect.DESTROY,
            "idempotentHint": tool.is_idempotent,
            "openWorldHint": tool.is_open_world,
        },
    }
    return msgspec.json.encode(listed).decode()


def reads(catalog: Catalog) -> Iterable[Entry]:
    """The tools of a server with `methods: [read]`."""
    return catalog.list(Scope(methods=("read",))).entries


def mean(numbers: list[int]) -> float:
    """The arithmetic mean."""
    return sum(numbers) / len(numbers)


if __name__ == "__main__":
    main()

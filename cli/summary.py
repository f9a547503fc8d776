"""What `daybook up` tells the person once the mesh is up. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cli.first_run import FirstCall


def summary(state: Mapping[str, Any], first: FirstCall, ready_after: float) -> str:
    """The addresses, and the first real answer."""
    lines = [
        "",
        f"Daybook is up ({len(state['rooms'])} rooms ready in {ready_after:.1f} s).",
        "",
        f"  MCP URL   {state['mcp_url']}",
        f"  Console   {state['console_url']}   API token in {state['api_token_file']}",
        f"  Sandbox   {state['sandbox_url']}",
        "",
        f"  First call: {first.tool}, {first.seconds * 1000:.0f} ms with connecting",
        f"    {first.arguments['query']}",
        *_rows(first.answer.text),
        "",
        "The MCP URL is a secret: whoever has it can work in the sandbox company. Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def _rows(text: str) -> list[str]:
    """The invoices of the answer, one a line; any other answer as it is."""
    try:
        invoices = json.loads(text, parse_float=Decimal)["result"]
        return [f"    {_row(invoice)}" for invoice in invoices] or ["    no unpaid invoice"]
    except (ValueError, KeyError, TypeError):
        return [f"    {line}" for line in text.splitlines()[:10]]


def _row(invoice: Mapping[str, Any]) -> str:
    customer = invoice.get("CustomerRef", {}).get("name", "")
    balance = Decimal(invoice.get("Balance", 0))
    number = invoice.get("DocNumber") or invoice.get("Id", "")
    return f"{number:<10} {customer:<32.32} {balance:>14,.2f}  due {invoice.get('DueDate', '')}"

"""What makes a write safe to repeat: the wish behind it is remembered before it is sent.

A model repeats a call that it heard nothing of, and a client repeats one that timed out. QuickBooks writes once for
each `requestid`, so all repeats of one wish must carry the same one. The wish is named by the caller's idempotency key,
or else by the MCP server, the tool and the arguments.

    nothing ──begin──► pending ──settle──► done (kept ten minutes, or a day under a key)
       ▲                  │
       └──────drop────────┘  only when QuickBooks itself refused the write

Every other failure leaves the intent pending: it is not known whether the write happened, and a repeat finds out.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Context, Decimal
from typing import Any

import msgspec

from chassis.errors import FieldViolation, RequestInvalid
from services.executor.errors import (
    JournalUnavailable,
    QuickbooksDuplicate,
    QuickbooksNotFound,
    QuickbooksStaleObject,
    QuickbooksValidation,
)
from services.executor.model import Arguments, Intent, Operation, ToolCall
from services.executor.ports import IntentStore

REMEMBERED = timedelta(minutes=10)
"""A done write without a key: long enough for a model's second thoughts, short enough for a real second wish."""

REMEMBERED_BY_KEY = timedelta(hours=24)
"""A done write with a key: whoever gives keys expects them to hold for a day."""

# QuickBooks answered, so its own books say that the write did not happen. Not so for 429, 403 or 5xx: a gateway in
# front of QuickBooks says those, and they tell nothing of an earlier try whose answer was lost.
_REFUSALS = (QuickbooksValidation, QuickbooksStaleObject, QuickbooksDuplicate, QuickbooksNotFound)

# Wide enough for every number that arguments may hold (arguments.MAX_DIGITS).
_EXACT = Context(prec=64)

_encode = msgspec.json.Encoder(decimal_format="number", order="sorted").encode

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class HeldIntent:
    """The intent of the call at hand."""

    request_id: str = ""
    """Empty for what needs none: reads, and writes that QuickBooks takes no request id for."""
    is_repeat: bool = False
    """Known once the call is through: the write had been done before."""


class Intents:
    """Holds a call's intent while it is carried out."""

    def __init__(self, store: IntentStore) -> None:
        self._store = store

    @asynccontextmanager
    async def hold(self, call: ToolCall, operation: Operation, arguments: Arguments) -> AsyncIterator[HeldIntent]:
        """Remember the intent, then settle it by what comes of the work inside. Reads pass without a trace.

        Raises:
            JournalUnavailable: the intent could not be remembered; the work inside did not begin.
            RequestInvalid: the idempotency key belongs to another call.
        """
        if not operation.takes_request_id:
            yield HeldIntent()
            return
        intent = await self._begin(propose(call, arguments))
        held = HeldIntent(request_id=intent.request_id, is_repeat=intent.is_done)
        try:
            yield held
        except _REFUSALS:
            await self._drop(intent)
            raise
        if not intent.is_done:
            held.is_repeat = await self._settle(intent)

    async def _begin(self, proposed: Intent) -> Intent:
        found = await self._store.begin(proposed)
        if found.content != proposed.content:
            description = "was used for another call; give each intent a key of its own, or repeat the call unchanged"
            raise RequestInvalid(FieldViolation(field="idempotency_key", description=description))
        return found

    # Past this point the outcome is known and the caller must hear it, whatever the store says. An intent that could
    # not be settled stays pending, which is safe: a repeat carries the same request id.

    async def _settle(self, intent: Intent) -> bool:
        try:
            return await self._store.settle(intent)
        except JournalUnavailable:
            log.warning("an intent could not be marked done", extra={"request_id_sent": intent.request_id})
            return False

    async def _drop(self, intent: Intent) -> None:
        try:
            await self._store.drop(intent)
        except JournalUnavailable:
            log.warning("a refused intent could not be dropped", extra={"request_id_sent": intent.request_id})


def propose(call: ToolCall, arguments: Arguments) -> Intent:
    """The intent of a call that nobody has made before."""
    content = _digest(call.tool_id, _encode(_canonical(arguments)).decode())
    server, key = call.grant.mcp_server, call.idempotency_key
    if key:
        # Derived, not drawn: should the store lose its memory, the same key still means the same request to QuickBooks.
        name, request_id, remembered = _digest("key", server, key), _digest(server, key)[:32], REMEMBERED_BY_KEY
    else:
        name, request_id, remembered = _digest("content", server, content), secrets.token_hex(16), REMEMBERED
    return Intent(key=name, request_id=request_id, content=content, remembered_for=remembered)


def _canonical(value: Any) -> Any:
    """The same for the same meaning: 100, 100.0 and 1E2 are one amount."""
    if isinstance(value, dict):
        return {name: _canonical(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _EXACT.normalize(Decimal(value))
    return value


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

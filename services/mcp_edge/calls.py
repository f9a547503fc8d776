"""Tool calls: the caller's set, one hop to the executor, and an answer the model can use."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from chassis import deadlines
from chassis.errors import MeshError
from services.mcp_edge import jsonrpc
from services.mcp_edge.errors import ClientGone, Internal, ParamsInvalid, ProtocolError
from services.mcp_edge.handlers import Answer, Call
from services.mcp_edge.http import Receive, until_gone
from services.mcp_edge.model import Effect, Era, ToolCall, ToolOutcome
from services.mcp_edge.observe import Observed
from services.mcp_edge.ports import Executor
from services.mcp_edge.render import call_error, call_result
from services.mcp_edge.tool_sets import ToolSets
from services.mcp_edge.translate import ToolFailure, failure_of_call, tool_unknown

IDEMPOTENCY_KEY_META = "daybook/idempotency_key"
"""Member of `_meta` by which a client names the intent of a write, so that a repeat writes once."""

_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


class ToolCaller:
    """Answers `tools/call`."""

    def __init__(self, tool_sets: ToolSets, executor: Executor, timeout: timedelta) -> None:
        self._tool_sets = tool_sets
        self._executor = executor
        self._timeout = timeout

    async def __call__(self, call: Call, observed: Observed) -> Answer:
        """Run one call and answer with its result, or with an error that the model can act on.

        Raises:
            ProtocolError: no such tool, bad parameters, or a fault of ours.
            TokenUnknown: the server was revoked meanwhile.
            ClientGone: a modern client hung up on a read.
        """
        tool_call = _tool_call(call)
        try:
            effect = await self._effect(call, tool_call.tool)
        except MeshError as error:
            return _failed(error, Effect.DESTROY, call.era, observed, was_sent=False)
        observed.name_tool(tool_call.tool)
        try:
            with deadlines.limit(self._timeout):
                outcome = await _unless_gone(self._execute(call, tool_call), call, effect)
        except MeshError as error:
            return _failed(error, effect, call.era, observed, was_sent=True)
        if outcome.is_repeat:
            observed.outcome = "repeat"
        return Answer(result=call_result(outcome, call.era))

    async def _effect(self, call: Call, tool: str) -> Effect:
        tools = await self._tool_sets.find(call.caller.grant)
        effect = tools.effects.get(tool)
        if effect is None:
            raise tool_unknown()
        return effect

    async def _execute(self, call: Call, tool_call: ToolCall) -> ToolOutcome:
        try:
            return await self._executor.execute(call.caller.grant, tool_call)
        except MeshError as error:
            if error.reason != "GRANT_INVALID":
                raise
            refused = error
        # Auth changed its keys, or the server, since the exchange. The executor checks the grant before anything else,
        # so nothing has happened yet and the call may be made again.
        try:
            grant = await call.caller.renew()
        except MeshError:
            raise refused from None
        return await self._executor.execute(grant, tool_call)


def _tool_call(call: Call) -> ToolCall:
    params = call.request.params or {}
    return ToolCall(
        tool=params["name"],
        arguments_json=jsonrpc.arguments_json(call.body),
        idempotency_key=_idempotency_key(params.get("_meta")),
    )


def _idempotency_key(meta: Any) -> str:
    key = meta.get(IDEMPOTENCY_KEY_META) if isinstance(meta, dict) else None
    if key is None:
        return ""
    if not isinstance(key, str) or _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise ParamsInvalid(
            f'Invalid params: _meta["{IDEMPOTENCY_KEY_META}"] must be 8 to 64 characters of A-Z a-z 0-9 _ . : -'
        )
    return key


async def _unless_gone(work: Coroutine[Any, Any, ToolOutcome], call: Call, effect: Effect) -> ToolOutcome:
    """Give a read up when a modern client hangs up: that is how it cancels.

    Writes go on, so that none is torn half-way; in the legacy era a dropped connection means nothing.
    """
    if effect is not Effect.READ or call.era is Era.LEGACY:
        return await work
    return await _race(work, call.receive)


async def _race(work: Coroutine[Any, Any, ToolOutcome], receive: Receive) -> ToolOutcome:
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(until_gone(receive))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone()
    finally:
        working.cancel()
        gone.cancel()


def _failed(error: MeshError, effect: Effect, era: Era, observed: Observed, *, was_sent: bool) -> Answer:
    failure = failure_of_call(error, effect, was_sent=was_sent)
    if isinstance(failure, ProtocolError):
        raise failure from error
    if not isinstance(failure, ToolFailure):
        raise Internal(error.metadata.get("incident") or secrets.token_hex(6)) from error
    observed.fail("tool_error", reason=error.reason)
    return Answer(result=call_error(failure.text, failure.error, era), headers=failure.headers)

"""Tool calls: the caller's set, one hop to the executor, and an answer the model can use."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from chassis.errors import MeshError
from services.mcp_edge import jsonrpc, own_arguments
from services.mcp_edge.discovery import Discovery, unknown_text
from services.mcp_edge.errors import ArgumentsRefused, ClientGone, Internal, ParamsInvalid, ProtocolError
from services.mcp_edge.handlers import Answer, Call
from services.mcp_edge.http import Receive, until_gone
from services.mcp_edge.knowledge import Knowledge
from services.mcp_edge.model import Effect, Era, Exposure, ToolCall, ToolSet
from services.mcp_edge.observe import Observed
from services.mcp_edge.own_tools import CALL_TOOL, FETCH, GET_TOOL_SCHEMA, SEARCH, SEARCH_TOOLS
from services.mcp_edge.render import call_error, call_result, own_result
from services.mcp_edge.runner import Runner
from services.mcp_edge.tool_sets import ToolSets
from services.mcp_edge.translate import (
    ToolFailure,
    failure_of_arguments,
    failure_of_call,
    tool_not_listed,
    tool_unknown,
)

IDEMPOTENCY_KEY_META = "daybook/idempotency_key"
"""Member of `_meta` by which a client names the intent of a write, so that a repeat writes once."""

Outcome = TypeVar("Outcome")

_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


class ToolCaller:
    """Answers `tools/call`."""

    def __init__(self, tool_sets: ToolSets, runner: Runner, discovery: Discovery, knowledge: Knowledge) -> None:
        self._tool_sets = tool_sets
        self._runner = runner
        self._discovery = discovery
        self._knowledge = knowledge

    async def __call__(self, call: Call, observed: Observed) -> Answer:
        """Run one call and answer with its result, or with an error that the model can act on.

        Raises:
            ProtocolError: no such tool, bad parameters, or a fault of ours.
            TokenUnknown: the server was revoked meanwhile.
            ClientGone: a modern client hung up on a read.
        """
        tool_call = _tool_call(call)
        try:
            tools = await self._tool_sets.find(call.caller.grant)
        except MeshError as error:
            return _failed(error, Effect.DESTROY, call.era, observed, was_sent=False)
        try:
            return await self._answer(call, tool_call, tools, observed)
        except ArgumentsRefused as refused:
            return _refused(refused, call.era, observed)

    async def _answer(self, call: Call, tool_call: ToolCall, tools: ToolSet, observed: Observed) -> Answer:
        """Tell the edge's own tools from the catalog's; what a server does not list, it does not take by name."""
        grant, name = call.caller.grant, tool_call.tool
        if tools.sources and name in (SEARCH, FETCH):
            work = self._knowledge.answer(call, name, tool_call.arguments_json, tools.sources)
            return await _own(work, call, name, observed)
        if grant.exposure is not Exposure.DISCOVERY:
            return await self._run(call, tool_call, tools, observed)
        if name in (SEARCH_TOOLS, GET_TOOL_SCHEMA):
            work = self._discovery.answer(call, name, tool_call.arguments_json, tools)
            return await _own(work, call, name, observed)
        if name != CALL_TOOL:
            raise tool_not_listed()
        inner = own_arguments.read_call(tool_call.arguments_json)
        if inner.tool not in tools.effects:
            raise ArgumentsRefused("tool_name", unknown_text(inner.tool, tools))
        inner_call = replace(tool_call, tool=inner.tool, arguments_json=inner.arguments_json)
        return await self._run(call, inner_call, tools, observed)

    async def _run(self, call: Call, tool_call: ToolCall, tools: ToolSet, observed: Observed) -> Answer:
        """Run a tool of the catalog."""
        effect = tools.effects.get(tool_call.tool)
        if effect is None:
            raise tool_unknown()
        observed.name_tool(tool_call.tool)
        try:
            outcome = await _unless_gone(self._runner.run(call, tool_call), call, effect)
        except MeshError as error:
            return _failed(error, effect, call.era, observed, was_sent=True)
        if outcome.is_repeat:
            observed.outcome = "repeat"
        return Answer(result=call_result(outcome, call.era))


async def _own(work: Coroutine[Any, Any, Any], call: Call, name: str, observed: Observed) -> Answer:
    """Answer with the result of one of the edge's own tools; all of them read."""
    observed.name_tool(name)
    try:
        result = await _unless_gone(work, call, Effect.READ)
    except MeshError as error:
        return _failed(error, Effect.READ, call.era, observed, was_sent=True)
    return Answer(result=own_result(result, call.era))


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


async def _unless_gone(work: Coroutine[Any, Any, Outcome], call: Call, effect: Effect) -> Outcome:
    """Give a read up when a modern client hangs up: that is how it cancels.

    Writes go on, so that none is torn half-way; in the legacy era a dropped connection means nothing.
    """
    if effect is not Effect.READ or call.era is Era.LEGACY:
        return await work
    return await _race(work, call.receive)


async def _race(work: Coroutine[Any, Any, Outcome], receive: Receive) -> Outcome:
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


def _refused(error: ArgumentsRefused, era: Era, observed: Observed) -> Answer:
    failure = failure_of_arguments(error)
    observed.fail("tool_error", reason=error.reason)
    return Answer(result=call_error(failure.text, failure.error, era))

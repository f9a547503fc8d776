"""The methods of MCP that the edge has, by era, and how each is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from chassis.errors import MeshError
from services.mcp_edge import eras, render
from services.mcp_edge.errors import ParamsInvalid, ToolListUnavailable
from services.mcp_edge.http import Receive
from services.mcp_edge.jsonrpc import Request
from services.mcp_edge.model import Era, Exposure, ServerGrant
from services.mcp_edge.observe import Observed
from services.mcp_edge.tool_sets import ToolSets


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is calling: the grant behind the URL's token."""

    grant: ServerGrant
    renew: Callable[[], Awaitable[ServerGrant]]
    """Exchanges the token anew, when another room refused the grant."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One checked request with all that its handler may need."""

    era: Era
    request: Request
    body: bytes
    """The request as it came, for parts that are passed on untouched."""
    caller: Caller
    receive: Receive
    """Tells when the client hangs up."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The result of a request, a JSON object."""

    result: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


Handler = Callable[[Call, Observed], Awaitable[Answer]]
MethodTable = Mapping[tuple[Era, str], Handler]


def method_table(tool_sets: ToolSets, call_tool: Handler) -> MethodTable:
    """Every method that is answered. What is missing here is "method not found"."""

    async def list_tools(call: Call, observed: Observed) -> Answer:
        return await _list_tools(tool_sets, call)

    return {
        (Era.LEGACY, "initialize"): _initialize,
        (Era.LEGACY, "ping"): _ping,
        (Era.LEGACY, "tools/list"): list_tools,
        (Era.LEGACY, "tools/call"): call_tool,
        (Era.MODERN, "server/discover"): _discover,
        (Era.MODERN, "tools/list"): list_tools,
        (Era.MODERN, "tools/call"): call_tool,
    }


_INITIALIZED = {
    (version, exposure): render.initialize_result(version, exposure)
    for version in eras.LEGACY_VERSIONS
    for exposure in Exposure
}
_DISCOVERED = {exposure: render.discover_result(eras.MODERN_VERSIONS, exposure) for exposure in Exposure}


async def _initialize(call: Call, observed: Observed) -> Answer:
    version = eras.negotiate((call.request.params or {}).get("protocolVersion"))
    return Answer(result=_INITIALIZED[version, call.caller.grant.exposure])


async def _ping(call: Call, observed: Observed) -> Answer:
    return Answer(result=render.EMPTY_RESULT)


async def _discover(call: Call, observed: Observed) -> Answer:
    return Answer(result=_DISCOVERED[call.caller.grant.exposure])


async def _list_tools(tool_sets: ToolSets, call: Call) -> Answer:
    if (call.request.params or {}).get("cursor") is not None:
        # All tools come on one page, so no cursor was ever given out.
        raise ParamsInvalid("Invalid params: unknown cursor; all tools are on one page, call again without it")
    try:
        tools = await tool_sets.find(call.caller.grant)
    except MeshError as error:
        raise ToolListUnavailable() from error
    return Answer(result=render.list_result(tools, call.caller.grant, call.era))

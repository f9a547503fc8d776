"""One hop to the executor, with a renewed grant where the first was refused."""

from __future__ import annotations

from datetime import timedelta

from chassis import deadlines
from chassis.errors import MeshError
from services.mcp_edge.handlers import Call
from services.mcp_edge.model import ToolCall, ToolOutcome
from services.mcp_edge.ports import Executor


class Runner:
    """Runs tools of the catalog for a caller."""

    def __init__(self, executor: Executor, timeout: timedelta) -> None:
        self._executor = executor
        self._timeout = timeout

    async def run(self, call: Call, tool_call: ToolCall) -> ToolOutcome:
        """Run one tool within the time that a call may take.

        Raises:
            MeshError: it failed; a `RemoteError` is the executor's own word.
            TokenUnknown: the server was revoked meanwhile.
        """
        with deadlines.limit(self._timeout):
            return await self._execute(call, tool_call)

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

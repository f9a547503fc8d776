"""The straight line of a tool call."""

from __future__ import annotations

from services.executor.arguments import check_arguments
from services.executor.errors import ToolUnknown
from services.executor.faults import condition_of
from services.executor.intents import Intents
from services.executor.model import Arguments, Operation, PlannedRequest, ToolCall, ToolResult, UpstreamResponse
from services.executor.plan import plan_request
from services.executor.ports import Catalog
from services.executor.results import shape_result
from services.executor.sending import Sender
from services.executor.writes import Writes


class Execution:
    """Runs tool calls."""

    def __init__(self, catalog: Catalog, intents: Intents, sender: Sender, writes: Writes) -> None:
        self._catalog = catalog
        self._intents = intents
        self._sender = sender
        self._writes = writes

    async def execute(self, call: ToolCall) -> ToolResult:
        """Run one tool call against one QuickBooks company, or only plan it.

        Raises:
            MeshError: any condition of `services.executor.errors`, or what registry and auth answered.
        """
        operation = await self._resolve(call)
        arguments = check_arguments(operation, call.arguments_json)
        if call.validate_only:
            return ToolResult(planned=plan_request(operation, arguments, call.realm_id))
        if operation.is_write:
            return await self._writes.finish(self._carry_out(call, operation, arguments))
        return await self._carry_out(call, operation, arguments)

    async def _resolve(self, call: ToolCall) -> Operation:
        operation = await self._catalog.resolve(call.tool_id)
        if not call.grant.scope.allows(operation.method, operation.tags, operation.tool_id):
            raise ToolUnknown(call.tool_id)
        return operation

    async def _carry_out(self, call: ToolCall, operation: Operation, arguments: Arguments) -> ToolResult:
        async with self._intents.hold(call, operation, arguments) as intent:
            request = plan_request(operation, arguments, call.realm_id, intent.request_id)
            response = await self._sender.send(call, operation, request)
            result_json = _read(call, operation, request, response)
        return ToolResult(result_json=result_json, response=response, is_repeat=intent.is_repeat)


def _read(call: ToolCall, operation: Operation, request: PlannedRequest, response: UpstreamResponse) -> bytes:
    condition = condition_of(operation, response, call.grant.connection)
    if condition is not None:
        raise condition
    return shape_result(operation, request, response)

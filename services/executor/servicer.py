"""ExecutionService over gRPC: wire messages in, wire messages out."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import duration_pb2

from chassis.grants import GRANT_METADATA, GrantInvalid, GrantVerifier
from chassis.settings import Secret
from daybook.executor.v1 import execution_service_pb2 as messages
from daybook.executor.v1 import execution_service_pb2_grpc as wire
from services.executor.execution import Execution
from services.executor.model import PlannedRequest, ToolCall, ToolResult, UpstreamResponse

SERVICE = messages.DESCRIPTOR.services_by_name["ExecutionService"].full_name

Context = grpc.aio.ServicerContext[Any, Any]


class ExecutionServicer(wire.ExecutionServiceServicer):
    """Verifies the grant, then runs the call."""

    def __init__(self, execution: Execution, verifier: GrantVerifier) -> None:
        self._execution = execution
        self._verifier = verifier

    async def ExecuteTool(self, request: messages.ExecuteToolRequest, context: Context) -> messages.ExecuteToolResponse:
        """Resolve, check, plan, send and shape one tool call."""
        grant_token = _grant_token(context)
        call = ToolCall(
            tool_id=request.tool_id,
            arguments_json=request.arguments_json,
            grant=await self._verifier.verify(grant_token.reveal()),
            grant_token=grant_token,
            idempotency_key=request.idempotency_key,
            validate_only=request.validate_only,
        )
        return _response(await self._execution.execute(call))


def _grant_token(context: Context) -> Secret:
    for key, value in context.invocation_metadata() or ():
        if key == GRANT_METADATA and isinstance(value, str):
            return Secret(value)
    raise GrantInvalid()


def _response(result: ToolResult) -> messages.ExecuteToolResponse:
    response = messages.ExecuteToolResponse(result_json=result.result_json, is_repeat=result.is_repeat)
    if result.response is not None:
        response.upstream.CopyFrom(_upstream(result.response))
    if result.planned is not None:
        response.planned_request.CopyFrom(_planned(result.planned))
    return response


def _upstream(response: UpstreamResponse) -> messages.Upstream:
    duration = duration_pb2.Duration()
    duration.FromTimedelta(response.duration)
    return messages.Upstream(status=response.status, intuit_tid=response.intuit_tid, duration=duration)


def _planned(request: PlannedRequest) -> messages.PlannedRequest:
    return messages.PlannedRequest(
        http_method=request.http_method,
        target=request.target,
        body_json=request.body,
        content_type=request.content_type,
    )

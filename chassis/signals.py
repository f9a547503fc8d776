"""Every span attribute of the mesh: name and meaning. Nothing else may be set on a span.

Never tokens, URLs of MCP servers, names of people, amounts, arguments or results. RPC names follow OpenTelemetry's RPC
conventions; `mcp.*` and `gen_ai.*` follow the GenAI conventions (status Development, names as of 2026-11).
"""

from __future__ import annotations

RPC_SYSTEM = "rpc.system.name"
"""Always `grpc`."""
RPC_METHOD = "rpc.method"
"""Fully qualified, as in `daybook.executor.v1.ExecutionService/ExecuteTool`."""
RPC_STATUS = "rpc.response.status_code"
"""Name of the gRPC or JSON-RPC code, on failure and success."""
ERROR_TYPE = "error.type"
"""The reason of a failure, as in `TOOL_UNKNOWN`; `tool_error` for a tool result that is an error."""
PEER_ROOM = "server.address"
"""The room or host that was called."""

MCP_METHOD = "mcp.method.name"
"""JSON-RPC method; `_other` when it is not one of ours."""
MCP_PROTOCOL_VERSION = "mcp.protocol.version"
"""Revision of the protocol that the request speaks."""
JSONRPC_ID = "jsonrpc.request.id"
"""Id of the JSON-RPC request, as text."""
OPERATION_NAME = "gen_ai.operation.name"
"""`execute_tool` for a tools/call."""
TOOL_NAME = "gen_ai.tool.name"
"""Name of the tool; `_unknown` when it is not in the caller's set."""
NETWORK_TRANSPORT = "network.transport"
"""Always `tcp`."""
NETWORK_PROTOCOL = "network.protocol.name"
"""Always `http` on the edge."""

HTTP_METHOD = "http.request.method"
"""Method of a request to QuickBooks or Intuit."""
HTTP_STATUS = "http.response.status_code"
"""Status of its answer."""
URL_TEMPLATE = "url.template"
"""Path of the request with its arguments in braces, as in `invoice/{id}`."""
INTUIT_TID = "intuit.tid"
"""Intuit's id of the request, for their support."""

MCP_SERVER = "daybook.mcp_server"
"""Name of the MCP server that the call came through; holds no secret."""
CACHE_HIT = "daybook.cache_hit"
"""Whether an answer came from a cache."""

ALL = frozenset(value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str))
"""Every attribute above, for the test that nothing else is set."""

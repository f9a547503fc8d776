"""CatalogService over gRPC: wire messages in, prepared wire messages out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import grpc

from chassis.grants import Scope
from daybook.registry.v1 import catalog_service_pb2 as messages
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from daybook.registry.v1 import resources_pb2 as resources
from services.registry.catalog import Catalog
from services.registry.model import Effect, Entry, Location, ResultShape

SERVICE = messages.DESCRIPTOR.services_by_name["CatalogService"].full_name

# A mesh has few distinct filters, and a full listing is some hundred KiB: these stay below 20 MiB.
_PREPARED_LISTINGS = 32

_EFFECTS = {
    Effect.READ: resources.EFFECT_READ,
    Effect.WRITE: resources.EFFECT_WRITE,
    Effect.DESTROY: resources.EFFECT_DESTROY,
}
_LOCATIONS = {
    Location.PATH: resources.LOCATION_PATH,
    Location.QUERY: resources.LOCATION_QUERY,
    Location.BODY: resources.LOCATION_BODY,
    Location.QUERY_LANGUAGE: resources.LOCATION_QUERY_LANGUAGE,
    Location.PAGING: resources.LOCATION_PAGING,
}
_SHAPES = {
    ResultShape.RECORD: resources.RESULT_SHAPE_RECORD,
    ResultShape.PAGE: resources.RESULT_SHAPE_PAGE,
    ResultShape.DELETED: resources.RESULT_SHAPE_DELETED,
}

Context = grpc.aio.ServicerContext[Any, Any]


class CatalogServicer(wire.CatalogServiceServicer):
    """Answers from one immutable catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._tools = {entry.tool.tool_id: _tool(entry) for entry in catalog.entries}
        self._operations = {
            entry.tool.tool_id: messages.ResolveOperationResponse(
                operation=_operation(entry), revision=catalog.revision
            )
            for entry in catalog.entries
        }
        self._listing = lru_cache(maxsize=_PREPARED_LISTINGS)(self._build_listing)

    async def ListTools(self, request: messages.ListToolsRequest, context: Context) -> messages.ListToolsResponse:
        """The tools that a filter leaves."""
        # Sorted and without repeats, so that the same filter in other words finds the same prepared listing.
        methods, tags = tuple(sorted(set(request.methods))), tuple(sorted(set(request.tags)))
        return self._listing(methods, tags, request.page_size, request.page_token)

    async def GetTool(self, request: messages.GetToolRequest, context: Context) -> messages.GetToolResponse:
        """One tool."""
        entry = self._catalog.find(request.tool_id)
        return messages.GetToolResponse(tool=self._tools[entry.tool.tool_id])

    async def ResolveOperation(
        self, request: messages.ResolveOperationRequest, context: Context
    ) -> messages.ResolveOperationResponse:
        """What a tool means."""
        entry = self._catalog.find(request.tool_id)
        return self._operations[entry.tool.tool_id]

    def _build_listing(
        self, methods: tuple[str, ...], tags: tuple[str, ...], page_size: int, page_token: str
    ) -> messages.ListToolsResponse:
        listing = self._catalog.list(Scope(methods=methods, tags=tags), page_size, page_token)
        return messages.ListToolsResponse(
            tools=[self._tools[entry.tool.tool_id] for entry in listing.entries],
            next_page_token=listing.next_page_token,
            revision=self._catalog.revision,
            available_methods=self._catalog.methods,
            available_tags=self._catalog.tags,
        )


def _tool(entry: Entry) -> resources.Tool:
    tool = entry.tool
    return resources.Tool(
        tool_id=tool.tool_id,
        title=tool.title,
        description=tool.description,
        method=tool.method,
        tags=tool.tags,
        effect=_EFFECTS[tool.effect],
        is_idempotent=tool.is_idempotent,
        is_open_world=tool.is_open_world,
        input_schema_json=tool.input_schema_json,
        output_schema_json=tool.output_schema_json,
    )


def _operation(entry: Entry) -> resources.Operation:
    tool, operation = entry.tool, entry.operation
    return resources.Operation(
        tool_id=tool.tool_id,
        method=tool.method,
        tags=tool.tags,
        effect=_EFFECTS[tool.effect],
        entity=operation.entity,
        http_method=operation.http_method,
        path_template=operation.path_template,
        fixed_query=operation.fixed_query,
        fixed_body_json=operation.fixed_body_json,
        placements=[
            resources.Placement(argument=p.argument, location=_LOCATIONS[p.location], target=p.target)
            for p in operation.placements
        ],
        result_shape=_SHAPES[operation.result_shape],
        input_schema_json=tool.input_schema_json,
        takes_request_id=operation.takes_request_id,
    )

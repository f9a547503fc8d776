"""CatalogService over gRPC: wire messages in, prepared wire messages out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import grpc

from chassis.grants import Scope
from daybook.registry.v1 import catalog_service_pb2 as messages
from daybook.registry.v1 import catalog_service_pb2_grpc as wire
from services.registry.catalog import Catalog
from services.registry.prepared_servicer import PreparedCatalog

SERVICE = messages.DESCRIPTOR.services_by_name["CatalogService"].full_name

DEFAULT_HITS = 8
"""Hits of a search that names no limit: enough to choose from, few enough to read."""

Context = grpc.aio.ServicerContext[Any, Any]


class _Filter(Protocol):
    """What all requests with a filter have."""

    @property
    def methods(self) -> Sequence[str]: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def tools(self) -> Sequence[str]: ...


class CatalogServicer(wire.CatalogServiceServicer):
    """Answers from one immutable catalog, until it is given another."""

    def __init__(self, catalog: Catalog) -> None:
        self._now = PreparedCatalog(catalog)
        self._override_problems: tuple[str, ...] = ()

    def replace(self, catalog: Catalog) -> None:
        """Answer from another catalog from now on; answers under way end with the one they began with."""
        self._now = PreparedCatalog(catalog)
        self._override_problems = ()

    def note_problems(self, problems: Sequence[str]) -> None:
        """Say of definitions that were refused what is wrong with them."""
        self._override_problems = tuple(problems)

    async def ListTools(self, request: messages.ListToolsRequest, context: Context) -> messages.ListToolsResponse:
        """The tools that a filter leaves."""
        return self._now.listing(_scope(request), request.page_size, request.page_token)

    async def GetTool(self, request: messages.GetToolRequest, context: Context) -> messages.GetToolResponse:
        """One tool."""
        return self._now.tool(request.tool_id)

    async def ResolveOperation(
        self, request: messages.ResolveOperationRequest, context: Context
    ) -> messages.ResolveOperationResponse:
        """What a tool means."""
        return self._now.operation(request.tool_id)

    async def SearchTools(self, request: messages.SearchToolsRequest, context: Context) -> messages.SearchToolsResponse:
        """The tools that fit a question."""
        return self._now.search(_scope(request), request.query, request.limit or DEFAULT_HITS)

    async def GetCapabilities(
        self, request: messages.GetCapabilitiesRequest, context: Context
    ) -> messages.GetCapabilitiesResponse:
        """What there is, what is missing, what a filter costs."""
        return self._now.capabilities(_scope(request), self._override_problems)

    async def ListPresets(self, request: messages.ListPresetsRequest, context: Context) -> messages.ListPresetsResponse:
        """The filters that are recommended."""
        return self._now.presets()

    async def ListKnowledgeSources(
        self, request: messages.ListKnowledgeSourcesRequest, context: Context
    ) -> messages.ListKnowledgeSourcesResponse:
        """The sources of free-text search."""
        return self._now.knowledge(_scope(request))


def _scope(request: _Filter) -> Scope:
    """A request's filter, sorted and without repeats: the same in other words finds the same prepared answer."""
    return Scope(
        methods=tuple(sorted(set(request.methods))),
        tags=tuple(sorted(set(request.tags))),
        tools=tuple(sorted(set(request.tools))),
    )

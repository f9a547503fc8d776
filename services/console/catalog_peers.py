"""The console's calls to the registry: dataclasses on this side, the wire contract on that."""

from __future__ import annotations

import grpc
from grpc_health.v1 import health_pb2_grpc

from daybook.registry.v1 import catalog_service_pb2, catalog_service_pb2_grpc, resources_pb2
from services.console.model import Capability, Filter, Offer, Resource, Tool
from services.console.peers import asked, is_serving

_EFFECTS = {
    resources_pb2.EFFECT_READ: "read",
    resources_pb2.EFFECT_WRITE: "write",
    resources_pb2.EFFECT_DESTROY: "destroy",
}


class GrpcCatalog:
    """The registry room over gRPC."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        self._health = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]

    async def offer(self, wanted: Filter) -> Offer:
        """Say what a filter leaves, and what there is."""
        request = catalog_service_pb2.GetCapabilitiesRequest(
            methods=wanted.methods, tags=wanted.tags, tools=wanted.tools
        )
        answer = await asked(self._catalog.GetCapabilities(request), "registry")
        return Offer(
            tool_count=answer.tool_count,
            estimated_tokens=answer.estimated_tokens,
            methods=tuple(answer.available_methods),
            tags=tuple(answer.available_tags),
            unknown_tools={unknown.tool_id: tuple(unknown.suggestions) for unknown in answer.unknown_tools},
            resources=tuple(map(_resource, answer.resources)),
            score=answer.score,
            override_problems=tuple(answer.override_problems),
        )

    async def tools(self, wanted: Filter) -> tuple[Tool, ...]:
        """Read the tools that a filter leaves."""
        request = catalog_service_pb2.ListToolsRequest(methods=wanted.methods, tags=wanted.tags, tools=wanted.tools)
        answer = await asked(self._catalog.ListTools(request), "registry")
        return tuple(map(_tool, answer.tools))

    async def presets(self) -> dict[str, Filter]:
        """Read the filters that are recommended, by name."""
        answer = await asked(self._catalog.ListPresets(catalog_service_pb2.ListPresetsRequest()), "registry")
        return {
            preset.preset_id: Filter(methods=tuple(preset.methods), tags=tuple(preset.tags), tools=tuple(preset.tools))
            for preset in answer.presets
        }

    async def is_ready(self) -> bool:
        """Whether the room answers and is ready, within a second."""
        return await is_serving(self._health)


def _resource(resource: catalog_service_pb2.ResourceCapability) -> Resource:
    return Resource(
        name=resource.resource,
        capabilities=tuple(
            Capability(method=one.method, tool=one.tool_id, missing=one.missing) for one in resource.methods
        ),
    )


def _tool(tool: resources_pb2.Tool) -> Tool:
    return Tool(
        name=tool.tool_id,
        title=tool.title,
        description=tool.description,
        method=tool.method,
        tags=tuple(tool.tags),
        effect=_EFFECTS.get(tool.effect, "destroy"),
        input_schema_json=tool.input_schema_json,
        output_schema_json=tool.output_schema_json,
    )

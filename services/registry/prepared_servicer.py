"""One catalog as it crosses the wire: every answer that can be made ahead is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from chassis.grants import Scope
from daybook.registry.v1 import catalog_service_pb2 as messages
from daybook.registry.v1 import resources_pb2 as resources
from services.registry.capabilities import listing_tokens, output_tokens, score_of
from services.registry.catalog import Catalog
from services.registry.companions import KnowledgeSource, Preset
from services.registry.model import Effect, Entry, Location, ResultShape

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
    Location.WRAPPER: resources.LOCATION_WRAPPER,
    Location.MEMBERS: resources.LOCATION_MEMBERS,
    Location.PARAMETERS: resources.LOCATION_PARAMETERS,
    Location.FILE: resources.LOCATION_FILE,
    Location.BATCH: resources.LOCATION_BATCH,
}
_SHAPES = {
    ResultShape.RECORD: resources.RESULT_SHAPE_RECORD,
    ResultShape.PAGE: resources.RESULT_SHAPE_PAGE,
    ResultShape.DELETED: resources.RESULT_SHAPE_DELETED,
    ResultShape.REPORT: resources.RESULT_SHAPE_REPORT,
    ResultShape.CHANGES: resources.RESULT_SHAPE_CHANGES,
    ResultShape.BATCH: resources.RESULT_SHAPE_BATCH,
    ResultShape.FILE: resources.RESULT_SHAPE_FILE,
    ResultShape.ADDRESS: resources.RESULT_SHAPE_ADDRESS,
    ResultShape.UPLOADED: resources.RESULT_SHAPE_UPLOADED,
    ResultShape.XML: resources.RESULT_SHAPE_XML,
}


class PreparedCatalog:
    """Answers from one immutable catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._tools = {entry.tool.tool_id: _tool(entry) for entry in catalog.entries}
        self._operations = {
            entry.tool.tool_id: messages.ResolveOperationResponse(
                operation=_operation(entry), revision=catalog.revision
            )
            for entry in catalog.entries
        }
        self.listing = lru_cache(maxsize=_PREPARED_LISTINGS)(self._listing)
        self._weigh = lru_cache(maxsize=_PREPARED_LISTINGS)(self._weights)

    def tool(self, tool_id: str) -> messages.GetToolResponse:
        """One tool in full. Raises as `Catalog.find` does."""
        return messages.GetToolResponse(tool=_detailed(self.catalog.find(tool_id)))

    def operation(self, tool_id: str) -> messages.ResolveOperationResponse:
        """What a tool means. Raises as `Catalog.find` does."""
        return self._operations[self.catalog.find(tool_id).tool.tool_id]

    def search(self, scope: Scope, query: str, limit: int) -> messages.SearchToolsResponse:
        """What fits a question; when nothing does, every name by resource."""
        hits = self.catalog.search(query, scope, limit)
        groups = [] if hits else self._groups(self.catalog.select(scope))
        return messages.SearchToolsResponse(
            hits=[self._hit(entry) for entry in hits], groups=groups, revision=self.catalog.revision
        )

    def capabilities(self, scope: Scope, override_problems: Sequence[str]) -> messages.GetCapabilitiesResponse:
        """What there is, what is missing, what the scope costs."""
        catalog = self.catalog
        tokens, outputs, opened = self._weigh(scope)
        return messages.GetCapabilitiesResponse(
            resources=[
                messages.ResourceCapability(
                    resource=resource.name,
                    methods=[
                        messages.MethodCapability(
                            method=one.method, tool_id=one.tool_id, is_open=one.tool_id in opened, missing=one.missing
                        )
                        for one in resource.capabilities
                    ],
                )
                for resource in catalog.resources
            ],
            score=score_of(catalog.resources),
            catalog_tool_count=len(catalog.entries),
            tool_count=len(opened),
            estimated_tokens=tokens,
            estimated_output_tokens=outputs,
            unknown_tools=[
                messages.UnknownTool(tool_id=name, suggestions=catalog.close_to(name))
                for name in scope.tools
                if name not in catalog.by_tool_id
            ],
            available_methods=catalog.methods,
            available_tags=catalog.tags,
            revision=catalog.revision,
            override_problems=override_problems,
        )

    def presets(self) -> messages.ListPresetsResponse:
        """The filters that are recommended."""
        return messages.ListPresetsResponse(presets=[_preset(preset) for preset in self.catalog.companions.presets])

    def knowledge(self, scope: Scope) -> messages.ListKnowledgeSourcesResponse:
        """The sources of free-text search whose tools the scope opens."""
        opened = {entry.tool.tool_id for entry in self.catalog.select(scope)}
        sources = [s for s in self.catalog.companions.knowledge if {s.list_tool, s.get_tool} <= opened]
        return messages.ListKnowledgeSourcesResponse(
            sources=[_knowledge_source(source) for source in sources], revision=self.catalog.revision
        )

    def _listing(self, scope: Scope, page_size: int, page_token: str) -> messages.ListToolsResponse:
        listing = self.catalog.list(scope, page_size, page_token)
        return messages.ListToolsResponse(
            tools=[self._tools[entry.tool.tool_id] for entry in listing.entries],
            next_page_token=listing.next_page_token,
            revision=self.catalog.revision,
            available_methods=self.catalog.methods,
            available_tags=self.catalog.tags,
        )

    def _weights(self, scope: Scope) -> tuple[int, int, frozenset[str]]:
        opened = self.catalog.select(scope)
        return listing_tokens(opened), output_tokens(opened), frozenset(entry.tool.tool_id for entry in opened)

    def _hit(self, entry: Entry) -> messages.ToolHit:
        tool = entry.tool
        return messages.ToolHit(
            tool_id=tool.tool_id,
            summary=first_sentence(tool.description),
            effect=_EFFECTS[tool.effect],
            resource=self.catalog.resource_of[tool.tool_id],
        )

    def _groups(self, entries: Sequence[Entry]) -> list[messages.ToolGroup]:
        found: dict[str, list[str]] = {}
        for entry in entries:
            found.setdefault(self.catalog.resource_of[entry.tool.tool_id], []).append(entry.tool.tool_id)
        return [messages.ToolGroup(resource=name, tool_ids=tools) for name, tools in found.items()]


def first_sentence(text: str) -> str:
    """A description's first sentence, which stands alone."""
    first, dot, _ = text.partition(". ")
    return first + "." if dot else first


def _preset(preset: Preset) -> messages.Preset:
    return messages.Preset(
        preset_id=preset.preset_id,
        description=preset.description,
        methods=preset.methods,
        tags=preset.tags,
        tools=preset.tools,
    )


def _knowledge_source(source: KnowledgeSource) -> messages.KnowledgeSource:
    return messages.KnowledgeSource(
        kind=source.kind,
        list_tool=source.list_tool,
        get_tool=source.get_tool,
        text_query=source.text_query,
        needs_digit=source.needs_digit,
        party_query=source.party_query,
        party=source.party,
        title=source.title,
        link_path=source.link_path,
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


def _detailed(entry: Entry) -> resources.Tool:
    tool = _tool(entry)
    tool.detail_schema_json = entry.tool.detail_schema_json
    return tool


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
        input_schema_json=tool.detail_schema_json,
        takes_request_id=operation.takes_request_id,
    )

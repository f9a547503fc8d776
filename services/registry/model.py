"""What the registry speaks of: definitions as read, tools and operations as derived."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
"""A JSON Schema, or a part of one."""


class Effect(enum.Enum):
    """What calling a tool may do to the books."""

    READ = "read"
    WRITE = "write"
    DESTROY = "destroy"


class Location(enum.Enum):
    """The part of an upstream request that an argument becomes."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"
    QUERY_LANGUAGE = "query_language"
    PAGING = "paging"
    WRAPPER = "wrapper"
    MEMBERS = "members"
    PARAMETERS = "parameters"
    FILE = "file"
    BATCH = "batch"


class ResultShape(enum.Enum):
    """How an upstream answer becomes a tool's result."""

    RECORD = "record"
    PAGE = "page"
    DELETED = "deleted"
    REPORT = "report"
    CHANGES = "changes"
    BATCH = "batch"
    FILE = "file"
    ADDRESS = "address"
    UPLOADED = "uploaded"
    XML = "xml"


class BodySlice(enum.Enum):
    """Which members of a record are arguments as well."""

    CREATE = "create"
    UPDATE = "update"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class ArgumentDefinition:
    """One argument that a definition names itself, beside those of the record."""

    name: str
    place: Location
    target: str
    is_required: bool
    schema: Schema


@dataclass(frozen=True, kw_only=True)
class MethodDefinition:
    """One method of a resource, its defaults filled in."""

    method: str
    tool: str
    title: str
    description: str
    guidance: str
    tags: tuple[str, ...]
    effect: Effect
    is_idempotent: bool
    is_open_world: bool
    http_method: str
    path: str
    arguments: tuple[ArgumentDefinition, ...]
    body: BodySlice
    required: tuple[str, ...]
    fixed_query: Mapping[str, str]
    fixed_body: Mapping[str, Any]
    has_body: bool
    """Whether a POST carries a body at all."""
    takes_request_id: bool
    result: ResultShape
    filters: tuple[str, ...]
    example: str


@dataclass(frozen=True, kw_only=True)
class ResourceDefinition:
    """One file: a record of the upstream, with the methods that are offered on it."""

    entity: str
    schema: str
    """File name of the record's schema; empty for what is no record, such as a report."""
    record: Mapping[str, Schema]
    """Members that every record of the upstream carries."""
    words: Mapping[str, str]
    """What the braces of names and texts stand for."""
    methods: tuple[MethodDefinition, ...]
    not_a_tool: Mapping[str, str]
    """What the upstream can do and no tool does, with the reason."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where one argument goes."""

    argument: str
    location: Location
    target: str


@dataclass(frozen=True, kw_only=True)
class Tool:
    """What MCP lists."""

    tool_id: str
    title: str
    description: str
    method: str
    tags: tuple[str, ...]
    effect: Effect
    is_idempotent: bool
    is_open_world: bool
    input_schema_json: bytes
    """As lists show it."""
    detail_schema_json: bytes
    """In full; what a call is held against."""
    output_schema_json: bytes


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a tool means to the upstream: everything needed to plan its one HTTP request."""

    entity: str
    http_method: str
    path_template: str
    fixed_query: Mapping[str, str]
    fixed_body_json: bytes
    """A JSON object; empty for no body at all."""
    placements: tuple[Placement, ...]
    result_shape: ResultShape
    takes_request_id: bool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A tool, and what it means."""

    tool: Tool
    operation: Operation

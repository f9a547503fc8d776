"""Arguments of the tools that the edge offers itself, checked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from services.mcp_edge.errors import ArgumentsRefused
from services.mcp_edge.own_tools import DEFAULT_HITS, MOST_HITS, MOST_SCHEMAS

_MOST_WORDS = 400


class _Search(msgspec.Struct, forbid_unknown_fields=True):
    query: str = ""
    limit: int = DEFAULT_HITS


class _Names(msgspec.Struct, forbid_unknown_fields=True):
    tool_names: list[str]


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    tool_name: str
    arguments: msgspec.Raw = msgspec.Raw(b"{}")


class _Query(msgspec.Struct, forbid_unknown_fields=True):
    query: str


class _Id(msgspec.Struct, forbid_unknown_fields=True):
    id: str


_search, _names, _call = msgspec.json.Decoder(_Search), msgspec.json.Decoder(_Names), msgspec.json.Decoder(_Call)
_query, _id = msgspec.json.Decoder(_Query), msgspec.json.Decoder(_Id)

Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True)
class InnerCall:
    """What `call_tool` is to call."""

    tool: str
    arguments_json: bytes
    """As the client wrote it."""


def read_search(arguments_json: bytes) -> tuple[str, int]:
    """The words and the limit of `search_tools`; a limit out of range is brought into it."""
    read = _read(_search, arguments_json, "query: text, optional; limit: a whole number, optional")
    return read.query[:_MOST_WORDS], min(max(read.limit, 1), MOST_HITS)


def read_names(arguments_json: bytes) -> list[str]:
    """The names that `get_tool_schema` is asked for, each once."""
    expected = f"a list of 1 to {MOST_SCHEMAS} tool names"
    read = _read(_names, arguments_json, f"tool_names: {expected}")
    names = list(dict.fromkeys(read.tool_names))
    if not 1 <= len(names) <= MOST_SCHEMAS:
        raise ArgumentsRefused("tool_names", f"expected {expected}, got {len(names)}")
    return names


def read_call(arguments_json: bytes) -> InnerCall:
    """The tool and the arguments of `call_tool`."""
    expected = "tool_name: a name that search_tools gave; arguments: an object, as get_tool_schema describes it"
    read = _read(_call, arguments_json, expected)
    inner = bytes(read.arguments)
    if not inner.startswith(b"{") and inner != b"null":
        raise ArgumentsRefused("arguments", "expected an object, as get_tool_schema describes it")
    return InnerCall(tool=read.tool_name, arguments_json=b"{}" if inner == b"null" else inner)


def read_query(arguments_json: bytes) -> str:
    """What `search` looks for."""
    read = _read(_query, arguments_json, "query: text")
    return read.query[:_MOST_WORDS]


def read_id(arguments_json: bytes) -> tuple[str, str]:
    """The kind and the record that `fetch` is asked for."""
    read = _read(_id, arguments_json, "id: as search gave it, such as customer:42")
    kind, colon, record_id = read.id.partition(":")
    if not colon or not record_id.isascii() or not record_id.isdigit() or len(record_id) > 20:
        raise ArgumentsRefused("id", "expected an id as search gave it, such as customer:42")
    return kind, record_id


def _read(decoder: msgspec.json.Decoder[Read], arguments_json: bytes, expected: str) -> Read:
    try:
        return decoder.decode(arguments_json)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArgumentsRefused("arguments", f"expected {expected} ({error})") from error

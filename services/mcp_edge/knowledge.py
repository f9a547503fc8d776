"""Company knowledge: `search` and `fetch` over a company's records, with the catalog's own tools.

Nothing is indexed or kept: a search is a bounded number of list calls under the caller's grant. Names are looked for
first, then the transactions of the customers and vendors that were found.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from chassis import deadlines
from chassis.errors import MeshError
from services.mcp_edge import own_arguments
from services.mcp_edge.errors import ArgumentsRefused
from services.mcp_edge.handlers import Call
from services.mcp_edge.model import KnowledgeSource, ToolCall
from services.mcp_edge.own_tools import SEARCH
from services.mcp_edge.runner import Runner

MOST_RESULTS = 20

# QuickBooks takes ten requests a second and company; a search may not use a company up.
_MOST_QUERIES, _AT_ONCE = 16, 4
_PER_QUERY = 5
_MOST_PARTIES = 2
_MOST_WORDS = 3

_WORD = re.compile(r"[^\W_]+(?:['&.-][^\W_]+)*")
_BRACES = re.compile(r"\{([A-Za-z.]+)\}")

# Words that no record is called by.
_IDLE = frozenset(
    (
        *(
            "a",
            "about",
            "all",
            "an",
            "and",
            "any",
            "are",
            "at",
            "by",
            "can",
            "did",
            "do",
            "does",
            "find",
            "for",
            "from",
        ),
        *("give", "have", "how", "i", "in", "is", "it", "last", "list", "look", "me", "my", "of", "on", "open", "or"),
        *("our", "show", "tell", "that", "the", "their", "they", "this", "to", "us", "was", "we", "what", "when"),
        *("where", "which", "who", "with", "you", "your"),
    )
)

_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, kw_only=True)
class _Question:
    source: KnowledgeSource
    query: str


@dataclass(frozen=True, kw_only=True)
class _Found:
    source: KnowledgeSource
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.source.kind}:{self.record['Id']}"


class Knowledge:
    """Answers `search` and `fetch`."""

    def __init__(self, runner: Runner, web_url: str, timeout: timedelta) -> None:
        """Take whom to ask; `web_url` is where links begin, `timeout` what all questions of one call may take."""
        self._runner = runner
        self._timeout = timeout
        self._web_url = web_url.rstrip("/")

    async def answer(self, call: Call, tool: str, arguments_json: bytes, sources: Sequence[KnowledgeSource]) -> Any:
        """The result of one of the two, over the sources that the caller's server opens.

        Raises:
            ArgumentsRefused: the arguments can't be taken.
            MeshError: not one of the questions was answered.
        """
        with deadlines.limit(self._timeout):
            return await self._answer(call, tool, arguments_json, sources)

    async def _answer(self, call: Call, tool: str, arguments_json: bytes, sources: Sequence[KnowledgeSource]) -> Any:
        if tool == SEARCH:
            found = await self._search(call, own_arguments.read_query(arguments_json), sources)
            return {"results": [self._result(one) for one in found[:MOST_RESULTS]]}
        kind, record_id = own_arguments.read_id(arguments_json)
        source = next((source for source in sources if source.kind == kind), None)
        if source is None:
            kinds = ", ".join(source.kind for source in sources)
            raise ArgumentsRefused("id", f"there is nothing of the kind {kind[:40]!r} here; there are {kinds}")
        return await self._fetch(call, source, record_id)

    async def _search(self, call: Call, query: str, sources: Sequence[KnowledgeSource]) -> list[_Found]:
        text, wanted = read_question(query, sources)
        if not text:
            return []
        asking = _Asking(self._runner, call)
        found = await asking.ask(_by_text(text, wanted, sources))
        if not found:
            for word in _single_words(text):
                found += await asking.ask(_by_text(word, wanted, sources))
        found += await asking.ask(_by_party(found, wanted))
        asking.settle()
        # Parties were asked for the sake of their transactions; where a kind was named, it comes first.
        found.sort(key=lambda one: one.source not in wanted)
        return list({one.id: one for one in reversed(found)}.values())[::-1]

    async def _fetch(self, call: Call, source: KnowledgeSource, record_id: str) -> Any:
        arguments = msgspec.json.encode({"id": record_id})
        outcome = await self._runner.run(call, ToolCall(tool=source.get_tool, arguments_json=arguments))
        found = _Found(source=source, record=_decoder.decode(outcome.result_json))
        changed = found.record.get("MetaData", {}).get("LastUpdatedTime")
        metadata = {"kind": source.kind, **({"last_updated": changed} if isinstance(changed, str) else {})}
        # The record as it came: no number is read and written again.
        return {**self._result(found), "text": outcome.result_json.decode(), "metadata": metadata}

    def _result(self, found: _Found) -> dict[str, str]:
        link = found.source.link_path.replace("{id}", str(found.record["Id"]))
        return {"id": found.id, "title": title_of(found.source.title, found.record), "url": self._web_url + link}


class _Asking:
    """The list calls of one search, counted."""

    def __init__(self, runner: Runner, call: Call) -> None:
        self._runner = runner
        self._call = call
        self._left = _MOST_QUERIES
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._answered = 0
        self._failures: list[MeshError] = []

    async def ask(self, questions: Sequence[_Question]) -> list[_Found]:
        """What the questions find, in their order, as far as the search may still ask."""
        questions = questions[: self._left]
        self._left -= len(questions)
        answers = await asyncio.gather(*(self._ask(question) for question in questions))
        return [found for answer in answers for found in answer]

    def settle(self) -> None:
        """Raise the first failure if nothing was answered at all: an empty result would say that there is nothing."""
        if self._failures and not self._answered:
            raise self._failures[0]

    async def _ask(self, question: _Question) -> list[_Found]:
        arguments = msgspec.json.encode({"query": question.query, "limit": _PER_QUERY})
        async with self._gate:
            try:
                tool_call = ToolCall(tool=question.source.list_tool, arguments_json=arguments)
                outcome = await self._runner.run(self._call, tool_call)
            except MeshError as error:
                self._failures.append(error)
                return []
        self._answered += 1
        records = _decoder.decode(outcome.result_json).get("result", [])
        return [_Found(source=question.source, record=record) for record in records if "Id" in record]


def read_question(query: str, sources: Sequence[KnowledgeSource]) -> tuple[str, Sequence[KnowledgeSource]]:
    """What a question looks for, and in which sources: those whose kind it names, else all."""
    kinds = {form: source for source in sources for form in _forms(source.kind)}
    words = _WORD.findall(query.replace("_", " "))
    named = [kinds[word.casefold()] for word in words if word.casefold() in kinds]
    text = " ".join(w for w in words if w.casefold() not in _IDLE and w.casefold() not in kinds)
    return text, list(dict.fromkeys(named)) or sources


def title_of(template: str, record: dict[str, Any]) -> str:
    """A record's title; members that it does not have leave no trace."""
    filled = _BRACES.sub(lambda found: _member(record, found[1]), template)
    return " ".join(filled.split()).strip(" ,") or str(record["Id"])


def _member(record: Any, path: str) -> str:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return "" if record is None or isinstance(record, dict | list) else str(record)


def _forms(kind: str) -> tuple[str, str]:
    # `sales_receipt` is asked for as `receipts` as often as not; its last word tells.
    last = kind.rpartition("_")[2]
    return last, last + "s"


def _by_text(text: str, wanted: Sequence[KnowledgeSource], sources: Sequence[KnowledgeSource]) -> list[_Question]:
    """Names in every source that has names, since transactions are found by them; numbers where they are wanted."""
    quoted = _quoted(text)
    has_digit = any(character.isdigit() for character in text)
    asked = [s for s in sources if (has_digit and s in wanted) or (not s.needs_digit and _is_useful(s, wanted))]
    return [_Question(source=source, query=source.text_query.replace("{text}", quoted)) for source in asked]


def _is_useful(source: KnowledgeSource, wanted: Sequence[KnowledgeSource]) -> bool:
    return source in wanted or any(other.party == source.kind for other in wanted)


def _by_party(found: Sequence[_Found], wanted: Sequence[KnowledgeSource]) -> list[_Question]:
    parties = [one for one in found if any(source.party == one.source.kind for source in wanted)][:_MOST_PARTIES]
    return [
        _Question(source=source, query=source.party_query.replace("{id}", str(party.record["Id"])))
        for party in parties
        for source in wanted
        if source.party == party.source.kind
    ]


def _single_words(text: str) -> list[str]:
    words = sorted({word for word in text.split() if len(word) > 2}, key=lambda word: (-len(word), word))
    return words[:_MOST_WORDS] if len(text.split()) > 1 else []


def _quoted(text: str) -> str:
    r"""Text for a QuickBooks query: `\'` is an apostrophe there, and % would match anything."""
    return text.replace("\\", "").replace("%", "").replace("'", "\\'")

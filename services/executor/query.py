"""The QuickBooks query language, as far as needed to keep a query to its one entity.

A query is read, never rewritten, except for its paging. What it asks of the fields is QuickBooks' own business.

Source: QuickBooks Online API, "Query operations": `SELECT … FROM entity [WHERE …] [ORDERBY …] [STARTPOSITION n]
[MAXRESULTS n]`, text in single quotes, an apostrophe escaped by a backslash; no OR, no JOIN, one entity a query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.executor.errors import QueryInvalid

MAX_RESULTS = 1000
"""The largest page QuickBooks gives."""

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<sign><=|>=|!=|<>|[=<>(),*;])
    | (?P<word>[^\s'"=<>!(),*;]+)
    """,
    re.VERBOSE | re.DOTALL,
)

_CLAUSES = frozenset({"where", "orderby", "order", "startposition", "maxresults"})
_PAGING = ("startposition", "maxresults")

_REFUSED = {
    "or": "QuickBooks has no OR; use `Field IN ('a', 'b')` or one query for each alternative",
    "join": "QuickBooks has no JOIN; query one entity and look the other up by its Id",
    "group": "QuickBooks has no GROUP BY; query the records and add them up",
    "union": "QuickBooks has no UNION; run one query for each part",
}


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query that is known to be about one entity, taken apart just enough to page it."""

    text: str
    """The query without its paging."""
    words: str
    """The same with one space between its tokens, so that spacing makes no difference."""
    start: int | None
    """Its own STARTPOSITION."""
    size: int | None
    """Its own MAXRESULTS."""
    is_count: bool
    """Whether it counts records instead of returning them."""

    def paged(self, start: int, size: int) -> str:
        """The whole query for the page that begins at `start`, counted from 1."""
        return self.text if self.is_count else f"{self.text} startposition {start} maxresults {size}"


@dataclass(frozen=True, kw_only=True)
class _Token:
    kind: str
    text: str
    begin: int
    end: int

    @property
    def word(self) -> str:
        """The token as a keyword; empty for text and signs."""
        return self.text.casefold() if self.kind == "word" else ""


def everything(entity: str) -> str:
    """The query for every record of an entity."""
    return f"select * from {entity}"  # noqa: S608 - not SQL; the entity's name comes from the catalog


def read_query(text: str, entity: str) -> Query:
    """Read a query and make sure that it is one statement about this entity.

    One that begins with WHERE or ORDERBY is about this entity anyway, and is read as `select * from` it.

    Raises:
        QueryInvalid: it is not; the message says what to write instead.
    """
    tokens = _tokens(text, entity)
    if tokens[0].word in _CLAUSES:
        return read_query(f"{everything(entity)} {text}", entity)
    source = _check_statement(tokens, entity)
    _check_words(tokens)
    paging = [p for p in range(source + 1, len(tokens)) if tokens[p].word in _PAGING and not _is_value(tokens, p)]
    numbers = {p: _whole_number(tokens, p) for p in paging}
    found = {tokens[p].word: number for p, number in numbers.items()}
    if len(found) < len(paging):
        raise QueryInvalid("STARTPOSITION or MAXRESULTS is given twice; give it once")
    left_out = {*paging, *(p + 1 for p in paging)}
    return Query(
        text=_without(text[: tokens[-1].end], [(tokens[p].begin, tokens[p + 1].end) for p in paging]),
        words=" ".join(token.text for p, token in enumerate(tokens) if p not in left_out),
        start=found.get("startposition"),
        size=found.get("maxresults"),
        is_count=len(tokens) > 1 and tokens[1].word == "count",
    )


def _tokens(text: str, entity: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryInvalid(_odd_character(text, position))
        if match.lastgroup != "space":
            tokens.append(_Token(kind=str(match.lastgroup), text=match[0], begin=position, end=match.end()))
        position = match.end()
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    if not tokens:
        raise QueryInvalid(f"it is empty; write for example `{everything(entity)}`, or leave `query` out")
    return tokens


def _odd_character(text: str, position: int) -> str:
    character = text[position]
    if character == '"':
        return "text stands in single quotes, as in `DisplayName = 'Amber'`, not in double quotes"
    if character == "'":
        return r"a single quote is not closed; inside text write an apostrophe as \', as in 'Amber\'s Garden'"
    return f"the character {character!r} at position {position + 1} has no meaning here; text stands in single quotes"


def _check_statement(tokens: list[_Token], entity: str) -> int:
    """Return the position of the entity after FROM."""
    if tokens[0].word != "select":
        raise QueryInvalid(f"it must begin with SELECT, as in `{everything(entity)}`; it can only read")
    sources = [position for position, token in enumerate(tokens) if token.word == "from"]
    if not sources or sources[0] + 1 >= len(tokens):
        raise QueryInvalid(f"it names no entity; write `from {entity}`")
    position = sources[0] + 1
    named = tokens[position].text
    if named.casefold() != entity.casefold():
        raise QueryInvalid(f"this tool reads {entity} only, and the query is about {named[:60]}; write `from {entity}`")
    if position + 1 < len(tokens) and tokens[position + 1].word not in _CLAUSES:
        raise QueryInvalid(_after_entity(tokens[position + 1], entity))
    if len(sources) > 1:
        raise QueryInvalid(f"there is more than one FROM; ask one question about {entity} at a time")
    return position


def _after_entity(token: _Token, entity: str) -> str:
    if token.text == ",":
        return f"one query reads one entity; write `from {entity}` alone"
    if token.text == ";":
        return "several statements cannot run at once; send one query a call"
    if token.word in _REFUSED:
        return _REFUSED[token.word]
    return f"after `from {entity}` comes WHERE, ORDERBY, STARTPOSITION or MAXRESULTS, not {token.text[:60]!r}"


def _check_words(tokens: list[_Token]) -> None:
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.text == ";":
            raise QueryInvalid("several statements cannot run at once; send one query a call")
        if token.word in _REFUSED:
            raise QueryInvalid(_REFUSED[token.word])
        if before is not None and before.kind == token.kind == "text":
            raise QueryInvalid(r"an apostrophe inside text is written \', not doubled, as in 'Amber\'s Garden'")


def _is_value(tokens: list[_Token], position: int) -> bool:
    """Whether the word stands where a value does, as in `DocNumber = maxresults`."""
    return tokens[position - 1].kind == "sign" and tokens[position - 1].text not in ("*", ")")


def _whole_number(tokens: list[_Token], position: int) -> int:
    keyword = tokens[position].text.upper()
    number = tokens[position + 1].text if position + 1 < len(tokens) else ""
    if not re.fullmatch(r"[0-9]{1,9}", number) or int(number) < 1:
        raise QueryInvalid(f"{keyword} takes a whole number from 1, as in `{keyword} 100`")
    if keyword == "MAXRESULTS" and int(number) > MAX_RESULTS:
        raise QueryInvalid(f"MAXRESULTS is at most {MAX_RESULTS}; page on with `cursor`")
    return int(number)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept, position = [], 0
    for begin, end in spans:
        kept.append(text[position:begin].strip())
        position = end
    kept.append(text[position:].strip())
    return " ".join(part for part in kept if part)

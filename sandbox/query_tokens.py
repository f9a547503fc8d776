"""Cutting a query into tokens."""

import re
from dataclasses import dataclass
from enum import StrEnum

from sandbox.faults import QuickBooksFault, fault


class Kind(StrEnum):
    """What a token is, in the words QuickBooks uses in its complaints."""

    KEYWORD = "KEYWORD"
    NAME = "IDENTIFIER"
    TEXT = "STRING_LITERAL"
    NUMBER = "NUMBER_LITERAL"
    SYMBOL = "SYMBOL"
    END = "EOF"


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One word of a query with its place; `text` is upper case for keywords, unescaped for literals."""

    kind: Kind
    text: str
    column: int


KEYWORDS = frozenset(
    "SELECT FROM WHERE AND OR NOT IN LIKE ORDERBY ORDER BY ASC DESC STARTPOSITION MAXRESULTS COUNT "  # noqa: SIM905
    "JOIN GROUP TRUE FALSE CURRENT_DATE".split()
)
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<text>'(?:\\.|[^'\\])*')"
    r"|(?P<number>-?\d+(?:\.\d+)?(?![\w]))"
    r"|(?P<name>[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<symbol><=|>=|!=|<>|[=<>(),*])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def tokens_of(text: str) -> list[Token]:
    """Cut a query up; the last token is always END.

    Raises:
        QuickBooksFault: 4000, a character no token begins with, such as a double quote or a stray apostrophe.
    """
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _lexical_error(text, position)
        if match.lastgroup != "space":
            found.append(_token(match))
        position = match.end()
    column = len(text) if found else 0
    return [*found, Token(kind=Kind.END, text="<EOF>", column=column)]


def _token(match: re.Match[str]) -> Token:
    text, column = match.group(), match.start() + 1
    if match.lastgroup == "text":
        return Token(kind=Kind.TEXT, text=_ESCAPE.sub(r"\1", text[1:-1]), column=column)
    if match.lastgroup == "number":
        return Token(kind=Kind.NUMBER, text=text, column=column)
    if match.lastgroup == "symbol":
        return Token(kind=Kind.SYMBOL, text=text, column=column)
    if text.upper() in KEYWORDS:
        return Token(kind=Kind.KEYWORD, text=text.upper(), column=column)
    return Token(kind=Kind.NAME, text=text, column=column)


def _lexical_error(text: str, position: int) -> QuickBooksFault:
    character = text[position]
    reason = (
        f"Invalid content. Lexical error at line 1, column {position + 1}.  "
        f'Encountered: "{character}" ({ord(character)}), after : "{text[max(0, position - 10) : position]}"'
    )
    return fault("4000", reason=reason)

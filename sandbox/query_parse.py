"""Parsing the query language into a `Query`."""

from typing import cast

from sandbox.faults import QuickBooksFault, fault
from sandbox.query import DEFAULT_PAGE, LARGEST_PAGE, Condition, Operator, Order, Query
from sandbox.query_tokens import Kind, Token, tokens_of

COMPARISONS = ("=", "<", ">", "<=", ">=")
TODAY = "CURRENT_DATE"
"""Stands for the company's date; the evaluator puts it in."""


def parse(text: str) -> Query:
    """Parse one SELECT.

    Raises:
        QuickBooksFault: 4000 for text that does not parse, 4001 for a page that is too large or too small.
    """
    return _Parser(tokens_of(text)).query()


class _Parser:
    """Recursive descent over the tokens, one method a clause."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def query(self) -> Query:
        self._keyword("SELECT")
        fields, counts = self._selection()
        self._keyword("FROM")
        entity = self._name()
        where = self._where() if self._takes("WHERE") else ()
        order = self._order() if self._at("ORDERBY", "ORDER") else ()
        start, limit = self._page()
        if self._here.kind is not Kind.END:
            raise self._unexpected("<EOF>")
        return Query(entity=entity, fields=fields, counts=counts, where=where, order=order, start=start, limit=limit)

    def _selection(self) -> tuple[tuple[str, ...], bool]:
        if self._takes("COUNT"):
            for symbol in ("(", "*", ")"):
                self._symbol(symbol)
            return (), True
        is_whole = self._takes("*")
        fields = [] if is_whole else [self._name()]
        while self._takes(","):
            fields.append(self._name())
        # A public client asks for `*, Sku`, from the days when `*` left out what a newer minor version had added.
        return () if is_whole else tuple(fields), False

    def _where(self) -> tuple[Condition, ...]:
        conditions = [self._condition()]
        while self._takes("AND"):
            conditions.append(self._condition())
        return tuple(conditions)

    def _condition(self) -> Condition:
        field = self._name()
        if self._takes("IN"):
            return Condition(field=field, operator="IN", values=self._list())
        if self._takes("LIKE"):
            return Condition(field=field, operator="LIKE", values=(self._value(),))
        for operator in COMPARISONS:
            if self._takes(operator):
                return Condition(field=field, operator=cast(Operator, operator), values=(self._value(),))
        raise self._unexpected(*COMPARISONS, "in", "like")

    def _list(self) -> tuple[str, ...]:
        self._symbol("(")
        values = [self._value()]
        while self._takes(","):
            values.append(self._value())
        self._symbol(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._here
        if token.kind in (Kind.TEXT, Kind.NUMBER) or token.text in ("TRUE", "FALSE", TODAY):
            self._next += 1
            return token.text.lower() if token.text in ("TRUE", "FALSE") and token.kind is Kind.KEYWORD else token.text
        raise self._unexpected("<STRING_LITERAL>", "true", "false")

    def _order(self) -> tuple[Order, ...]:
        if not self._takes("ORDERBY"):
            self._keyword("ORDER")
            self._keyword("BY")
        keys = [self._order_key()]
        while self._takes(","):
            keys.append(self._order_key())
        return tuple(keys)

    def _order_key(self) -> Order:
        field = self._name()
        descending = self._takes("DESC")
        if not descending:
            self._takes("ASC")
        return Order(field=field, descending=descending)

    def _page(self) -> tuple[int, int]:
        page = {"STARTPOSITION": 1, "MAXRESULTS": DEFAULT_PAGE}
        left = set(page)
        while self._here.kind is Kind.KEYWORD and self._here.text in left:
            word = self._here.text
            left.discard(word)
            self._next += 1
            page[word] = self._number()
        _check_page(page["STARTPOSITION"], page["MAXRESULTS"])
        return page["STARTPOSITION"], page["MAXRESULTS"]

    def _number(self) -> int:
        token = self._here
        if token.kind is Kind.NUMBER and "." not in token.text:
            self._next += 1
            return int(token.text)
        raise self._unexpected("<NUMBER_LITERAL>")

    def _name(self) -> str:
        token = self._here
        if token.kind is Kind.NAME:
            self._next += 1
            return token.text
        raise self._unexpected("<IDENTIFIER>")

    def _keyword(self, word: str) -> None:
        if not self._takes(word):
            raise self._unexpected(word.lower())

    def _symbol(self, symbol: str) -> None:
        if not self._takes(symbol):
            raise self._unexpected(symbol)

    def _at(self, *words: str) -> bool:
        return self._here.kind in (Kind.KEYWORD, Kind.SYMBOL) and self._here.text in words

    def _takes(self, word: str) -> bool:
        if not self._at(word):
            return False
        self._next += 1
        return True

    @property
    def _here(self) -> Token:
        return self._tokens[self._next]

    def _unexpected(self, *expected: str) -> QuickBooksFault:
        token = self._here
        wanted = "\n    ".join(f'"{word}" ...' for word in expected)
        if token.kind is Kind.END and self._next == 0:
            reason = f'Encountered "<EOF>" at line 0, column 0.\nWas expecting:\n    {wanted}\n    '
            return fault("4000", reason=reason)
        met = '"<EOF>"' if token.kind is Kind.END else f'" <{token.kind}> "{token.text} ""'
        many = "Was expecting one of" if len(expected) > 1 else "Was expecting"
        reason = f"Encountered {met} at line 1, column {token.column}.\n{many}:\n    {wanted}\n    "
        return fault("4000", reason=reason)


def _check_page(start: int, limit: int) -> None:
    if limit > LARGEST_PAGE:
        raise fault("4001", reason=f"value {limit} is too large. Max allowed value is {LARGEST_PAGE}")
    for number in (start, limit):
        if number < 1:
            raise fault("4001", reason=f"value {number} is too small. Min allowed value is 1")

"""Words of texts and questions, brought to one form. Pure."""

from __future__ import annotations

import re

# `p&l` and `a/r` are one word each.
_WORD = re.compile(r"[a-z0-9]+(?:[&/][a-z0-9]+)*")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))
_NO_PLURALS = ("ss", "us", "is")


def words_of(text: str) -> list[str]:
    """The words of a text in the singular and in lower case; `CustomerRef` and `customer_ref` are two words."""
    return [singular(word) for word in _WORD.findall(_CAPITAL.sub(" ", text).lower())]


def singular(word: str) -> str:
    """A word without its plural ending, as far as endings tell."""
    for ending, stead in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + stead
    if len(word) > 3 and word.endswith("s") and not word.endswith(_NO_PLURALS):
        return word[:-1]
    return word

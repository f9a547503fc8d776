"""Search: from a question in a user's words to the tools that answer it, best first. Pure; keeps nothing between calls.

Lexical, after Okapi BM25 with weighted fields: a word counts for more the fewer tools have it, and for more in a name
than in a description. Users' phrases are put into the catalog's words first.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.6 (BM25F).
"""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from chassis.grants import Scope
from services.registry.companions import Vocabulary
from services.registry.model import Entry
from services.registry.words import words_of

# How much one occurrence counts, by where it stands. Names say what a tool is; arguments repeat from tool to tool.
_NAME, _TITLE, _RESOURCE, _METHOD, _TAG, _FIRST, _REST, _ARGUMENT = 3.0, 2.0, 3.0, 2.0, 1.0, 1.5, 0.5, 0.4

# How soon repetition stops to count, and how much long texts are held back; the usual values.
_SATURATION, _LENGTH_PENALTY = 1.2, 0.4

# A question without a verb most often wants to look: a list finds what a get can only read by its id.
_PREFERENCE = {"list": 1.12, "get": 1.04, "create": 1.02}

# Words of names that nearly all names have, such as the product's, tell nothing.
_LEAST_TELLING = 1.2

# Worse than this share of the best is noise to a model, whatever the limit allows.
_WORST_SHARE = 0.3

# A misspelt word is read as the closest one that the catalog has.
_LEAST_LIKENESS, _LEAST_LENGTH, _MISSPELT = 0.8, 4, 0.7

_MOST_WORDS = 40


class SearchIndex:
    """Everything that questions are held against."""

    def __init__(self, entries: Sequence[Entry], resources: Mapping[str, str], vocabulary: Vocabulary) -> None:
        """Read the tools.

        Args:
            resources: the resource of each tool, by tool id.
        """
        self._entries = tuple(entries)
        self._counts = [_weighted_words(entry, resources[entry.tool.tool_id]) for entry in entries]
        lengths = [sum(counts.values()) for counts in self._counts]
        average = sum(lengths) / len(lengths) if lengths else 1.0
        self._brakes = [_SATURATION * (1 - _LENGTH_PENALTY + _LENGTH_PENALTY * n / average) for n in lengths]
        having = Counter(word for counts in self._counts for word in counts)
        self._worth = {word: math.log(1 + (len(entries) - n + 0.5) / (n + 0.5)) for word, n in having.items()}
        self._fillers = frozenset(word for text in vocabulary.fillers for word in words_of(text))
        self._naming = [
            frozenset(w for w in words_of(entry.tool.tool_id) if self._worth[w] > _LEAST_TELLING) for entry in entries
        ]
        self._ignored = frozenset(word for text in vocabulary.ignore for word in words_of(text))
        self._meanings = {
            self._telling(phrase): words_of(synonym.mean) for synonym in vocabulary.synonyms for phrase in synonym.say
        }
        self._longest = max(map(len, self._meanings), default=1)

    def find(self, query: str, scope: Scope, limit: int) -> tuple[Entry, ...]:
        """The tools that fit a question, best first, among those that the scope opens; none when nothing fits."""
        wanted = self._read(query)
        total = sum(wanted.values())
        scored = []
        for position, entry in enumerate(self._entries):
            if not scope.allows(entry.tool.method, entry.tool.tags, entry.tool.tool_id):
                continue
            score = self._score(position, wanted, total)
            if score > 0:
                scored.append((-score, position))
        scored.sort()
        return tuple(self._entries[p] for score, p in scored[:limit] if score <= scored[0][0] * _WORST_SHARE)

    def _score(self, position: int, wanted: Mapping[str, float], total: float) -> float:
        counts, brake = self._counts[position], self._brakes[position]
        met = [(word, weight) for word, weight in wanted.items() if word in counts]
        if not met:
            return 0.0
        raw = sum(weight * self._worth[word] * counts[word] / (counts[word] + brake) for word, weight in met)
        # A tool that meets the whole question comes before one that meets a part of it often, and one of whose name
        # nothing is left over before a special case of it.
        share = sum(weight for _, weight in met) / total
        naming = self._naming[position]
        named = len(naming & wanted.keys()) / len(naming) if naming else 1.0
        return (
            raw * (0.4 + 0.6 * share) * (0.7 + 0.3 * named) * _PREFERENCE.get(self._entries[position].tool.method, 1.0)
        )

    def _read(self, query: str) -> dict[str, float]:
        """A question as words of the catalog, with how much each counts."""
        words = self._telling(query)[:_MOST_WORDS]
        wanted: dict[str, float] = {}
        position = 0
        while position < len(words):
            length, meaning = self._phrase_at(words, position)
            for word in meaning:
                known, weight = self._known(word)
                wanted[known] = max(wanted.get(known, 0.0), weight)
            position += length
        return {word: weight for word, weight in wanted.items() if word}

    def _telling(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in words_of(text) if word not in self._fillers)

    def _phrase_at(self, words: Sequence[str], position: int) -> tuple[int, Sequence[str]]:
        """The longest phrase of the vocabulary that begins here, else the word itself unless it is ignored."""
        for length in range(min(self._longest, len(words) - position), 0, -1):
            meaning = self._meanings.get(tuple(words[position : position + length]))
            if meaning is not None:
                return length, meaning
        word = words[position]
        return 1, () if word in self._ignored else (word,)

    def _known(self, word: str) -> tuple[str, float]:
        if word in self._worth or len(word) < _LEAST_LENGTH or not word.isalpha():
            return (word, 1.0) if word in self._worth else ("", 0.0)
        close = difflib.get_close_matches(word, self._worth, n=1, cutoff=_LEAST_LIKENESS)
        return (close[0], _MISSPELT) if close else ("", 0.0)


def _weighted_words(entry: Entry, resource: str) -> dict[str, float]:
    """Every word of a tool, with its occurrences weighted by where they stand."""
    tool = entry.tool
    first, _, rest = tool.description.partition(". ")
    schema = msgspec.json.decode(tool.input_schema_json)
    fields = (
        (_NAME, tool.tool_id),
        (_TITLE, tool.title),
        (_RESOURCE, resource),
        (_METHOD, tool.method),
        (_TAG, " ".join(tool.tags)),
        (_FIRST, first),
        (_REST, rest),
        (_ARGUMENT, " ".join(schema.get("properties", ()))),
    )
    counts: dict[str, float] = {}
    for weight, text in fields:
        for word in words_of(text):
            counts[word] = counts.get(word, 0.0) + weight
    return counts

"""A reader without a model: the value of the asked kind in the sentence that shares most with the question."""

from __future__ import annotations

import re
from functools import lru_cache

from conversations.context.clause_splitting import content_stems
from conversations.context.entity_patterns import found_in, key_of
from language import sentences

WORDS = ("green", "navy", "white", "yellow", "grey", "red", "black", "orange")  # what "word" values may be
_MARK = re.compile(r"correct|was |not |wrong|mistyped|sorry", re.I)


def holds(line: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", line) is not None


def marked(line: str, gold: str) -> bool:
    """Whether a line that tells a stale value says that it is stale, or tells the right one beside it."""
    return holds(line, gold) or _MARK.search(line) is not None


def answer(question: str, kind: str, lines: list[str]) -> str:
    """The best value, or "" where no sentence with a value of this kind shares a word with the question."""
    asked = set(content_stems(question))
    best, best_score = "", 0.0
    for line in lines:
        for sentence, stems in _sentences(line):
            score = len(asked & stems)
            if score and score >= best_score and (values := _values(sentence, kind)):
                best, best_score = values[0], score
    return best


def same(told: str, gold: str) -> bool:
    return _plain(told) == _plain(gold)


@lru_cache(maxsize=50_000)
def _sentences(line: str) -> list[tuple[str, frozenset[str]]]:
    told = [part for whole in sentences.split(line, sentences.MESSAGE) for part in re.split(r";\s", whole)]
    return [(sentence, frozenset(content_stems(sentence))) for sentence in told]


@lru_cache(maxsize=50_000)
def _values(sentence: str, kind: str) -> list[str]:
    if kind == "word":
        return [word for word in re.findall(r"\w+", sentence) if word in WORDS]
    kinds = {kind, "reference"} if kind == "version" else {kind}
    return [value for each, value, _ in found_in(sentence, ()) if each in kinds]


def _plain(value: str) -> str:
    return key_of("reference", value).replace("id:", "").replace(".", "").replace("-", "") if value else ""

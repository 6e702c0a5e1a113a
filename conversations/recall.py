"""Which older messages a question needs: words, meaning and neighbourhood, fused. Pure.

Verbatim messages answer better than what was extracted of them, so memory is a search over what was
said. Three legs make an order each (BM25 over messages, BM25 over windows of three, cosine); their
reciprocal ranks are added, and half of a message's score spills over to the ones beside it, because
an answer often stands next to the words that were asked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from conversations.clauses import sentences
from conversations.ledger import concern
from knowledge.fusion import reciprocal_ranks
from knowledge.terms import terms

K1, B = 1.2, 0.75  # Robertson and Zaragoza 2009
LEG_MESSAGES = 100
SPILL = ((1, 0.5), (2, 0.2))
LEAST_COSINE = 0.2


LONGEST_WORDS = 35


@dataclass(frozen=True, slots=True)
class Said:
    """A message as memory sees it, or a part of a long one. `thread` is its conversation: neighbours are of one."""

    seq: int
    role: str
    text: str
    thread: str = ""


def parts(message: Said) -> list[Said]:
    """A long message cut between its sentences, so that one of them can be recalled without the rest."""
    told: list[list[str]] = [[]]
    for sentence in sentences(message.text):
        if told[-1] and sum(len(said.split()) for said in told[-1]) + len(sentence.split()) > LONGEST_WORDS:
            told.append([])
        told[-1].append(sentence)
    if len(told) == 1:
        return [message]
    return [replace(message, text=" ".join(each)) for each in told]


def ranked(said: Sequence[Said], question: str, cosines: Mapping[int, float], locale: str = "en") -> list[int]:
    """Places in `said`, best first; nothing that no leg found and that stands beside nothing found.

    `cosines` gives, for places whose vector is known, the similarity to the question.
    """
    asked = set(terms(question, locale))
    counts = [_counts(message.text, locale) for message in said]
    near = sorted((place for place, cosine in cosines.items() if cosine >= LEAST_COSINE), key=lambda p: -cosines[p])
    legs = [near, _bm25(asked, counts), _bm25(asked, _windows(said, counts, asked))]
    scores = reciprocal_ranks([leg[:LEG_MESSAGES] for leg in legs])
    spread = dict(scores)
    for place, score in scores.items():
        for distance, share in SPILL:
            for beside in (place - distance, place + distance):
                if 0 <= beside < len(said) and said[beside].thread == said[place].thread:
                    spread[beside] = spread.get(beside, 0.0) + share * score
    for place in spread:
        spread[place] *= concern(said[place].role, said[place].text)  # articles are found again as passages
    return sorted(spread, key=lambda place: (-spread[place], place))


def within(order: Sequence[int], size: Callable[[int], int], budget: int) -> list[int]:
    """As many of the best as the budget holds, in the order in which they were said."""
    kept = []
    for place in order:
        if size(place) <= budget:
            kept.append(place)
            budget -= size(place)
    return sorted(kept)


# Messages never change, so what was counted once serves every later question of the conversation.
@lru_cache(maxsize=20_000)
def _counts(text: str, locale: str) -> Counter[str]:
    return Counter(terms(text, locale))


def _windows(said: Sequence[Said], counts: Sequence[Counter[str]], asked: set[str]) -> list[Counter[str]]:
    """Each message with the one before and the one after; only the asked words, and the length."""
    windows = []
    for place, message in enumerate(said):
        beside = [p for p in (place - 1, place, place + 1) if 0 <= p < len(said) and said[p].thread == message.thread]
        window = Counter({term: sum(counts[p][term] for p in beside) for term in asked})
        window[""] = sum(counts[p].total() for p in beside) - window.total()
        windows.append(window)
    return windows


def _bm25(asked: set[str], counts: Sequence[Counter[str]]) -> list[int]:
    lengths = [count.total() for count in counts]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    scores: dict[int, float] = {}
    for term in sorted(asked):
        places = [place for place, count in enumerate(counts) if count[term] > 0]
        idf = math.log(1 + (len(counts) - len(places) + 0.5) / (len(places) + 0.5))
        for place in places:
            often = counts[place][term]
            weight = often * (K1 + 1) / (often + K1 * (1 - B + B * lengths[place] / average))
            scores[place] = scores.get(place, 0.0) + idf * weight
    return sorted(scores, key=lambda place: (-scores[place], place))

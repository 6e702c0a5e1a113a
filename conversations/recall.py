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
LEAST_TOKENS = 5  # nothing worth telling is shorter


@dataclass(frozen=True, slots=True)
class Said:
    """A message as memory sees it, or a part of a long one. `thread` is its conversation: neighbours are of one."""

    seq: int
    role: str
    text: str
    thread: str = ""


def parts(message: Said) -> list[Said]:
    """A long message cut between its sentences, so that one of them can be recalled without the rest."""
    return [replace(message, text=text) for text in _cut(message.text)]


def ranked(said: Sequence[Said], question: str, cosines: Mapping[int, float], locale: str = "en") -> list[int]:
    """Places in `said`, best first; nothing that no leg found and that stands beside nothing found.

    `cosines` gives, for places whose vector is known, the similarity to the question.
    """
    counts = [_counts(message.text, locale) for message in said]
    often = {term: [count[term] for count in counts] for term in set(terms(question, locale))}
    often = {term: times for term, times in sorted(often.items()) if any(times)}
    near = sorted((place for place, cosine in cosines.items() if cosine >= LEAST_COSINE), key=lambda p: -cosines[p])
    lengths = [count.total() for count in counts]
    beside = [place for place in range(1, len(said)) if said[place].thread == said[place - 1].thread]
    windows = {term: _windowed(times, beside) for term, times in often.items()}
    legs = [near, _bm25(often, lengths), _bm25(windows, _windowed(lengths, beside))]
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
        if budget < LEAST_TOKENS:
            break
        if (needed := size(place)) <= budget:
            kept.append(place)
            budget -= needed
    return sorted(kept)


# Messages never change, so what was cut and counted once serves every later question of the conversation.
@lru_cache(maxsize=20_000)
def _cut(text: str) -> tuple[str, ...]:
    told: list[list[str]] = [[]]
    for sentence in sentences(text):
        if told[-1] and sum(len(said.split()) for said in told[-1]) + len(sentence.split()) > LONGEST_WORDS:
            told.append([])
        told[-1].append(sentence)
    return tuple(" ".join(each) for each in told) if len(told) > 1 else (text,)


@lru_cache(maxsize=40_000)
def _counts(text: str, locale: str) -> Counter[str]:
    return Counter(terms(text, locale))


def _windowed(times: Sequence[int], beside: Sequence[int]) -> list[int]:
    """Each number with the one before and the one after. `beside` are the places that go on the thread before them."""
    windows = list(times)
    for place in beside:
        windows[place] += times[place - 1]
        windows[place - 1] += times[place]
    return windows


def _bm25(often: Mapping[str, Sequence[int]], lengths: Sequence[int]) -> list[int]:
    """Places by BM25, best first; `often` says how often each asked term stands at each place."""
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    scores: dict[int, float] = {}
    for times in often.values():
        places = [place for place, count in enumerate(times) if count]
        idf = math.log(1 + (len(times) - len(places) + 0.5) / (len(places) + 0.5))
        for place in places:
            weight = times[place] * (K1 + 1) / (times[place] + K1 * (1 - B + B * lengths[place] / average))
            scores[place] = scores.get(place, 0.0) + idf * weight
    return sorted(scores, key=lambda place: (-scores[place], place))

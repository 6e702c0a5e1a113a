"""Which older messages a question needs: words, meaning and neighbourhood, fused. Pure.

Verbatim messages answer better than what was extracted of them, so memory is a search over what was
said. Three legs make an order each (BM25 over messages, BM25 over windows of three, cosine); their
reciprocal ranks are added, and half of a message's score spills over to the ones beside it, because
an answer often stands next to the words that were asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

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


# Messages never change, so what was cut and counted once serves every later question of the conversation.
@lru_cache(maxsize=20_000)
def parts(message: Said) -> tuple[Said, ...]:
    """A long message cut between its sentences, so that one of them can be recalled without the rest."""
    return tuple(replace(message, text=text) for text in _cut(message.text))


def ranked(
    said: Sequence[Said], question: str, cosines: Mapping[int, float], locale: str = "en", bare: str = ""
) -> list[int]:
    """Places in `said`, best first; nothing that no leg found and that stands beside nothing found.

    `cosines` gives, for places whose vector is known, the similarity to the question. Where the question was
    filled up with what it leans on, `bare` is its own words: they are looked for by themselves too, because the
    topic before it may be another one.
    """
    counts = [_counts(message.text, locale) for message in said]
    lengths = np.array([length for _, length in counts], dtype=float)
    near = sorted((place for place, cosine in cosines.items() if cosine >= LEAST_COSINE), key=lambda p: -cosines[p])
    goes_on = np.array([place for place in range(1, len(said)) if said[place].thread == said[place - 1].thread], int)
    legs = [near]
    for asked in dict.fromkeys((question, bare or question)):
        wanted = sorted(set(terms(asked, locale)))
        rows = [[count.get(term, 0) for count, _ in counts] for term in wanted]
        times = np.array(rows, dtype=float).reshape(-1, len(said))
        legs += [_bm25(times, lengths), _bm25(_windowed(times, goes_on), _windowed(lengths, goes_on))]
    scores = reciprocal_ranks([leg[:LEG_MESSAGES] for leg in legs])
    spread = dict(scores)
    for place, score in scores.items():
        for distance, share in SPILL:
            for beside in (place - distance, place + distance):
                if 0 <= beside < len(said) and said[beside].thread == said[place].thread:
                    spread[beside] = spread.get(beside, 0.0) + share * score
    for place in spread:
        spread[place] *= _concern(said[place].role, said[place].text)  # articles are found again as passages
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


def _cut(text: str) -> tuple[str, ...]:
    told: list[list[str]] = [[]]
    for sentence in sentences(text):
        if told[-1] and sum(len(said.split()) for said in told[-1]) + len(sentence.split()) > LONGEST_WORDS:
            told.append([])
        told[-1].append(sentence)
    return tuple(" ".join(each) for each in told) if len(told) > 1 else (text,)


@lru_cache(maxsize=40_000)
def _counts(text: str, locale: str) -> tuple[Counter[str], int]:
    """How often each term stands in a text, and how many it has in all."""
    counted = Counter(terms(text, locale))
    return counted, counted.total()


_concern = lru_cache(maxsize=40_000)(concern)


def _windowed(times: np.ndarray, goes_on: np.ndarray) -> np.ndarray:
    """Each number with the one before and the one after. `goes_on` are the places that go on the thread before them."""
    windows = times.copy()
    windows[..., goes_on] += times[..., goes_on - 1]
    windows[..., goes_on - 1] += times[..., goes_on]
    return windows


def _bm25(times: np.ndarray, lengths: np.ndarray) -> list[int]:
    """Places by BM25, best first; `times`, shape (terms, places), says how often each asked term stands where."""
    average = lengths.mean() if lengths.any() else 1.0
    found = (times > 0).sum(axis=1, keepdims=True)
    idf = np.log(1 + (times.shape[1] - found + 0.5) / (found + 0.5))
    scores = (idf * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths / average))).sum(axis=0)
    order = np.argsort(-scores, kind="stable")
    return [int(place) for place in order[: np.count_nonzero(scores)]]

"""Which older messages a question needs: words, meaning and neighbourhood, fused. Pure.

Verbatim messages answer better than what was extracted of them, so memory is a search over what was
said. Three legs make an order each (BM25 over messages, BM25 over windows of three, cosine); their
reciprocal ranks are added, and half of a message's score spills over to the ones beside it, because
an answer often stands next to the words that were asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from conversations.context.fact_ledger import concern
from knowledge.search.fusion import reciprocal_ranks
from language import sentences
from language.tokenizing import terms

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


def parts(message: Said) -> tuple[Said, ...]:
    """A long message cut between its sentences, so that one of them can be recalled without the rest."""
    return tuple(replace(message, text=text) for text in _cut(message.text))


def _no_numbers() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Index:
    """What was said, with all that ranking needs to know of it, so that a question reads no text again.

    It grows by making another; who holds the old one keeps it as it was. Each array has a number for each of
    `said`; `found` gives for a term the places where it stands and how often, shape (places, 2).
    """

    locale: str = "en"
    said: tuple[Said, ...] = ()
    lengths: np.ndarray = field(default_factory=_no_numbers)  # in terms
    concerns: np.ndarray = field(default_factory=_no_numbers)
    threads: np.ndarray = field(default_factory=_no_numbers)  # numbered
    found: Mapping[str, np.ndarray] = field(default_factory=dict)

    def grown(self, more: Sequence[Said]) -> Index:
        """This index with more said after it."""
        said = (*self.said, *more)
        counts = [Counter(terms(each.text, self.locale)) for each in more]
        places: dict[str, list[tuple[int, int]]] = {}
        for place, counted in enumerate(counts, start=len(self.said)):
            for term, times in counted.items():
                places.setdefault(term, []).append((place, times))
        new = {term: np.array(rows, dtype=np.int32) for term, rows in places.items()}
        old = {term: np.concatenate((self.found[term], rows)) for term, rows in new.items() if term in self.found}
        numbers: dict[str, int] = {}
        threads = [numbers.setdefault(each.thread, len(numbers)) for each in said]
        return Index(
            self.locale,
            said,
            np.append(self.lengths, [counted.total() for counted in counts]),
            np.append(self.concerns, [concern(each.role, each.text) for each in more]),
            np.array(threads),
            {**self.found, **new, **old},
        )

    def ranked(
        self, question: str, cosines: np.ndarray | None = None, bare: str = "", upto: int | None = None
    ) -> list[int]:
        """Places, best first; nothing that no leg found and that stands beside nothing found.

        `cosines` gives for each place the similarity to the question, nan where that is unknown. Where the
        question was filled up with what it leans on, `bare` is its own words: they are looked for by themselves
        too, because the topic before it may be another one. `upto`: only the first so many.
        """
        size = len(self.said) if upto is None else upto
        lengths, threads = self.lengths[:size], self.threads[:size]
        legs = [] if cosines is None else [_nearest(cosines[:size])]
        for asked in dict.fromkeys((question, bare or question)):
            times = self._times(sorted(set(terms(asked, self.locale))), size)
            legs += [_bm25(times, lengths), _bm25(_windowed(times, threads), _windowed(lengths, threads))]
        scores = np.zeros(size)
        for place, score in reciprocal_ranks(legs).items():
            scores[place] = score
        spread = _spilt(scores, threads) * self.concerns[:size]  # articles are found again as passages
        return _best(spread, size)

    def _times(self, wanted: Sequence[str], size: int) -> np.ndarray:
        """How often each term stands at each place, shape (terms, places)."""
        times = np.zeros((len(wanted), size))
        for row, term in zip(times, wanted, strict=True):
            if term in self.found:
                places, often = self.found[term].T
                row[places[places < size]] = often[places < size]
        return times


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
    for sentence in sentences.split(text, sentences.MESSAGE):
        if told[-1] and sum(len(said.split()) for said in told[-1]) + len(sentence.split()) > LONGEST_WORDS:
            told.append([])
        told[-1].append(sentence)
    return tuple(" ".join(each) for each in told) if len(told) > 1 else (text,)


def _nearest(cosines: np.ndarray) -> list[int]:
    known = np.nan_to_num(cosines, nan=-1.0)
    return _best(np.where(known >= LEAST_COSINE, known, 0.0), LEG_MESSAGES)


def _bm25(times: np.ndarray, lengths: np.ndarray) -> list[int]:
    """Places by BM25, best first; `times`, shape (terms, places), says how often each asked term stands where."""
    average = lengths.mean() if lengths.any() else 1.0
    found = (times > 0).sum(axis=1, keepdims=True)
    idf = np.log(1 + (times.shape[1] - found + 0.5) / (found + 0.5))
    scores = (idf * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths / average))).sum(axis=0)
    return _best(scores, LEG_MESSAGES)


def _best(scores: np.ndarray, most: int) -> list[int]:
    """The places with a score, best first; of two that are alike the earlier one."""
    order = np.argsort(-scores, kind="stable")[: min(most, np.count_nonzero(scores))]
    return [int(place) for place in order]


def _windowed(times: np.ndarray, threads: np.ndarray) -> np.ndarray:
    """Each number with the one before and the one after, of its thread."""
    together = threads[1:] == threads[:-1]
    windows = times.copy()
    windows[..., 1:] += times[..., :-1] * together
    windows[..., :-1] += times[..., 1:] * together
    return windows


def _spilt(scores: np.ndarray, threads: np.ndarray) -> np.ndarray:
    """Each score with shares of those beside it, of its thread."""
    spread = scores.copy()
    for distance, share in SPILL:
        shared = share * (threads[distance:] == threads[:-distance])
        spread[distance:] += shared * scores[:-distance]
        spread[:-distance] += shared * scores[distance:]
    return spread

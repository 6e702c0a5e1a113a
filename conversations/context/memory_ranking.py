"""Rank older messages by words, meaning and neighbourhood. Pure.

Verbatim messages answer better than facts extracted from them, so memory searches messages. Three rankings (BM25 over
messages, BM25 over windows of three, cosine) are fused by reciprocal ranks, and half of a message's score is added to
its neighbours, because an answer is often next to the matching words.
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
LEAST_TOKENS = 5  # shorter messages have no content


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message, or a part of a long one. `thread` is its conversation: only messages of one are neighbours."""

    seq: int
    role: str
    text: str
    thread: str = ""


def parts(message: PastMessage) -> tuple[PastMessage, ...]:
    """Split a long message between sentences, so that a part can be recalled alone."""
    return tuple(replace(message, text=text) for text in _cut(message.text))


def _no_numbers() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Index:
    """Messages with everything that ranking needs, so that a question reads no text again.

    Immutable: `grown` returns a new index. Each array has one number per entry of `said`; `found` maps a term to its
    places and counts, shape (places, 2).
    """

    locale: str = "en"
    said: tuple[PastMessage, ...] = ()
    lengths: np.ndarray = field(default_factory=_no_numbers)  # in terms
    concerns: np.ndarray = field(default_factory=_no_numbers)
    threads: np.ndarray = field(default_factory=_no_numbers)  # numbered
    found: Mapping[str, np.ndarray] = field(default_factory=dict)

    def grown(self, more: Sequence[PastMessage]) -> Index:
        """Return this index with more messages appended."""
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
        """Return indexes, best first, without those that neither match nor are next to a match.

        `cosines` has the similarity of each entry to the question, nan if unknown. If context was added to the
        question, `bare` is the question without it, which is also searched alone, because the topic may have changed.
        `upto`: only the first entries.
        """
        size = len(self.said) if upto is None else upto
        lengths, threads = self.lengths[:size], self.threads[:size]
        legs = [] if cosines is None else [_nearest(cosines[:size])]
        for text in dict.fromkeys((question, bare or question)):
            times = self._times(sorted(set(terms(text, self.locale))), size)
            legs += [_bm25(times, lengths), _bm25(_windowed(times, threads), _windowed(lengths, threads))]
        scores = np.zeros(size)
        for place, score in reciprocal_ranks(legs).items():
            scores[place] = score
        spread = _spilt(scores, threads) * self.concerns[:size]  # articles are already found as passages
        return _best(spread, size)

    def _times(self, wanted: Sequence[str], size: int) -> np.ndarray:
        """Return the count of each term per entry, shape (terms, entries)."""
        times = np.zeros((len(wanted), size))
        for row, term in zip(times, wanted, strict=True):
            if term in self.found:
                places, often = self.found[term].T
                row[places[places < size]] = often[places < size]
        return times


def within(order: Sequence[int], size: Callable[[int], int], budget: int) -> list[int]:
    """Return as many of the best as fit the budget, in the original order."""
    chosen = []
    for place in order:
        if budget < LEAST_TOKENS:
            break
        if (needed := size(place)) <= budget:
            chosen.append(place)
            budget -= needed
    return sorted(chosen)


def _cut(text: str) -> tuple[str, ...]:
    groups: list[list[str]] = [[]]
    for sentence in sentences.split(text, sentences.MESSAGE):
        if groups[-1] and sum(len(part.split()) for part in groups[-1]) + len(sentence.split()) > LONGEST_WORDS:
            groups.append([])
        groups[-1].append(sentence)
    return tuple(" ".join(each) for each in groups) if len(groups) > 1 else (text,)


def _nearest(cosines: np.ndarray) -> list[int]:
    similarities = np.nan_to_num(cosines, nan=-1.0)
    return _best(np.where(similarities >= LEAST_COSINE, similarities, 0.0), LEG_MESSAGES)


def _bm25(times: np.ndarray, lengths: np.ndarray) -> list[int]:
    """Return indexes by BM25, best first; `times` are the counts of question terms, shape (terms, entries)."""
    average = lengths.mean() if lengths.any() else 1.0
    occurs = (times > 0).sum(axis=1, keepdims=True)
    idf = np.log(1 + (times.shape[1] - occurs + 0.5) / (occurs + 0.5))
    scores = (idf * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths / average))).sum(axis=0)
    return _best(scores, LEG_MESSAGES)


def _best(scores: np.ndarray, most: int) -> list[int]:
    """Return indexes with a score, best first; among equals the earlier one."""
    order = np.argsort(-scores, kind="stable")[: min(most, np.count_nonzero(scores))]
    return [int(place) for place in order]


def _windowed(times: np.ndarray, threads: np.ndarray) -> np.ndarray:
    """Add to each number its neighbours in the thread."""
    together = threads[1:] == threads[:-1]
    windows = times.copy()
    windows[..., 1:] += times[..., :-1] * together
    windows[..., :-1] += times[..., 1:] * together
    return windows


def _spilt(scores: np.ndarray, threads: np.ndarray) -> np.ndarray:
    """Add to each score shares of its neighbours in the thread."""
    spread = scores.copy()
    for distance, share in SPILL:
        shared = share * (threads[distance:] == threads[:-distance])
        spread[distance:] += shared * scores[:-distance]
        spread[:-distance] += shared * scores[distance:]
    return spread

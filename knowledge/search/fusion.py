"""Combine the rankings of several retrievers in two ways. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

RRF_K = 60  # Cormack, Clarke and Buettcher, SIGIR 2009
# Defaults, measured by `python -m benchmarks retrieval` against reciprocal ranks on several corpora. Headings count
# inside BM25; as a retriever of their own they are only displayed, and fused if a workspace's labels favour it.
LEG_WEIGHTS = {"vector": 0.2, "sentence": 0.4, "terms": 0.4, "heading": 0.0, "multilingual": 0.2}
# For a question in a language the embedder does not know: names and numbers, and multilingual vectors.
OTHER_LANGUAGE_WEIGHTS = {"terms": 0.3, "multilingual": 0.7}


def reciprocal_ranks(orders: Sequence[Sequence[int]]) -> dict[int, float]:
    """Reciprocal rank fusion: uses no scores, only each ranking, best first."""
    scores: dict[int, float] = {}
    for order in orders:
        for rank, pk in enumerate(order, start=1):
            scores[pk] = scores.get(pk, 0.0) + 1 / (RRF_K + rank)
    return scores


def weighted(legs: Mapping[str, Mapping[int, float]], weights: Mapping[str, float]) -> dict[int, float]:
    """Convex combination of scores between 0 and 1; missing scores are 0."""
    total = sum(weights[name] for name in legs)
    fused = dict.fromkeys({pk for leg in legs.values() for pk in leg}, 0.0)
    for name, leg in legs.items():
        for pk, score in leg.items():
            fused[pk] += weights[name] * score
    return {pk: score / total for pk, score in fused.items()}

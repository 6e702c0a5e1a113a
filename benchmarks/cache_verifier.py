"""Fit the pair verifier and write `caching/matching/verifier.json`.

Run: `python -m benchmarks cache_verifier`, about four minutes. Fitted on banking77, stackfaq and emanual: on their
pairs, and on what a cache meets, each question with the nearest of those asked before it. Of banking77 requests
1,501 to 4,500 are used, the others never. fow-cache and nlupp are never fitted on, and each of the three sets is
also scored by a model that has not seen it. No weight may be negative: the hard negatives of these sets were
chosen for their shared words, and a free fit would learn that choice (spelled alike, hence different).
"""

import json

import numpy as np
from scipy.optimize import minimize

from assistant.llm import registry
from benchmarks.cache_data import DOMAINS, Pair, pairs, stream
from caching.matching import equivalence as judging
from caching.matching import verifier
from caching.matching.alignment import Difference, features
from caching.matching.cacheability import classify, concerns_differ
from caching.matching.guards import compare, veto
from caching.matching.question_parsing import read
from language.normalise import canonical

SEED, NEIGHBOURS = 20261122, 5
# The parts of the streams that are fitted on: where each begins, how long it is.
PARTS = {"banking77": ((1500, 1500), (3000, 1500)), "stackfaq": ((0, 759),), "emanual": ((0, 388),)}
UNSEEN_PARTS = ((0, 1500), (4500, 1467))  # of banking77
PRIOR_VARIANCE = 0.1  # of a standardised weight
THRESHOLD, MIN_COSINE = 0.91, 0.7
DIFFERENCES = tuple(Difference)

Weights = dict[Difference, np.ndarray]  # of each feature and, last, the bias


class Scored:
    """Pairs decided before the verifier or "open"; of the open ones their features and labels."""

    def __init__(self, found: list[Pair]) -> None:
        outcomes = [outcome(pair) for pair in found]
        same = np.array([pair.same for pair in found])
        is_open = np.array([reason == "open" for reason in outcomes])
        settled = np.isin(outcomes, ["exact"])
        self.of_each = {label: int((same == label).sum()) for label in (True, False)}
        self.settled = {label: int((settled & (same == label)).sum()) for label in (True, False)}
        self.same = same[is_open]
        opened = [pair for pair, chosen in zip(found, is_open, strict=True) if chosen]
        seen = [features(compare(read(p.a), read(p.b)), judging.vectors(p.a), judging.vectors(p.b)) for p in opened]
        self.difference = np.array([each.difference for each in seen])
        self.x = np.array([[getattr(each, name) for name in verifier.WEIGHED] for each in seen], dtype=np.float64)

    def served(self, weights: Weights) -> np.ndarray:
        logit = np.full(len(self.x), -np.inf)
        for difference, w in weights.items():
            chosen = self.difference == difference
            logit[chosen] = self.x[chosen] @ w[:-1] + w[-1]
        near = self.x[:, verifier.WEIGHED.index("cosine")] >= MIN_COSINE
        verified: np.ndarray = near & (1 / (1 + np.exp(-logit)) >= THRESHOLD)
        return verified


def outcome(pair: Pair) -> str:
    if canonical(pair.a) == canonical(pair.b):
        return "exact"
    found = compare(read(pair.a), read(pair.b))
    if reason := concerns_differ(pair.a, pair.b) or veto(found):
        return reason
    return "open"


def asked_before(domain: str, start: int, length: int) -> list[Pair]:
    """Each question of a stream that may be kept, with the nearest of those before it."""
    asked = [(text, label) for text, label in stream(domain, SEED, start, length) if classify(text).may_be_kept]
    vectors = registry.embedder().embed([text for text, _ in asked])
    found = []
    for now, (text, label) in enumerate(asked):
        for before in np.argsort(-(vectors[:now] @ vectors[now]))[:NEIGHBOURS]:
            found.append(Pair(asked[before][0], text, asked[before][1] == label, "asked before"))
    return found


def fit(sources: list[Scored]) -> Weights:
    return {difference: fit_one(sources, difference) for difference in DIFFERENCES}


def fit_one(sources: list[Scored], difference: Difference) -> np.ndarray:
    """The weights for one kind of difference. Each source, a set of pairs or a stretch of a stream, weighs the same."""
    parts = [(s, s.difference == difference) for s in sources if (s.difference == difference).any()]
    x = np.concatenate([s.x[chosen] for s, chosen in parts])
    y = np.concatenate([s.same[chosen] for s, chosen in parts]).astype(float)
    weight = np.concatenate([np.full(chosen.sum(), 1.0 / chosen.sum()) for _, chosen in parts])
    weight *= len(weight) / weight.sum()
    centre, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - centre) / spread

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        logit = z @ p[:-1] + p[-1]
        error = weight * (1 / (1 + np.exp(-logit)) - y)
        value = (weight * np.logaddexp(0, -logit * (2 * y - 1))).sum() + (p[:-1] ** 2).sum() / (2 * PRIOR_VARIANCE)
        return value, np.append(z.T @ error + p[:-1] / PRIOR_VARIANCE, error.sum())

    bounds = [*((0, None) for _ in verifier.WEIGHED), (None, None)]
    p = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = p[:-1] / spread
    return np.append(weights, p[-1] - weights @ centre)


def line(name: str, source: Scored, weights: Weights) -> str:
    served = source.served(weights)
    hits, wrong = (source.settled[label] + int((served & (source.same == label)).sum()) for label in (True, False))
    return (
        f"{name:34} served {hits:5} of {source.of_each[True]:5} same, {wrong:3} of {source.of_each[False]:5} different"
    )


def main() -> None:
    by_pairs = {domain: Scored(pairs(domain)) for domain in DOMAINS}
    by_parts = {domain: [Scored(asked_before(domain, *part)) for part in parts] for domain, parts in PARTS.items()}
    for left_out in PARTS:
        others = fit([s for domain in PARTS if domain != left_out for s in (by_pairs[domain], *by_parts[domain])])
        print(line(f"{left_out} pairs, left out", by_pairs[left_out], others))
        for (start, _), part in zip(PARTS[left_out], by_parts[left_out], strict=True):
            print(line(f"{left_out} from {start + 1}, left out", part, others))
    weights = fit([s for domain in PARTS for s in (by_pairs[domain], *by_parts[domain])])
    for domain, found in by_pairs.items():
        print(line(f"{domain} pairs" + ("" if domain in PARTS else ", never fitted"), found, weights))
    for start, length in UNSEEN_PARTS:
        unseen = Scored(asked_before("banking77", start, length))
        print(line(f"banking77 from {start + 1}, never fitted", unseen, weights))
    names = (*verifier.WEIGHED, "bias")
    model = verifier.fitted() | {
        "weights": {d: dict(zip(names, np.round(w, 4).tolist(), strict=True)) for d, w in weights.items()},
        "threshold": THRESHOLD,
        "min_cosine": MIN_COSINE,
    }
    verifier.FILE.write_text(json.dumps(model, indent=1) + "\n")


if __name__ == "__main__":
    main()

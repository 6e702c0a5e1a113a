"""Fit the pair verifier and write `caching/verifier.json`.

Run: `python -m benchmarks.cache_verifier`. Fitted on banking77, stackfaq and emanual; fow-cache and
nlupp are never fitted on, and each of the three is also scored by a model that has not seen it. The
signs of the weights are fixed beforehand: the hard negatives of these sets were chosen for their shared
words, and a free fit would learn that choice (spelling alike, hence different) instead of the language.
"""

import json

import numpy as np
from scipy.optimize import minimize

from benchmarks.cache_data import DOMAINS, Pair, pairs
from caching import pairs as judging
from caching import verifier
from caching.alignment import Features, features
from caching.guards import compare, veto
from caching.normalise import canonical
from caching.reading import bag, read

SIGNS = {"cosine": 1, "least": 1, "mean": 1, "loose_least": 1, "loose_mean": 1, "one_swap": -1, "one_sided": -1}
FITTED_ON = ("banking77", "stackfaq", "emanual")
PRIOR_VARIANCE = 0.03  # of a standardised weight
THRESHOLD, MIN_COSINE = 0.85, 0.8


class Scored:
    """A domain's pairs: decided before the verifier or "open", their features, their labels."""

    def __init__(self, found: list[Pair]) -> None:
        outcomes = [outcome(pair) for pair in found]
        self.reason = np.array([reason for reason, _ in outcomes])
        self.x = np.array([values for _, values in outcomes], dtype=np.float64)
        self.same = np.array([pair.same for pair in found])
        self.open = self.reason == "open"

    def served(self, weights: np.ndarray) -> np.ndarray:
        probability = 1 / (1 + np.exp(-(self.x @ weights[:-1] + weights[-1])))
        near = self.x[:, Features._fields.index("cosine")] >= MIN_COSINE
        verified: np.ndarray = self.open & near & (probability >= THRESHOLD)
        return verified | np.isin(self.reason, ["exact", "bag"])


def outcome(pair: Pair) -> tuple[str, Features]:
    found = compare(read(pair.a), read(pair.b))
    seen = features(found, judging.vectors(pair.a), judging.vectors(pair.b))
    if canonical(pair.a) == canonical(pair.b):
        return "exact", seen
    return veto(found) or ("bag" if bag(found.a) == bag(found.b) else "open"), seen


def fit(domains: list[Scored]) -> np.ndarray:
    """Weights and, last, the bias. Each domain weighs as the square root of its pairs."""
    x = np.concatenate([domain.x[domain.open] for domain in domains])
    y = np.concatenate([domain.same[domain.open] for domain in domains]).astype(float)
    weight = np.concatenate([np.full(domain.open.sum(), domain.open.sum() ** -0.5) for domain in domains])
    weight *= len(weight) / weight.sum()
    centre, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - centre) / spread

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        logit = z @ p[:-1] + p[-1]
        error = weight * (1 / (1 + np.exp(-logit)) - y)
        value = (weight * np.logaddexp(0, -logit * (2 * y - 1))).sum() + (p[:-1] ** 2).sum() / (2 * PRIOR_VARIANCE)
        return value, np.append(z.T @ error + p[:-1] / PRIOR_VARIANCE, error.sum())

    sides = {1: (0, None), -1: (None, 0), 0: (None, None)}
    bounds = [*(sides[SIGNS.get(name, 0)] for name in Features._fields), (None, None)]
    p = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = p[:-1] / spread
    return np.append(weights, p[-1] - weights @ centre)


def line(name: str, domain: Scored, weights: np.ndarray) -> str:
    served, same = domain.served(weights), domain.same
    hits, wrong = int((served & same).sum()), int((served & ~same).sum())
    return f"{name:24} served {hits:4} of {same.sum():4} same, {wrong:3} of {(~same).sum():4} different"


def main() -> None:
    scored = {domain: Scored(pairs(domain)) for domain in DOMAINS}
    for left_out in FITTED_ON:
        others = fit([scored[domain] for domain in FITTED_ON if domain != left_out])
        print(line(f"{left_out}, left out", scored[left_out], others))
    weights = fit([scored[domain] for domain in FITTED_ON])
    for domain in DOMAINS:
        print(line(domain + ("" if domain in FITTED_ON else ", never fitted"), scored[domain], weights))
    model = verifier.fitted() | {
        "weights": dict(zip(Features._fields, np.round(weights[:-1], 4).tolist(), strict=True)),
        "bias": round(float(weights[-1]), 4),
        "threshold": THRESHOLD,
        "min_cosine": MIN_COSINE,
    }
    verifier.FILE.write_text(json.dumps(model, indent=1) + "\n")


if __name__ == "__main__":
    main()

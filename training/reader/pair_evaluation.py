"""The pair head on sets that nobody learned from, beside the cosine of the two questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.reader.candidates import Vectors
from training.reader.config import Config
from training.reader.corpora import rows_of
from training.reader.network import HEADS
from training.reader.reading import Scorer
from training.reader.rows import Row
from training.reader.scoring import auc, share

SETS = ("stackfaq", "banking77", "dstc11_intents", "emanual", "nlupp")
WRONG_SHARES = (0.01, 0.05)


def evaluate_pairs(config: Config, scorer: Scorer, limit: int = 800) -> None:
    vectors = Vectors(config.work)
    seen: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    for name in SETS:
        rows = rows_of(config.shared / name / "pairs_dev.jsonl")[:limit]
        labels = np.array([float(row["same"]) for row in rows])
        left, right = (vectors.of([row[side] for row in rows]) for side in ("a", "b"))
        seen[name] = ((left * right).sum(axis=1), judged(scorer, rows), labels)
    for name, (cosines, logits, labels) in seen.items():
        if labels.any():
            print(f"\n{name}: {len(labels)} pairs, {int(labels.sum())} the same")
            for label, scores in (("cosine", cosines), ("reader", logits), ("both", logits / 4 + 8 * cosines)):
                print(f"  {label:7} AUC {auc(scores, labels):.3f} {hits(scores, labels)}")
        else:
            print(f"\n{name}: {len(labels)} near misses, served at the score that serves half of banking77's same")
            for place, label in enumerate(("cosine", "reader")):
                scores, same = seen["banking77"][place], seen["banking77"][2] > 0
                print(f"  {label:7} {share(list(seen[name][place] > np.median(scores[same])))}")


def judged(scorer: Scorer, rows: Sequence[dict[str, str]]) -> np.ndarray:
    """The pair head's logit, the mean of both orders."""
    both = [(row["a"], row["b"]) for row in rows] + [(row["b"], row["a"]) for row in rows]
    logits, _ = scorer.read([Row(a, "", [b], 0, [-1]) for a, b in both])
    own = logits[:, HEADS.index("pair")]
    mean: np.ndarray = (own[: len(rows)] + own[len(rows) :]) / 2
    return mean


def hits(scores: np.ndarray, labels: np.ndarray) -> str:
    """What share of the same pairs is served where so few of the served are wrong."""
    order = np.argsort(-scores, kind="stable")
    wrong = np.cumsum(labels[order] < 0.5) / np.arange(1, len(order) + 1)
    served = np.cumsum(labels[order] > 0.5) / max(1.0, labels.sum())
    told = []
    for limit in WRONG_SHARES:
        fits = served[wrong <= limit]
        told.append(f"hits at {limit:.0%} wrong of served {fits.max(initial=0.0):.2f}")
    return ", ".join(told)

"""Weights of search's legs from questions whose article is known, held near the weights that ship. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FOLDS = 5
RANKS = 10  # an article found behind the tenth is not found
_SHARPNESS = 20.0  # of the softmax over scores between 0 and 1
_PULL = 1.0  # towards the shipped weights
_STEPS = 50
_LARGE_STEP = 0.1  # where the softmax is flat, a step of Newton's would leave the region that it is right in
_SMALL_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Example:
    """One question: each candidate's scores by leg, its article, and whether that is one that answers."""

    group: str  # questions with the same answer share it, and are learned from or judged by together
    scores: np.ndarray  # candidates x legs
    articles: np.ndarray  # a number for each candidate
    answers: np.ndarray  # of bool


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Reciprocal ranks by question, and how many are among the first five, by both kinds of weights."""

    shipped: np.ndarray
    learned: np.ndarray

    @property
    def gains(self) -> np.ndarray:
        gains: np.ndarray = self.learned - self.shipped
        return gains

    def loses_from_the_first_five(self) -> bool:
        return bool((self.learned >= 1 / 5).sum() < (self.shipped >= 1 / 5).sum())


def fit(examples: Sequence[Example], shipped: np.ndarray) -> np.ndarray:
    """Return weights, not negative and together 1, by which what answers stands above the rest.

    The loss is the cross entropy of a softmax over each question's candidates, as in ListNet (Cao et al., ICML
    2007), and the squared distance from `shipped`; minimised by Newton's method.
    """
    seen = [each for each in examples if each.answers.any()]
    if not seen:
        return shipped
    most = max(len(each.answers) for each in seen)
    scores = np.zeros((len(seen), most, len(shipped)))
    is_there, answers = np.zeros((2, len(seen), most), dtype=bool)
    for row, each in enumerate(seen):
        count = len(each.answers)
        scores[row, :count], is_there[row, :count], answers[row, :count] = each.scores, True, each.answers
    weights = shipped.copy()
    for _ in range(_STEPS):
        step = _newton_step(scores, is_there, answers, weights, shipped)
        size = np.abs(step).max()
        weights -= step * min(1.0, _LARGE_STEP / max(size, _SMALL_STEP))
        if size < _SMALL_STEP:
            break
    positive = np.maximum(weights, 0.0)
    return positive / positive.sum() if positive.any() else shipped


def _newton_step(
    scores: np.ndarray, is_there: np.ndarray, answers: np.ndarray, weights: np.ndarray, shipped: np.ndarray
) -> np.ndarray:
    logits = np.where(is_there, _SHARPNESS * (scores @ weights), -np.inf)
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    wanted = np.where(answers, np.maximum(share, 1e-300), 0.0)
    wanted /= wanted.sum(axis=1, keepdims=True)
    count = len(scores)
    slope = _SHARPNESS * np.einsum("qc,qcl->l", share - wanted, scores) / count + _PULL * (weights - shipped)
    mean = np.einsum("qc,qcl->ql", share, scores)
    spread = np.einsum("qc,qcl,qcm->lm", share, scores, scores) - mean.T @ mean
    curve = _SHARPNESS**2 * spread / count + _PULL * np.eye(len(weights))
    step: np.ndarray = np.linalg.solve(curve, slope)
    return step


def reciprocal_ranks(examples: Sequence[Example], weights: np.ndarray) -> np.ndarray:
    """By question, of the best article that answers; 0 behind the tenth."""
    return np.array([_reciprocal_rank(each, weights) for each in examples])


def _reciprocal_rank(example: Example, weights: np.ndarray) -> float:
    if not example.answers.any():
        return 0.0
    fused = example.scores @ weights
    best = np.full(example.articles.max() + 1, -1.0)
    np.maximum.at(best, example.articles, fused)
    rank = 1 + int((best > fused[example.answers].max()).sum())
    return 1 / rank if rank <= RANKS else 0.0


def held_out(examples: Sequence[Example], shipped: np.ndarray, seed: int = 0) -> HeldOut:
    """Judge by cross-validation: each fold by weights fitted on the others, and by those that ship."""
    groups = sorted({each.group for each in examples})
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    fold_of = {groups[group]: place % FOLDS for place, group in enumerate(shuffled)}
    folds = np.array([fold_of[each.group] for each in examples])
    learned = np.zeros(len(examples))
    for fold in range(FOLDS):
        rest = [each for each, own in zip(examples, folds, strict=True) if own != fold]
        judged = [each for each, own in zip(examples, folds, strict=True) if own == fold]
        learned[folds == fold] = reciprocal_ranks(judged, fit(rest, shipped))
    return HeldOut(reciprocal_ranks(examples, shipped), learned)

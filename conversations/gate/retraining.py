"""Train the gate on the verdicts of this installation, starting from the shipped weights, and use better results.

Each class moves away from the shipped weights only as far as the verdicts require: a logistic regression penalised by
the squared distance to them (a Gaussian prior). Half of `control.txt` is part of the training data, so that earlier
knowledge is kept; the other half is used for evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction
from scipy.optimize import minimize

from conversations.gate import classifier
from conversations.gate.classifier import Weights
from conversations.gate.features import features_of_all
from conversations.gate.models import GateModel, GateSettings, HeldMessage

FOLDS = 5
STRENGTH = 1.0  # weight of each verdict against the squared distance to the shipped weights
LABELS_MAX = 5_000  # the newest
SEED = 20261130
HARMLESS = "harmless"
State = GateModel.State
Verdict = HeldMessage.Verdict


@dataclass(frozen=True, slots=True)
class Labels:
    """Features and classes of labelled messages; the class is `harmless` if the message was released.

    `reasons` are the classes that the messages were held for.
    """

    x: np.ndarray
    kinds: np.ndarray
    reasons: np.ndarray

    def __len__(self) -> int:
        return len(self.kinds)

    def at(self, chosen: np.ndarray) -> Labels:
        return Labels(self.x[chosen], self.kinds[chosen], self.reasons[chosen])


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of correctly judged messages, among held-out verdicts and in the control set."""

    stopped: float  # of unwanted messages
    passed: float  # of harmless messages
    control_stopped: float
    control_passed: float

    @property
    def right(self) -> float:
        return (self.stopped + self.passed) / 2


def retrain() -> GateModel:
    """Train on all verdicts, compare, and use the new weights if they are better. Return the stored result."""
    labels = labels_of_installation()
    if not are_enough(labels):
        return GateModel.objects.create(state=State.TOO_FEW, labels=len(labels))
    shipped = classifier.shipped()
    before = figures_of([(classifier.in_use(), labels)])
    parts = list(_folds(labels))
    after = figures_of([(learned(shipped, labels.at(~held)), labels.at(held)) for held in parts])
    weights = learned(shipped, labels)
    control = control_set()
    after = _with_control(after, weights, control)
    before = _with_control(before, classifier.in_use(), control)
    better = is_better(before, after)
    told = {name: [getattr(before, name), getattr(after, name)] for name in Figures.__slots__}
    return _keep(weights, told, len(labels), better=better)


def labels_of_installation() -> Labels:
    """Return the newest verdicts. Verdicts on messages of erased people were erased with them."""
    decided = HeldMessage.objects.exclude(verdict=Verdict.PENDING).exclude(message__text="")
    rows = list(decided.order_by("-decided_at").values_list("message__text", "reason", "verdict")[:LABELS_MAX])
    if not rows:
        return Labels(np.zeros((0, 0)), np.array([]), np.array([]))
    x = features_of_all([text for text, _, _ in rows])
    kinds = [reason if verdict == Verdict.SPAM else HARMLESS for _, reason, verdict in rows]
    return Labels(x, np.array(kinds), np.array([reason for _, reason, _ in rows]))


def are_enough(labels: Labels) -> bool:
    harmless = int((labels.kinds == HARMLESS).sum())
    return len(labels) >= settings.GATE_LABELS_MIN and min(harmless, len(labels) - harmless) * 4 >= len(labels) // 2


def learned(start: Weights, labels: Labels) -> Weights:
    """Return weights that fit the labels and stay close to `start`. A class learns from messages held for it."""
    moved = []
    for number, kind in enumerate(start.classes):
        own, known = labels.at(labels.reasons == kind), shipped_set()[0]
        if len(own):
            x, kinds = np.vstack([own.x, known.x]), np.concatenate([own.kinds, known.kinds])
            moved.append(_moved(start, number, x, (kinds == kind).astype(float)))
        else:
            moved.append((start.weights[number], float(start.bias[number])))
    weights, bias = zip(*moved, strict=True)
    return start.moved(np.stack(weights).astype(np.float32), np.array(bias, dtype=np.float32))


def _moved(start: Weights, number: int, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit one class: minimise the log loss of the calibrated probabilities plus half the squared distance."""
    logits = start.logits(x)[:, number].astype(float)
    slope = float(start.slope[number])

    def loss(step: np.ndarray) -> tuple[float, np.ndarray]:
        now = logits + slope * (x @ step[:-1] + step[-1])
        wrong = STRENGTH * (1 / (1 + np.exp(-np.clip(now, -30, 30))) - y)
        total = float(STRENGTH * (np.logaddexp(0, now) - y * now).sum() + (step @ step) / 2)
        slopes = np.append(slope * (x.T @ wrong), slope * wrong.sum()) + step
        return total, slopes

    step = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    return start.weights[number] + step[:-1], float(start.bias[number] + step[-1])


def _folds(labels: Labels) -> list[np.ndarray]:
    drawn = np.random.default_rng(SEED).permutation(len(labels)) % FOLDS
    return [drawn == fold for fold in range(FOLDS)]


def stopped(weights: Weights, x: np.ndarray) -> np.ndarray:
    """Return which messages are held with the thresholds of the installation."""
    limits = np.array([GateSettings().hold_from(kind) for kind in weights.classes])
    held: np.ndarray = (weights.chances(x) >= limits).any(axis=1)
    return held


def figures_of(judged: Sequence[tuple[Weights, Labels]]) -> Figures:
    """Return the figures of weights on labels that they were not trained on."""
    held = np.concatenate([stopped(weights, labels.x) for weights, labels in judged])
    unwanted = np.concatenate([labels.kinds != HARMLESS for _, labels in judged])
    return Figures(float(held[unwanted].mean()), float((~held[~unwanted]).mean()), 0.0, 0.0)


def _with_control(figures: Figures, weights: Weights, control: Labels) -> Figures:
    on = figures_of([(weights, control)])
    return Figures(figures.stopped, figures.passed, on.stopped, on.passed)


def is_better(before: Figures, after: Figures) -> bool:
    """Return whether the new weights are better on held-out verdicts and not worse on the shipped control set."""
    not_worse = after.control_stopped >= before.control_stopped - 0.01 and after.control_passed >= before.control_passed
    return after.right > before.right + 0.01 and not_worse


def control_set() -> Labels:
    return shipped_set()[1]


@cache
def shipped_set() -> tuple[Labels, Labels]:
    """Return the shipped messages for training and for evaluation. They come from nobody's conversations."""
    lines = Path(__file__).with_name("control.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t", 1) for line in lines if line]
    kinds = np.array([kind for kind, _ in rows])
    both = Labels(features_of_all([text for _, text in rows]), kinds, kinds)
    is_control = np.arange(len(rows)) % 2 == 1
    return both.at(~is_control), both.at(is_control)


@transaction.atomic
def _keep(weights: Weights, figures: dict[str, list[float]], labels: int, *, better: bool) -> GateModel:
    if better:
        GateModel.objects.filter(state=State.IN_USE).update(state=State.REPLACED)
    return GateModel.objects.create(
        state=State.IN_USE if better else State.NO_BETTER,
        weights=classifier.stored(weights) if better else None,
        figures=figures,
        labels=labels,
    )


@transaction.atomic
def roll_back(model: GateModel) -> GateModel | None:
    """Stop using learned weights. Return the earlier ones that are used again; None for the shipped ones."""
    GateModel.objects.filter(pk=model.pk, state=State.IN_USE).update(state=State.ROLLED_BACK)
    replaced = GateModel.objects.filter(state=State.REPLACED, learned_at__lt=model.learned_at)
    before = replaced.order_by("-learned_at").first()
    if before:
        before.state = State.IN_USE
        before.save(update_fields=["state"])
    return before

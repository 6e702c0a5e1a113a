"""`python -m benchmarks.fit_abstention`: fit when to say "that is not in the articles", and write it down.

Answerable are questions with their article in place; not answerable are those that people labelled so and those of
another trade. Each corpus counts the same. Printed is what
each corpus would get from a model that never saw it.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")
django.setup()

import numpy as np  # noqa: E402 - Django must be set up before its models are imported
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from assistant.workspaces.models import Workspace  # noqa: E402
from benchmarks.retrieval_data import Corpus, Question, corpora, demo_shop, foreign  # noqa: E402
from benchmarks.retrieval_runs import Asked, ask_all, indexed  # noqa: E402
from knowledge import abstention  # noqa: E402
from knowledge.abstention import Signals  # noqa: E402

DECLINED_ANSWERABLE_MOST = 0.10
ENOUGH_QUESTIONS = 100
# What the vectors' signals add up to for a question that is just answerable: without vectors so much less is asked.
WITHOUT_VECTORS = 5.5
NAMES = [each.name for each in fields(Signals)]


@dataclass(frozen=True, slots=True)
class Example:
    corpus: str
    signals: Signals
    answerable: bool
    weight: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="store the numbers in knowledge/abstention.json")
    chosen = options.parse_args()
    examples = [example for corpus in [demo_shop(), *labelled()] for example in examples_of(corpus)]
    for name in dict.fromkeys(example.corpus for example in examples):
        weights, bias = fit([example for example in examples if example.corpus != name])
        own = [example for example in examples if example.corpus == name]
        rest = [example for example in examples if example.corpus != name]
        print(f"{name}, unseen: {rates(own, weights, bias, threshold(rest, weights, bias))}")
    weights, bias = fit(examples)
    limit = threshold(examples, weights, bias)
    print(f"all: {rates(examples, weights, bias, limit)}")
    if chosen.write:
        write(weights, bias, limit, sorted({example.corpus for example in examples}))


def labelled() -> list[Corpus]:
    """Those that have questions of both kinds, and enough of them."""
    return [c for c in corpora() if (c.is_labelled or c.takes_foreign) and len(c.questions) > ENOUGH_QUESTIONS]


def examples_of(corpus: Corpus) -> Iterator[Example]:
    with indexed(corpus, keep=True) as workspace:
        asked = ask_all(workspace, corpus.questions, corpus.name)
        strangers = _foreign_to(workspace) if corpus.takes_foreign else []
    found: list[tuple[Signals, bool]] = []
    for each in asked:
        label = each.question.answerable
        if label is None:
            label = True if each.question.gold and not corpus.is_labelled else None
        if label is not None:
            found.append((each.candidates.signals, label))
    found += [(each.candidates.signals, False) for each in strangers]
    for answerable in (True, False):
        own = [signals for signals, label in found if label is answerable]
        yield from (Example(corpus.name, signals, answerable, 1 / len(own)) for signals in own)


def _foreign_to(workspace: Workspace) -> list[Asked]:
    return ask_all(workspace, [Question(text, ()) for text in foreign()], "foreign questions")


def fit(examples: list[Example]) -> tuple[np.ndarray, float]:
    x = np.array([astuple(example.signals) for example in examples])
    y = np.array([example.answerable for example in examples])
    scaler = StandardScaler().fit(x)
    weight = np.array([example.weight for example in examples])
    model = LogisticRegression(C=0.3).fit(scaler.transform(x), y, sample_weight=weight * len(x) / weight.sum())
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def confidences(examples: list[Example], weights: np.ndarray, bias: float) -> np.ndarray:
    model = abstention.Model(tuple(weights), bias, 0.0)
    return np.array([model.confidence(example.signals) for example in examples])


def threshold(examples: list[Example], weights: np.ndarray, bias: float) -> float:
    """The highest that declines, in no corpus, more than the allowed share of what can be answered."""
    limits = []
    for name in {example.corpus for example in examples}:
        own = [example for example in examples if example.corpus == name and example.answerable]
        limits.append(float(np.quantile(confidences(own, weights, bias), DECLINED_ANSWERABLE_MOST)))
    return min(limits)


def rates(examples: list[Example], weights: np.ndarray, bias: float, limit: float) -> str:
    declined = confidences(examples, weights, bias) < limit
    parts = []
    for label, name in ((False, "not answerable"), (True, "answerable")):
        own = np.array([example.answerable is label for example in examples])
        if own.any():
            parts.append(f"declined {declined[own].mean():.2f} of {own.sum()} {name}")
    return ", ".join(parts)


def write(weights: np.ndarray, bias: float, limit: float, fitted_on: list[str]) -> None:
    stored = {
        "fitted_on": fitted_on,
        "weights": {name: round(float(weight), 4) for name, weight in zip(NAMES, weights, strict=True)}
        | {"has_vector": -WITHOUT_VECTORS},
        "bias": round(bias + WITHOUT_VECTORS, 4),
        "threshold": round(limit, 4),
    }
    Path(abstention.__file__).with_suffix(".json").write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()

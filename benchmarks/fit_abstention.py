"""`python -m benchmarks fit_abstention`: fit when to say "that is not in the articles", and write it down.

Answerable are questions with their article in place; not answerable are those that people labelled so and those of
another trade. Each corpus counts the same. Printed is what each corpus gets from a model
and thresholds that never saw it: `declined` where no large model can be had, `far` where there is one. `--write` stores
the numbers in knowledge/search/abstention.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from assistant.confidence_intervals import bootstrap
from assistant.llm import registry
from assistant.workspaces.models import Workspace
from benchmarks.retrieval_data import Corpus, Question, corpora, demo_shop, foreign, help_center, talk
from benchmarks.retrieval_runs import Asked, ask_all, indexed
from knowledge.search import abstention
from knowledge.search.abstention import Model, Signals

DECLINED_ANSWERABLE_MOST = 0.10
FAR_ANSWERABLE_MOST = 0.015  # of what could be answered, what a large model is not even asked
ENOUGH_QUESTIONS = 50
# By the model's name, what it weighs. More signals gained nothing on a corpus that was left out.
WEIGHED = {
    "with_reader": ("cosine", "sentence", "lead", "reader"),
    "with_vectors": ("cosine", "sentence", "both", "lead"),
    "other_language": ("multilingual",),
    "words_and_reader": ("multilingual", "reader"),
    "words_alone": ("covered", "own", "known"),
}


@dataclass(frozen=True, slots=True)
class Example:
    corpus: str
    signals: Signals
    answerable: bool
    weight: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="store the numbers in knowledge/search/abstention.json")
    chosen = options.parse_args()
    if registry.reader() is None:
        options.error("the reader is off: READER=on")
    found: list[Example] = []
    for corpus in [demo_shop(), help_center(), *talk(), *enough()]:
        with indexed(corpus, keep=True) as workspace:
            for with_vectors in (True, False):
                found += examples_of(corpus, workspace, with_vectors=with_vectors)
    models = {name: fit_and_tell(name, examples_for(name, found)) for name in WEIGHED}
    if chosen.write:
        write(models, sorted({example.corpus for example in found}))


def examples_for(name: str, found: Sequence[Example]) -> list[Example]:
    """What a model is fitted on: what it will be asked about, and for other languages all, by that leg alone."""
    with_vectors = name in ("with_reader", "with_vectors", "other_language")
    own = [each for each in found if each.signals.has_vector is with_vectors]
    if name == "with_vectors":
        return [each for each in own if not each.signals.is_foreign]
    return [each for each in own if each.signals.is_read] if "reader" in WEIGHED[name] else own


def enough() -> list[Corpus]:
    """The public ones that have questions of both kinds, and enough of them."""
    return [c for c in corpora() if (c.is_labelled or c.takes_foreign) and len(c.questions) > ENOUGH_QUESTIONS]


def examples_of(corpus: Corpus, workspace: Workspace, *, with_vectors: bool) -> Iterator[Example]:
    def asked(questions: Sequence[Question]) -> list[Asked]:
        return ask_all(workspace, questions, corpus.name, with_vectors=with_vectors)

    found = [(each.candidates.signals, label_of(each.question, corpus)) for each in asked(corpus.questions)]
    if corpus.takes_foreign:
        found += [(each.candidates.signals, False) for each in asked([Question(text, ()) for text in foreign()])]
    for answerable in (True, False):
        own = [signals for signals, label in found if label is answerable]
        yield from (Example(corpus.name, signals, answerable, 1 / len(own)) for signals in own)


def label_of(question: Question, corpus: Corpus) -> bool | None:
    """Where nobody labelled, a question with a gold article is answerable."""
    return question.answerable if corpus.is_labelled else bool(question.gold) or None


def fit_and_tell(name: str, examples: Sequence[Example]) -> Model:
    for corpus in dict.fromkeys(example.corpus for example in examples):
        unseen = fit(name, [example for example in examples if example.corpus != corpus])
        print(f"{name}, {corpus} left out: {rates(unseen, [e for e in examples if e.corpus == corpus])}", flush=True)
    model = fit(name, examples)
    print(f"{name}: {model}")
    for corpus in dict.fromkeys(example.corpus for example in examples):
        print(f"{name}, {corpus} among the rest: {rates(model, [e for e in examples if e.corpus == corpus])}")
    return model


def fit(name: str, examples: Sequence[Example]) -> Model:
    x = np.array([[getattr(example.signals, signal) for signal in WEIGHED[name]] for example in examples])
    y = np.array([example.answerable for example in examples])
    scaler = StandardScaler().fit(x)
    weight = np.array([example.weight for example in examples])
    fitted = LogisticRegression(C=0.3).fit(scaler.transform(x), y, sample_weight=weight * len(x) / weight.sum())
    weights = fitted.coef_[0] / scaler.scale_
    named = {signal: round(float(each), 4) for signal, each in zip(WEIGHED[name], weights, strict=True)}
    bias = round(float(fitted.intercept_[0] - weights @ scaler.mean_), 4)
    bare = Model(named, bias, 0.0)
    limits = (threshold(bare, examples, most) for most in (DECLINED_ANSWERABLE_MOST, FAR_ANSWERABLE_MOST))
    return Model(named, bias, *limits)


def threshold(model: Model, examples: Sequence[Example], most: float) -> float:
    """The highest that declines no more than the allowed share of what can be answered, on average over the corpora."""
    confidences = [
        np.array([model.confidence(e.signals) for e in examples if e.corpus == corpus and e.answerable])
        for corpus in sorted({example.corpus for example in examples})
    ]
    steps = np.linspace(0.0, 1.0, 1001)
    declined = np.mean([[np.mean(own < step) for step in steps] for own in confidences], axis=0)
    return round(float(steps[declined <= most].max()), 4)


def rates(model: Model, examples: Sequence[Example]) -> str:
    parts = []
    for answerable, kind in ((False, "not answerable"), (True, "answerable")):
        declined = [float(model.declines(e.signals)) for e in examples if e.answerable is answerable]
        low, high = bootstrap(declined)
        far = np.mean([model.confidence(e.signals) < model.far for e in examples if e.answerable is answerable])
        share = f"declined {np.mean(declined):.2f} [{low:.2f}, {high:.2f}], far {far:.3f}"
        parts.append(f"{share} of {len(declined)} {kind}")
    return ", ".join(parts)


def write(models: dict[str, Model], fitted_on: list[str]) -> None:
    stored = {"fitted_on": fitted_on} | {
        name: {"weights": model.weights, "bias": model.bias, "threshold": model.threshold, "far": model.far}
        for name, model in models.items()
    }
    Path(abstention.__file__).with_suffix(".json").write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()

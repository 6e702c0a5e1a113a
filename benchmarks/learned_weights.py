"""`python -m benchmarks learned_weights`: what search gains from weights learned from a workspace's own labels.

Half of each public corpus's questions are labels, the other half are asked; questions with the same article stay
together. Prints the mean over random halves: with the shipped weights, with what was learned, and with what would
be in use, which is the shipped where the labels do not prove the learned better. The last rows begin with equal
weights instead of the shipped ones, which were chosen on these corpora. The indexed workspaces are left.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks.retrieval import table
from benchmarks.retrieval_data import Corpus, corpora, demo_shop
from benchmarks.retrieval_runs import Asked, ask_all, indexed
from knowledge.search.fusion import LEG_WEIGHTS
from knowledge.search.weights.optimizer import Example, fit, held_out, reciprocal_ranks
from knowledge.search.weights.training import SHIPPED, is_better

ENOUGH_QUESTIONS = 90
EQUAL = np.full(len(LEG_WEIGHTS), 1 / len(LEG_WEIGHTS))
HEAD = ("corpus", "labels / asked", "MRR before", "MRR learned", "in use after", "MRR in use", "worst to best half")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--halves", type=int, default=20, help="random halves of each corpus")
    chosen = options.parse_args()
    asked = {corpus.name: examples_of(corpus) for corpus in [*corpora(), demo_shop()]}
    rows = [
        row(f"{name}, from {begun}", examples, weights, chosen.halves)
        for begun, weights in (("the shipped weights", SHIPPED), ("equal weights", EQUAL))
        for name, examples in asked.items()
        if len(examples) >= ENOUGH_QUESTIONS
    ]
    print(table(HEAD, rows))


def examples_of(corpus: Corpus) -> list[Example]:
    with indexed(corpus, keep=True) as workspace:
        asked = ask_all(workspace, corpus.questions, corpus.name)
    return [_example(each) for each in asked if each.question.gold and each.question.answerable is not False]


def _example(asked: Asked) -> Example:
    candidates, gold = asked.candidates, asked.question.gold
    articles = [chunk.external_id for chunk in candidates.chunks.values()]
    names = sorted(set(articles))
    return Example(
        group=min(gold),
        scores=np.array([[candidates.scores[leg].get(pk, 0.0) for leg in LEG_WEIGHTS] for pk in candidates.chunks]),
        articles=np.array([names.index(name) for name in articles]),
        answers=np.array([name in gold for name in articles]),
    )


def row(name: str, examples: Sequence[Example], before: np.ndarray, halves: int) -> tuple[str, ...]:
    shipped, learned, in_use, accepted = [], [], [], 0
    for seed in range(halves):
        labels, asked = halved(examples, seed)
        weights = fit(labels, before)
        passes = is_better(held_out(labels, before))
        accepted += passes
        shipped.append(reciprocal_ranks(asked, before).mean())
        learned.append(reciprocal_ranks(asked, weights).mean())
        in_use.append(learned[-1] if passes else shipped[-1])
    changes = np.subtract(in_use, shipped)
    means = [f"{np.mean(values):.3f}" for values in (shipped, learned, in_use)]
    spread = f"{changes.min():+.3f} to {changes.max():+.3f}"
    return (name, f"{len(labels)} / {len(asked)}", means[0], means[1], f"{accepted} of {halves}", means[2], spread)


def halved(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    groups = sorted({each.group for each in examples})
    chosen = set(np.random.default_rng(seed).permutation(groups)[: len(groups) // 2].tolist())
    return [e for e in examples if e.group in chosen], [e for e in examples if e.group not in chosen]


if __name__ == "__main__":
    main()

"""The reader with what search saw, in one small logistic model; and lines that make probabilities of logits.

Fitted on held-out documents of the training sets: a question, the best twelve chunks of a pool of its set, once with
what answers it and once without. Nothing of `talk/` is looked at here.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from training.reader.articles import Article, Asked, Corpus
from training.reader.candidates import Found, Index, Vectors
from training.reader.config import Config
from training.reader.corpora import Question, questions_of
from training.reader.exporting import Combined, line
from training.reader.network import HEADS
from training.reader.reading import Read, Scorer, look_up, read_all
from training.reader.rows import Group, read
from training.reader.scoring import auc
from training.reader.wording import typed

SETS = (
    "msdocs_en", "mssupport_en", "arduino_help", "sendgrid_help", "plausible_help", "squad11", "nq_oracle", "selqa",
    "qed", "medquad",
)  # fmt: skip
POOL = 400
QUESTIONS = 70
FEATURES = ("reader", "sentence", "vector", "words", "behind")


def score(combined: Combined, read: Read) -> np.ndarray:
    """Log-odds of each chunk that it answers."""
    found: np.ndarray = combined.bias + features(read) @ np.array([combined.weights[name] for name in FEATURES])
    return found


def features(read: Read) -> np.ndarray:
    """(chunks, FEATURES). `behind`: how far the fused score is below the best one."""
    found = read.found
    behind = found.fused.max(initial=0.0) - found.fused
    return np.stack([read.answer, found.sentence, found.vector, found.words, behind], axis=1)


def held_out(config: Config) -> list[Corpus]:
    return [corpus for name in SETS if (corpus := _corpus(config, name)).asked]


def _corpus(config: Config, name: str) -> Corpus:
    """A pool of the set with its held-out questions, each typed as a customer might."""
    rng = random.Random(config.seed)
    every = list(questions_of(config, name))
    asked = [q for q in every if q.split == "valid" and q.lang == "en" and q.positives]
    asked = rng.sample(asked, min(QUESTIONS, len(asked)))
    pool = {p.text: p for q in asked for p in (*q.positives, *q.negatives)}
    others = [p for q in every if q.lang == "en" for p in (*q.positives, *q.negatives)]
    for passage in rng.sample(others, min(len(others), POOL)):
        if len(pool) < POOL:
            pool.setdefault(passage.text, passage)
    articles = [Article(_key(p.text), p.title, p.text) for p in pool.values()]
    return Corpus(name, articles, [_asked(q, rng) for q in asked])


def _asked(question: Question, rng: random.Random) -> Asked:
    gold = frozenset(_key(p.text) for p in question.positives)
    return Asked("question", "en", typed(question.text, rng), (), gold, "", True)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_held_out(config: Config, scorer: Scorer) -> list[Read]:
    vectors = Vectors(config.work)
    reads: list[Read] = []
    for corpus in held_out(config):
        index = Index(corpus.articles, vectors)
        own = look_up(corpus, index, vectors)
        read_all(own, index, scorer)
        reads += own
    return reads


def without_gold(read: Read) -> Read | None:
    """The same question asked of a shop that has no answer to it."""
    kept = [i for i, article in enumerate(read.articles) if article not in read.asked.gold]
    if not kept:
        return None
    found = read.found
    less = Found(
        [found.places[i] for i in kept], found.vector[kept], found.sentence[kept], found.words[kept], found.fused[kept]
    )
    return Read(read.asked, read.text, less, [read.articles[i] for i in kept], answer=read.answer[kept])


def fit(reads: Sequence[Read]) -> Combined:
    """Each chunk right or wrong, of questions with and without an answer in the pool."""
    both = [*reads, *filter(None, map(without_gold, reads))]
    seen = np.concatenate([features(read) for read in both])
    labels = np.concatenate([[article in read.asked.gold for article in read.articles] for read in both])
    model = LogisticRegression(C=10.0, max_iter=2_000).fit(seen, labels)
    return Combined(dict(zip(FEATURES, map(float, model.coef_[0]), strict=True)), float(model.intercept_[0]))


def calibration(config: Config, scorer: Scorer, reads: Sequence[Read]) -> dict[str, tuple[float, float]]:
    """Slope and offset by head: answer on what search finds, the others on the held-out rows."""
    logits = np.concatenate([read.answer for read in reads])
    labels = np.concatenate([[float(article in read.asked.gold) for article in read.articles] for read in reads])
    found = {"answer": line(logits, labels)}
    rows = [(group.kind, row) for group in held_groups(config) for row in group.rows]
    said, parts = scorer.read([row for _, row in rows])
    kinds = np.array([kind for kind, _ in rows])
    of_row = np.array([float(row.label) for _, row in rows])
    for place, head in enumerate(HEADS[1:], start=1):
        own = kinds == head
        print(f"{head}: AUC {auc(said[own, place], of_row[own]):.3f} of {own.sum()}")
        found[head] = line(said[own, place].astype(float), of_row[own])
    units = [
        (score, label)
        for each, (_, row) in zip(parts, rows, strict=True)
        for score, label in zip(each, row.unit_labels, strict=False)
        if label >= 0 and np.isfinite(score)
    ]
    scores, wanted = (np.array(column, float) for column in zip(*units, strict=True))
    print(f"unit: AUC {auc(scores, wanted):.3f} of {len(units)}")
    return found | {"unit": line(scores, wanted)}


def held_groups(config: Config, limit: int = 700) -> list[Group]:
    """Some held-out groups of each kind."""
    found: dict[str, list[Group]] = {head: [] for head in HEADS}
    for group in read(config.work / "valid.0.jsonl"):
        if group.kind in found and len(found[group.kind]) < limit:
            found[group.kind].append(group)
    return [group for groups in found.values() for group in groups]

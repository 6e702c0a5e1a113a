"""How well the reader orders, declines and points, beside words alone, vectors alone and the product's fusion."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from knowledge.indexing.markdown_text import plain
from training.reader.articles import corpora
from training.reader.candidates import Index, Vectors
from training.reader.combining import score
from training.reader.config import Config
from training.reader.exporting import Combined
from training.reader.reading import Read, Scorer, look_up, read_all
from training.reader.scoring import auc, share

Order = Callable[[Read], np.ndarray]
DECLINED_SHARE = 0.1
TOLD_SHARE = 0.8
_WORD = re.compile(r"\w+")

ORDERS: dict[str, Order] = {
    "BM25 alone": lambda r: r.found.words,
    "cosine alone": lambda r: r.found.vector,
    "fusion": lambda r: r.found.fused,
    "reader alone": lambda r: r.answer,
}


def first_right(reads: Sequence[Read], order: Order, depth: int = 1) -> list[bool]:
    """Whether one of the first `depth` articles in this order is a gold one."""
    found = []
    for read in reads:
        places = np.argsort(-order(read), kind="stable")
        articles = list(dict.fromkeys(read.articles[i] for i in places))
        found.append(bool(read.asked.gold & set(articles[:depth])))
    return found


def declined(reads: Sequence[Read], order: Order) -> tuple[list[bool], float]:
    """Which unanswerable ones fall below what 10 % of the answerable fall below; and the AUC."""
    best = np.array([float(order(read).max()) for read in reads])
    answerable = np.array([bool(read.asked.answerable) for read in reads])
    limit = np.quantile(best[answerable], DECLINED_SHARE)
    return list(best[~answerable] < limit), auc(best, answerable.astype(float))


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def told(answer: str, text: str) -> bool:
    gold, said = Counter(words(plain(answer))), Counter(words(plain(text)))
    return sum((gold & said).values()) >= TOLD_SHARE * sum(gold.values())


def tell(reads: Sequence[Read], index: Index, order: Order, by_reader: bool) -> list[bool]:
    """Whether the unit chosen in the first chunk, with the rest of its paragraph, holds the gold answer."""
    found = []
    for read in reads:
        if not read.asked.answer:
            continue
        best = int(np.argmax(order(read)))
        chunk = index.chunks[read.found.places[best]]
        if by_reader and read.parts[best]:
            unit = read.windows[best][int(np.argmax(read.parts[best]))].unit
        else:
            unit = int(np.argmax(read.found.unit_cosines[best]))
        block = chunk.units[unit].block
        found.append(told(read.asked.answer, "\n".join(u.text for u in chunk.units if u.block == block)))
    return found


def report(name: str, reads: Sequence[Read], index: Index, orders: dict[str, Order]) -> None:
    english = [r for r in reads if r.asked.lang == "en"]
    questions = [r for r in english if r.asked.kind == "question" and r.asked.answerable is not False]
    leaning = [r for r in english if r.asked.kind in {"follow_up", "topic_change"}]
    judged = [r for r in english if r.asked.answerable is not None and r.asked.kind in {"question", "unanswerable"}]
    print(f"\n{name}: {len(index.chunks)} chunks")
    for label, order in orders.items():
        line = f"  {label:14} R@1 {share(first_right(questions, order))} R@5 {share(first_right(questions, order, 5))}"
        if leaning:
            line += f" follow-ups R@1 {share(first_right(leaning, order))}"
        if any(not r.asked.answerable for r in judged):
            hits, area = declined(judged, order)
            line += f" declined {share(hits)} AUC {area:.2f}"
        if any(r.asked.answer for r in questions):
            line += f" told {share(tell(questions, index, order, 'reader' in label))}"
        print(line, flush=True)


def evaluate(config: Config, scorer: Scorer, orders: dict[str, Order], only: Sequence[str] = ()) -> None:
    vectors = Vectors(config.work)
    for corpus in corpora(config):
        if only and corpus.name not in only:
            continue
        index = Index(corpus.articles, vectors)
        reads = look_up(corpus, index, vectors)
        read_all(reads, index, scorer)
        report(corpus.name, reads, index, orders)


def with_combined(weights: Path) -> dict[str, Order]:
    """All orders, and the combined one as it stands beside the weights."""
    stated = json.loads(weights.with_suffix(".json").read_text())["combined"]
    combined = Combined(stated["weights"], stated["bias"])
    return {**ORDERS, "reader combined": lambda read: score(combined, read)}

"""`python -m benchmarks retrieval`: does search find it, and does it say when it is not there?

Prints Markdown tables: recall and rank per corpus, each system in the same run with bootstrap intervals, and how
often the question was declined where it can and cannot be answered. `--keep` leaves the indexed workspaces.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence

import numpy as np
from django.db import connection

from assistant.confidence_intervals import bootstrap
from assistant.llm import embeddings
from benchmarks.retrieval_data import Corpus, corpora
from benchmarks.retrieval_runs import SYSTEMS, Asked, articles_of, ask_all, indexed
from knowledge.search import abstention
from knowledge.search.evaluation import reciprocal_rank

Row = tuple[str, ...]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the workspaces for the next run")
    options.add_argument("--only", nargs="*", default=[], metavar="CORPUS")
    chosen = options.parse_args()
    found: list[Row] = []
    declined: list[Row] = []
    for corpus in corpora():
        if chosen.only and corpus.name not in chosen.only:
            continue
        with indexed(corpus, keep=chosen.keep) as workspace:
            asked = ask_all(workspace, corpus.questions, corpus.name)
        found += recall_rows(corpus, asked)
        declined += decline_rows(corpus, asked)
    print(table(("corpus", "system", "R@1", "R@5", "MRR@10", "search p50 / p95 ms"), found))
    print(table(("corpus", "questions", "declined"), declined))
    print(circumstances())


def recall_rows(corpus: Corpus, asked: Sequence[Asked]) -> list[Row]:
    """Over the questions with a gold article. A hit: at least one of them is among the first k."""
    labelled = [a for a in asked if a.question.gold and a.question.answerable is not False]
    name = f"{corpus.name} ({len(corpus.articles)} articles, {len(labelled)} questions)"
    times = "{:.0f} / {:.0f}".format(*np.percentile([a.ms for a in asked], [50, 95]))
    rows = []
    for system, order in SYSTEMS.items():
        found = [(a.question.gold, a.candidates if system == "Brevity" else a.by_completed) for a in labelled]
        ranked = [(gold, articles_of(candidates, order(candidates))) for gold, candidates in found]
        hits = [[float(bool(set(gold) & set(ids[:k]))) for gold, ids in ranked] for k in (1, 5)]
        ranks = [reciprocal_rank(gold, ids[:10]) for gold, ids in ranked]
        rows.append((name, system, *map(interval, (*hits, ranks)), times if system == "Brevity" else ""))
    return rows


def decline_rows(corpus: Corpus, asked: Sequence[Asked]) -> list[Row]:
    rows = []
    for answerable, name in ((True, "answerable"), (False, "not answerable"), (None, "not labelled")):
        own = [a for a in asked if a.question.answerable is answerable]
        if own:
            said_no = [float(abstention.model_for(a.candidates.signals).declines(a.candidates.signals)) for a in own]
            rows.append((corpus.name, f"{name} ({len(own)})", interval(said_no)))
    return rows


def interval(values: Sequence[float]) -> str:
    low, high = bootstrap(values)
    return f"{np.mean(values):.3f} ({low:.3f}–{high:.3f})"


def table(head: Row, rows: Sequence[Row]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def circumstances() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), extversion FROM pg_extension WHERE extname = 'vector'"
        )
        postgres, pgvector = cursor.fetchone()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{machine}, {load}; Postgres {postgres}, pgvector {pgvector}; embedder {embeddings.embedder_name()}. "
        "Intervals: 95 % bootstrap over questions, 2,000 draws."
    )


if __name__ == "__main__":
    main()

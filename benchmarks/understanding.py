"""`python -m benchmarks understanding`: customers' messages in their own words, as the assistant answers them.

Prints, for each file of `talk/` in the evaluation data, what `manage.py evaluate conversation` says of it, without a
large model, and how often search has a right article first and among the first five, beside BM25 alone, vectors alone
and plain RRF in the same run. `--keep` leaves the indexed workspaces.
"""

from __future__ import annotations

import argparse

from django.conf import settings
from tqdm import tqdm

from assistant.llm import registry
from benchmarks.machine import described
from benchmarks.retrieval import recall_rows, table
from benchmarks.retrieval_data import talk, talk_rows
from benchmarks.retrieval_runs import ask_all, indexed
from conversations.evaluation.conversations import conversation, conversation_totals


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="leave the workspaces for the next run")
    chosen = options.parse_args()
    settings.ENGINES, settings.TIERS = {}, {"large": [], "small": []}
    registry.forget()
    print(described(), end="\n\n")
    found = []
    for corpus in talk():
        with indexed(corpus, keep=chosen.keep) as workspace:
            found += recall_rows(corpus, ask_all(workspace, corpus.questions, corpus.name))
            rows = talk_rows(corpus.name)
            answers = [row | conversation(row, workspace) for row in tqdm(rows, desc=f"asking {corpus.name}")]
        print(f"{corpus.name}, {len(rows)} messages\n")
        print("\n".join(f"- {line}" for line in conversation_totals(answers)), end="\n\n", flush=True)
    print(table(("corpus", "system", "R@1", "R@5", "MRR@10", "search p50 / p95 ms"), found))


if __name__ == "__main__":
    main()

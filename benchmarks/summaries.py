"""Facts kept and statements made up, within 120 words: the extractive text, the small model alone, and both.

Run: python -m benchmarks summaries [--tweetsumm 40] [--model]. The annotated conversations lie beside
this file (facts are patterns a summary must hold); of TweetSumm the values that its human summaries
took from the dialogue count, and the words they share with it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings

from assistant.confidence_intervals import wilson
from assistant.llm import router
from assistant.llm.engines.base import Message, Prompt
from conversations.context.clause_splitting import content_stems
from conversations.context.entity_patterns import keys_in
from conversations.context.faithfulness import unsupported_sentences
from conversations.evaluation.components import summary

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("BREVITY_DATA", HERE.parent / ".." / "shared" / "data"))
Row = dict[str, Any]
Score = Callable[[Row, str], tuple[int, int]]  # kept, wanted
ALONE = "Summarise this support conversation in at most 120 words. Keep every number, date, name and decision."


def extractive(row: Row) -> str:
    settings.EVALUATION_ASKS_SMALL_MODEL = False
    return str(summary(row, None)["summary"])


def hybrid(row: Row) -> str:
    settings.EVALUATION_ASKS_SMALL_MODEL = True
    return str(summary(row, None)["summary"])


def model_alone(row: Row) -> str:
    told = "\n".join(f"{turn['role']}: {turn['text']}" for turn in row["turns"])
    prompt = Prompt((Message("system", ALONE), Message("user", told)), max_tokens=180)
    return async_to_sync(router.complete)(prompt, router.Call(None, purpose="evaluation"), tier="small").text


def last_words(row: Row) -> str:
    return " ".join(" ".join(turn["text"] for turn in row["turns"]).split()[-120:])


def annotated() -> list[Row]:
    return [json.loads(line) for line in (HERE / "annotated_conversations.jsonl").read_text().splitlines()]


def tweetsumm(limit: int) -> list[Row]:
    path = DATA / "tweetsumm" / "dev.jsonl"
    if not path.exists():
        print("TweetSumm: no data here (set BREVITY_DATA)")
        return []
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row for row in rows if row["summaries"]][:limit]


def facts_of_annotated(row: Row, text: str) -> tuple[int, int]:
    return sum(bool(re.search(fact, text, re.I)) for fact in row["facts"]), len(row["facts"])


def facts_of_tweetsumm(row: Row, text: str) -> tuple[int, int]:
    """Values that a human summary took over from the dialogue, and how many of them are in the text."""
    source = keys_in("\n".join(turn["text"] for turn in row["turns"]))
    wanted = {key for human in row["summaries"] for key in keys_in(human)} & source
    wanted = {key for key in wanted if not key.startswith(("url", "name"))}
    return len(wanted & keys_in(text)), len(wanted)


def words_of_tweetsumm(row: Row, text: str) -> tuple[int, int]:
    """Words of the first human summary that the dialogue holds, and how many of them are in the text."""
    source = set(content_stems(" ".join(turn["text"] for turn in row["turns"])))
    wanted = set(content_stems(row["summaries"][0])) & source
    return len(wanted & set(content_stems(text))), len(wanted)


def measured(
    name: str, rows: list[Row], make: Callable[[Row], str], scores: list[Callable[[Row, str], tuple[int, int]]]
) -> None:
    began = time.perf_counter()
    texts = [make(row) for row in rows]
    seconds = (time.perf_counter() - began) / len(rows)
    made_up = 0
    for row, text in zip(rows, texts, strict=True):
        made_up += bool(unsupported_sentences(text, "\n".join(turn["text"] for turn in row["turns"])))
    cells = []
    for score in scores:
        pairs = [score(row, text) for row, text in zip(rows, texts, strict=True)]
        kept, wanted = sum(kept for kept, _ in pairs), sum(wanted for _, wanted in pairs)
        low, high = wilson(kept, wanted)
        cells.append(f"{kept}/{wanted} = {kept / wanted:.1%} ({low:.0%} to {high:.0%})")
    longest = max(len(text.split()) for text in texts)
    average = statistics.fmean(len(text.split()) for text in texts)
    print(
        f"| {name} | {' | '.join(cells)} | {made_up} of {len(rows)} | {average:.0f} / {longest} | {seconds:.2f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tweetsumm", type=int, default=426)
    parser.add_argument("--model", action="store_true", help="ask the small model too (seconds a summary)")
    chosen = parser.parse_args()
    arms = {"last 120 words": last_words, "extractive": extractive}
    if chosen.model:
        arms |= {"small model alone": model_alone, "extractive + small model": hybrid}
    print("\n| annotated conversations | facts kept | with something made up | words | s |")
    print("|---|---|---|---|---|")
    for name, make in arms.items():
        measured(name, annotated(), make, [facts_of_annotated])
    if rows := tweetsumm(chosen.tweetsumm):
        print("\n| TweetSumm | values kept | words shared | with something made up | words | s |")
        print("|---|---|---|---|---|---|")
        for name, make in arms.items():
            measured(name, rows, make, [facts_of_tweetsumm, words_of_tweetsumm])
    print(f"\nmemory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")


if __name__ == "__main__":
    main()

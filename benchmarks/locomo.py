"""LoCoMo: is every evidence turn in a twelfth of the tokens of the whole conversation?

Questions whose gold an audit doubts, or whose evidence is no turn of the conversation, are left out
(and counted); nothing is judged by a model.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from assistant.confidence_intervals import wilson
from assistant.llm import embeddings, registry
from conversations.context.memory_ranking import Index, PastMessage, within

DATA = Path(os.environ.get("BREVITY_DATA", Path(__file__).resolve().parents[1] / ".." / "shared" / "data"))
SHARE = 12


def main() -> None:
    path = DATA / "locomo" / "dev.jsonl"
    if not path.exists():
        print("\nLoCoMo: no data here (set BREVITY_DATA)")
        return
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    results = [result for row in rows for result in of_conversation(row)]
    used = [result for result in results if result is not None]
    for name, chosen in (("all", used), ("one evidence turn", [each for each in used if each[1] == 1])):
        hits = sum(hit for hit, *_ in chosen)
        low, high = wilson(hits, len(chosen))
        print(f"LoCoMo, {name}: {hits}/{len(chosen)} = {hits / len(chosen):.1%} ({low:.1%} to {high:.1%})")
    tokens, whole = sum(each[2] for each in used), sum(each[3] for each in used)
    print(f"tokens: {tokens / len(used):.0f} of {whole / len(used):.0f}, {whole / tokens:.1f}x fewer")
    print(f"left out: {len(results) - len(used)} questions with doubted or missing evidence, or none")


def of_conversation(row: dict[str, Any]) -> list[tuple[bool, int, int, int] | None]:
    """For each question: all evidence there?, how many turns of it, tokens used, tokens of the whole."""
    count = registry.counter("large")
    turns = [turn for each in row["sessions"] for turn in each["turns"]]
    of_session = [str(each["n"]) for each in row["sessions"] for _ in each["turns"]]
    said = [
        PastMessage(seq, turn["speaker"], told(turn), thread)
        for seq, (turn, thread) in enumerate(zip(turns, of_session, strict=True))
    ]
    sizes = [count(each.text) for each in said]
    place_of = {turn["id"]: place for place, turn in enumerate(turns)}
    vectors = embeddings.embed([each.text for each in said])
    index = Index().grown(said)
    asked = embeddings.embed([qa["question"] for qa in row["qa"]])
    results: list[tuple[bool, int, int, int] | None] = []
    for qa, vector in zip(row["qa"], asked, strict=True):
        evidence = {place_of.get(turn) for turn in qa["evidence"]}
        if not evidence or None in evidence or "audit" in qa or qa["category"] == "adversarial":
            results.append(None)
            continue
        order = index.ranked(qa["question"], vectors @ vector)
        kept = within(order, sizes.__getitem__, sum(sizes) // SHARE)
        results.append((evidence <= set(kept), len(evidence), sum(sizes[place] for place in kept), sum(sizes)))
    return results


def told(turn: dict[str, Any]) -> str:
    shown = f" [{turn['image_caption']}]" if turn.get("image_caption") else ""
    return f"{turn['speaker']}: {turn['text']}{shown}"

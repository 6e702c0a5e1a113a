"""The public pairs and streams that the cache is measured on. None of them is part of the repository.

`BREVITY_DATA` names the folder that holds banking77, stackfaq, emanual and nlupp as JSON lines;
fow-cache's pairs come from its package, which `benchmarks.cache_rivals` installs beside the other caches
(`FOW_CACHE_DATA` names another place).
"""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("BREVITY_DATA", Path(__file__).resolve().parents[1] / ".." / "shared" / "data"))
RIVALS = Path(__file__).resolve().parent / ".cache" / "rivals"
DOMAINS = ("banking77", "stackfaq", "emanual", "nlupp", "fow")


@dataclass(frozen=True, slots=True)
class Pair:
    a: str
    b: str
    same: bool
    kind: str


def fow() -> Path:
    named = os.environ.get("FOW_CACHE_DATA")
    return Path(named) if named else next(RIVALS.glob("lib/python3*/site-packages/fow_cache/data"))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def pairs(domain: str) -> list[Pair]:
    if domain == "fow":
        found = rows(fow() / "pairs.jsonl")
        return [Pair(row["a"], row["b"], bool(row["same_answer"]), row["category"]) for row in found]
    found = rows(FOLDER / domain / "pairs_dev.jsonl")
    return [Pair(row["a"], row["b"], bool(row["same"]), row["kind"]) for row in found]


def conversations() -> list[dict[str, Any]]:
    """fow-cache's pairs of whole chats: `a` and `b` are lists of {role, content}."""
    return [row for path in sorted(fow().glob("conv-*/*.jsonl")) for row in rows(path)]


def stream(domain: str, seed: int, start: int, length: int) -> list[tuple[str, str]]:
    """A part of all (question, label) in a random order; two questions with one label have one answer."""
    question, label = {
        "banking77": ("text", "intent"),
        "stackfaq": ("text", "faq_id"),
        "emanual": ("question", "gold_doc"),
    }[domain]
    labelled = (row for row in rows(FOLDER / domain / "dev.jsonl") if row.get("gold_by") != "none")
    found = [(row[question], row[label]) for row in labelled]
    random.Random(seed).shuffle(found)
    return found[start : start + length]

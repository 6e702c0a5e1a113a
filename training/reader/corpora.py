"""The sets of `../shared/data/reader` as questions, each with what answers it and what does not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.reader.config import EXCLUDED, Config


class DataMissing(SystemExit):
    """The data is not part of the project: it says where it is looked for."""


@dataclass(frozen=True, slots=True)
class Passage:
    """`start` and `end` are those of the answer's characters, or -1 where no span is known."""

    text: str
    title: str = ""
    start: int = -1
    end: int = -1
    heading: str = ""


@dataclass(slots=True)
class Question:
    set: str
    text: str
    lang: str
    split: str
    positives: list[Passage] = field(default_factory=list)
    negatives: list[Passage] = field(default_factory=list)
    mined: list[Passage] = field(default_factory=list)


def rows_of(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        raise DataMissing(f"{path} is missing: name the folder with --data, or with BREVITY_DATA for all of them")
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def sets(config: Config) -> list[str]:
    found = sorted(path.stem for path in config.data.glob("*.jsonl"))
    if not found:
        raise DataMissing(f"no *.jsonl in {config.data}: name the folder with --data, or with BREVITY_DATA")
    return [name for name in found if name not in EXCLUDED]


def questions(config: Config) -> Iterator[Question]:
    for name in sets(config):
        yield from questions_of(config, name)


def questions_of(config: Config, name: str) -> Iterator[Question]:
    """The questions of one set; a question asked of two documents is two, as each has its own passages."""
    grouped: dict[tuple[str, str, str], Question] = {}
    headings: dict[str, str] = defaultdict(str)
    rows = rows_of(config.data / f"{name}.jsonl")
    for row in rows:
        if row["answerable"] and row.get("made", "").startswith("heading"):
            headings[row["passage"]] = row["question"]
    for row in rows:
        key = (row["question"], row["lang"], row["split"])
        question = grouped.setdefault(key, Question(name, row["question"], row["lang"], row["split"]))
        passage = _passage(row, headings[row["passage"]])
        if passage.text:
            (question.positives if row["answerable"] else question.negatives).append(passage)
    yield from grouped.values()


def _passage(row: dict[str, Any], heading: str) -> Passage:
    text, start = row["passage"], row["start"]
    if row["question"] and text.startswith(row["question"]):  # the heading that became the question
        cut = len(row["question"])
        text, start = (
            text[cut:].lstrip(" \n?:"),
            -1 if start < 0 else start - (len(text) - len(text[cut:].lstrip(" \n?:"))),
        )
    end = start + len(row["answer"]) if start >= 0 else -1
    return Passage(text, row["title"], max(start, -1), end, heading)

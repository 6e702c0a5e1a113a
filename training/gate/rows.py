"""The messages that the gate learns from: our own examples, and public sets whose licence allows it.

A source is what is held out as a whole when the classifier is judged: a public set, or one kind of our own examples in
all its languages.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.acts.__main__ import seeds as acts_seeds

HERE = Path(__file__).parent
DATA = Path(os.environ.get("BREVITY_DATA", HERE.parents[2] / "shared" / "data"))
HARMLESS = "harmless"
CLASSES = ("spam", "injection", "abuse")
A_LINE = 14  # wordings taken of one line of ours
A_SOURCE = 1500  # rows taken of one public set
_CHOICE = re.compile(r"\{([^{}]*)\}")
# What gate_mix calls its parts, with the class of their rows.
MIXED = {
    "sms_spam": "spam",
    "youtube_spam": "spam",
    "pi_valid": "injection",
    "notinject": HARMLESS,
    "xstest_safe": HARMLESS,
}
READER = (
    *("msdocs_en", "msdocs_de", "msdocs_fr", "msdocs_es", "mssupport_en", "dstc9_faq", "plausible_help"),
    *("arduino_help", "sendgrid_help", "cc_faq", "covid_faq", "letsencrypt", "bitcoin_faq", "nq_oracle"),
)
QUESTIONS = {
    "banking77/dev": "text",
    "clinc150/dev": "text",
    "small_talk/dev": "text",
    "stackfaq/dev": "text",
    "dstc11_intents/dev": "text",
    "emanual/dev": "question",
    "mtrag_un/dev": "question",
    "presidio_pii/dev": "text",
    "nlupp/pairs_dev": "a",
    **dict.fromkeys((f"reader/{name}" for name in READER), "question"),
}


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    kind: str  # spam, injection, abuse or harmless
    source: str


def all_rows(seed: int) -> list[Row]:
    """Every row once, in the same order for the same seed."""
    chance = random.Random(seed)
    rows = [*own_rows(chance), *acts_rows(), *public_rows(chance)]
    found = {row.text.strip(): row for row in rows if row.text.strip()}
    return list(found.values())


def own_rows(chance: random.Random, a_line: int = A_LINE) -> Iterator[Row]:
    for path in sorted((HERE / "seeds").glob("*.txt")):
        topic = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                topic = line.strip("[]").split()[0]
            elif line.strip() and not line.startswith("#"):
                for text in sorted({_worded(line, chance) for _ in range(a_line)}):
                    yield Row(text, path.stem, f"ours:{path.stem}:{topic}")


def acts_rows() -> Iterator[Row]:
    """Our examples of greetings, complaints and questions in ten languages: all of them harmless."""
    for act, texts in _acts().items():
        yield from (Row(text, HARMLESS, f"ours:acts:{act}") for text in texts)


def _acts() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text, act, _ in acts_seeds():
        found.setdefault(act, []).append(text)
    return found


def _worded(line: str, chance: random.Random) -> str:
    """One wording of a line: in place of {a|b} stands a or b, from the inside out."""
    while choice := _CHOICE.search(line):
        line = line[: choice.start()] + chance.choice(choice[1].split("|")) + line[choice.end() :]
    return line.replace("¦", "|").strip()


def public_rows(chance: random.Random) -> Iterator[Row]:
    """What public sets add; nothing where they are not there."""
    if not DATA.is_dir():
        return
    for row in _read("gate_mix/dev"):
        if row["from"] in MIXED:
            yield Row(row["text"], MIXED[row["from"]], row["from"])
    for row in _read("deepset_injection/dev"):
        yield Row(row["text"], HARMLESS if row["label"] == "benign" else "injection", "deepset")
    yield from (Row(row["text"], "injection", "jailbreak") for row in _read("jailbreak/dev"))
    for name, field in QUESTIONS.items():
        texts = sorted({str(row[field]) for row in _read(name) if row.get(field)})
        yield from (Row(text, HARMLESS, name) for text in chance.sample(texts, min(A_SOURCE, len(texts))))
    spoken = {turn["text"] for row in _read("tweetsumm/dev") for turn in row["turns"] if turn["role"] == "customer"}
    yield from (Row(text, HARMLESS, "tweetsumm") for text in chance.sample(sorted(spoken), min(A_SOURCE, len(spoken))))


def _read(name: str) -> list[dict[str, Any]]:
    path = DATA / f"{name}.jsonl"
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]

"""Pairs of questions: would one answer serve both?

From intents (clinc150, banking77's train part), from questions that share a passage but not an answer, from questions
asked in another frame, and traps that code makes: one thing changed, so that the answer is another.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from training.reader.config import Config
from training.reader.corpora import Question, questions, rows_of
from training.reader.windows import words
from training.reader.wording import asked_otherwise, mistyped, typed

Pair = tuple[str, str, str, int]  # set, question, question, same
VALID_SHARE = 0.04

_SWAPS = (
    ("my", "your"), ("from", "to"), ("to", "from"), ("before", "after"), ("with", "without"), ("in", "out"),
    ("on", "off"), ("buy", "sell"), ("send", "receive"), ("lost", "broken"), ("lost", "stolen"),
    ("open", "close"), ("start", "stop"),
    ("enable", "disable"), ("add", "remove"), ("create", "delete"), ("import", "export"), ("upload", "download"),
    ("increase", "decrease"), ("deposit", "withdraw"), ("credit", "debit"), ("install", "uninstall"), ("first", "last"),
    ("minimum", "maximum"), ("more", "less"), ("incoming", "outgoing"), ("public", "private"), ("free", "paid"),
    ("monthly", "yearly"), ("business", "personal"), ("online", "in person"), ("domestic", "international"),
    ("cancel", "renew"), ("refund", "exchange"), ("password", "username"), ("email", "phone number"), ("early", "late"),
    ("open", "pending"), ("user", "admin"), ("windows", "mac"), ("iphone", "android"), ("parking", "breakfast"),
    ("always", "never"), ("all", "none"), ("accept", "reject"), ("block", "unblock"), ("lock", "unlock"),
    ("subscribe", "unsubscribe"), ("connect", "disconnect"), ("transfer", "loan"), ("arrive", "leave"), ("old", "new"),
)  # fmt: skip
_SWAP = defaultdict(list)
for _a, _b in _SWAPS:
    _SWAP[_a].append(_b)
    _SWAP[_b].append(_a)
_MODALS = {"can": ("must", "should"), "must": ("can",), "should": ("can",), "may": ("must",), "need": ("am allowed",)}
_QUESTION = {
    "how": ("why", "when", "where"),
    "when": ("where", "how"),
    "where": ("when", "why"),
    "why": ("how",),
    "who": ("where", "when"),
}
_QUALIFIERS = (
    "on weekends", "for business customers", "without an account", "for free", "abroad", "on a phone", "twice",
    "after 30 days", "as a guest", "for children", "without a receipt", "by phone", "on linux", "offline",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z]+")
_DIGITS = re.compile(r"\d+")
_DENIAL = re.compile(r" not\b|n't")
_ROLES = re.compile(r"\b(?:from|of) (\w+) to (\w+)\b", re.I)
_NEGATED = re.compile(r"\b(can|do|does|did|is|are|will|should|have|has)\b(?! not|n't)", re.I)


def _replaced(text: str, table: Mapping[str, Sequence[str]], rng: random.Random) -> str | None:
    found = [m for m in _WORD.finditer(text) if m.group().lower() in table]
    if not found:
        return None
    match = rng.choice(found)
    new = rng.choice(list(table[match.group().lower()]))
    return text[: match.start()] + (new.capitalize() if match.group()[0].isupper() else new) + text[match.end() :]


def swapped(text: str, rng: random.Random) -> str | None:
    return _replaced(text, _SWAP, rng)


def modal(text: str, rng: random.Random) -> str | None:
    return _replaced(text, _MODALS, rng)


def asked_for(text: str, rng: random.Random) -> str | None:
    return _replaced(text, _QUESTION, rng)


def negated(text: str, rng: random.Random) -> str | None:
    match = _NEGATED.search(text)
    if not match or len(text.split()) < 4:
        return None
    if " not " in text or "n't" in text:
        return _DENIAL.sub("", text, count=1)
    return f"{text[: match.end()]}{rng.choice((' not', chr(110) + chr(39) + 't'))}{text[match.end() :]}"


def renumbered(text: str, rng: random.Random) -> str | None:
    found = list(_DIGITS.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    return f"{text[: match.start()]}{int(match.group()[:9]) + rng.choice((1, 2, 5, 10))}{text[match.end() :]}"


def qualified(text: str, rng: random.Random) -> str | None:
    return f"{text.rstrip(' ?.!')} {rng.choice(_QUALIFIERS)}?" if len(text.split()) > 3 else None


def turned(text: str, rng: random.Random) -> str | None:
    """ "from A to B" the other way round."""
    match = _ROLES.search(text)
    return f"{text[: match.start(1)]}{match[2]} to {match[1]}{text[match.end(2) :]}" if match else None


TRAPS: tuple[Callable[[str, random.Random], str | None], ...] = (
    swapped, swapped, swapped, modal, asked_for, negated, renumbered, qualified, turned,
)  # fmt: skip


def trap(text: str, rng: random.Random) -> str | None:
    """The question with one thing changed, or None where nothing in it can be."""
    for make in rng.sample(TRAPS, len(TRAPS)):
        made = make(text, rng)
        if made and made != text:
            return made
    return None


def pair_rows(config: Config, rng: random.Random) -> dict[str, list[Pair]]:
    texts = [q for q in questions(config) if q.lang == "en" and len(q.text.split()) > 2]
    each = config.pair_rows // 5
    intents = {
        "clinc150": [r for r in rows_of(config.shared / "clinc150" / "dev.jsonl") if not r["intent"].startswith("oos")],
        "banking77": [r for r in rows_of(config.shared / "banking77" / "dev.jsonl") if r["official_split"] == "train"],
    }
    found = [*_of_passages(texts, each, rng), *_of_frames(texts, each, rng), *_of_traps(texts, each, rng)]
    for name, rows in intents.items():
        found += _of_intents(name, rows, each, rng)
    rng.shuffle(found)
    valid = int(len(found) * VALID_SHARE)
    return {"valid": found[:valid], "train": found[valid:]}


def _of_intents(name: str, rows: Sequence[dict[str, str]], count: int, rng: random.Random) -> list[Pair]:
    """Half the same intent; of the others, the one of eight that shares most words."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_intent[row["intent"]].append(row["text"])
    found: list[Pair] = []
    for _ in range(count // 2):
        row = rng.choice(rows)
        same = rng.sample(by_intent[row["intent"]], min(4, len(by_intent[row["intent"]])))
        same = [text for text in same if text != row["text"]] or same
        found.append((name, row["text"], min(same, key=lambda t: _shared(t, row["text"])), 1))
        others = [o["text"] for o in rng.sample(rows, 12) if o["intent"] != row["intent"]]
        found.append((name, row["text"], max(others, key=lambda t: _shared(t, row["text"])), 0))
    return found


def _shared(a: str, b: str) -> float:
    one, other = set(words(a)), set(words(b))
    return len(one & other) / max(1, len(one | other))


def _of_passages(texts: Sequence[Question], count: int, rng: random.Random) -> list[Pair]:
    """Questions of one document, that other sentences of it answer: near in words, another answer."""
    by_title: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in texts:
        for passage in question.positives[:1]:
            if passage.title and (passage.start >= 0 or question.set in {"dstc9_faq", "msdocs_en"}):
                by_title[question.set, passage.title].append(question)
    several = [group for group in by_title.values() if len(group) > 2]
    found: list[Pair] = []
    while several and len(found) < count:
        group = rng.choice(several)
        one = rng.choice(group)
        others = [o for o in rng.sample(group, min(6, len(group))) if _answer(o) != _answer(one)]
        if others:
            other = max(others, key=lambda o: _shared(o.text, one.text))
            if _shared(other.text, one.text) < 0.7:
                found.append((one.set, one.text, other.text, 0))
    return found


def _answer(question: Question) -> str:
    passage = question.positives[0]
    return passage.text[passage.start : passage.end].lower() if passage.start >= 0 else passage.text


def _of_frames(texts: Sequence[Question], count: int, rng: random.Random) -> list[Pair]:
    """The same question in another frame, typed otherwise: same."""
    found: list[Pair] = []
    for question in rng.sample(list(texts), min(len(texts), 2 * count)):
        other = asked_otherwise(question.text, rng)
        if other == question.text and rng.random() < 0.7:
            continue
        other = typed(other, rng)
        other = mistyped(other, rng) if other == question.text else other
        found.append((question.set, question.text, other, 1))
    return found[:count]


def _of_traps(texts: Sequence[Question], count: int, rng: random.Random) -> list[Pair]:
    """One thing changed, half of them also asked in another frame, so that the frame gives nothing away."""
    found: list[Pair] = []
    for question in rng.sample(list(texts), min(len(texts), 3 * count)):
        made = trap(question.text, rng)
        if made:
            found.append((question.set, question.text, typed(made, rng) if rng.random() < 0.6 else made, 0))
    return found[:count]

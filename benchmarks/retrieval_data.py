"""The public corpora that retrieval is measured on, as articles and questions. None of them is committed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.imports.document import Document
from knowledge.imports.folder import documents_in

PROJECT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("BREVITY_DATA", PROJECT / ".." / "shared" / "data"))


ANSWERED = {"question", "follow_up", "topic_change", "two_questions"}  # kinds of messages in talk/
NOT_ANSWERED = {"unanswerable", "off_topic"}


@dataclass(frozen=True, slots=True)
class Question:
    """`answerable` is None where nobody said; `gold` holds article ids."""

    text: str
    gold: tuple[str, ...]
    history: tuple[tuple[str, str], ...] = ()
    answerable: bool | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """`takes_foreign`: it is of one trade, and the questions of a bank's customers are foreign to it."""

    name: str
    articles: Sequence[dict[str, Any]]  # as an import file has them: id, title, text, product
    questions: Sequence[Question] = field(default_factory=tuple)
    is_labelled: bool = False  # for what can be answered
    takes_foreign: bool = False


def corpora() -> list[Corpus]:
    return [*emanual(), stackfaq(), mtrag()]


def emanual() -> Iterator[Corpus]:
    """Two product manuals in sections, each a knowledge base of its own, as a shop would have it."""
    rows = [row for row in _rows("emanual/dev.jsonl") if row["gold_by"] != "none"]
    sections = _rows("emanual/kb.jsonl")
    for product in sorted({row["product"] for row in sections}):
        articles = [
            {"id": row["doc_id"], "title": row["title"], "text": row["text"], "product": product}
            for row in sections
            if row["product"] == product and row["text"].strip()
        ]
        questions = [Question(row["question"], (row["gold_doc"],)) for row in rows if row["product"] == product]
        yield Corpus(f"emanual {product}", articles, questions, takes_foreign=True)


def stackfaq() -> Corpus:
    """Threads with their answers; the questions are other people's rephrasings of the titles."""
    articles = [
        {"id": row["doc_id"], "title": row["title"], "text": "\n\n".join(f"## Answer\n\n{a}" for a in row["answers"])}
        for row in _rows("stackfaq/kb_dev.jsonl")
    ]
    rows = [row for row in _rows("stackfaq/dev.jsonl") if row["role"] != "original"]
    questions = [Question(row["text"], (row["faq_id"],)) for row in rows]
    return Corpus("stackfaq", articles, questions, takes_foreign=True)


def mtrag() -> Corpus:
    """Turns of conversations over four collections in one pool, labelled for whether the pool answers them."""
    articles = [
        {"id": row["doc_id"], "title": row["title"] or row["text"][:60], "text": row["text"]}
        for row in _rows("mtrag_un/kb.jsonl")
    ]
    known = {article["id"] for article in articles}
    questions = [
        Question(
            row["question"],
            tuple(c["doc_id"] for c in row["contexts"] if c["doc_id"] in known),
            tuple((turn["role"], turn["text"]) for turn in row["history"]),
            {"ANSWERABLE": True, "UNANSWERABLE": False}.get(row["answerability"]),
        )
        for row in _rows("mtrag_un/dev.jsonl")
    ]
    return Corpus("mtrag_un", articles, questions, is_labelled=True)


def demo_shop() -> Corpus:
    """The shop that ships with the project, with the questions of its tests."""
    files = PROJECT / "templates" / "demo" / "articles"
    documents = [
        d for path in sorted(files.rglob("*.md")) for d in documents_in(path, files) if isinstance(d, Document)
    ]
    articles = [{"id": d.external_id, "title": d.title, "text": d.text, "product": d.product} for d in documents]
    with (PROJECT / "tests" / "demo_questions.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    questions = [
        Question(
            row["question"],
            tuple(row["gold"]),
            tuple((turn["role"], turn["text"]) for turn in row.get("history", ())),
            row["answerable"],
        )
        for row in rows
    ]
    return Corpus("demo shop", articles, questions, is_labelled=True)


def help_center() -> Corpus:
    """A real product's documentation, with questions as its customers might put them, written for this project."""
    articles = [
        {"id": row["doc_id"], "title": row["title"], "text": row["text"]} for row in _rows("healthchecks_docs/kb.jsonl")
    ]
    with Path(__file__).with_name("help_center_questions.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    questions = [Question(row["question"], tuple(row["gold"]), (), row["answerable"]) for row in rows]
    return Corpus("help center", articles, questions, is_labelled=True)


def talk() -> Iterator[Corpus]:
    """Customers' messages in their own words, to the demo shop and to two other knowledge bases."""
    guidelines = [
        {"id": row["doc_id"], "title": row["title"], "text": row["text"]} for row in _rows("abcd_guidelines/kb.jsonl")
    ]
    for name, articles in (
        ("demo_dev", demo_shop().articles),
        ("healthchecks", help_center().articles),
        ("abcd", guidelines),
    ):
        asked = [row for row in talk_rows(f"talk {name}") if row["kind"] in ANSWERED | NOT_ANSWERED]
        questions = [
            Question(
                row["text"],
                tuple(row["articles"]),
                tuple(("user" if turn["role"] == "customer" else "assistant", turn["text"]) for turn in row["history"]),
                row["kind"] in ANSWERED,
            )
            for row in asked
        ]
        yield Corpus(f"talk {name}", articles, questions, is_labelled=True)


def talk_rows(corpus: str) -> list[dict[str, Any]]:
    """The messages of one of the corpora of `talk`, of every kind."""
    return _rows(f"{corpus.replace(' ', '/')}.jsonl")


def foreign() -> list[str]:
    """Questions that bank customers asked: no manual and no web application answers them."""
    return [row["text"] for row in _rows("banking77/dev.jsonl")[::80]]


def _rows(name: str) -> list[dict[str, Any]]:
    with (DATA / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]

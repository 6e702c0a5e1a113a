"""The corpora that the reader is tested on: articles, and what people asked of them. Nothing here is learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from training.reader.config import PROJECT, Config
from training.reader.corpora import rows_of

ASSISTANT = ("assistant", "agent")


@dataclass(frozen=True, slots=True)
class Article:
    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`gold` are ids of articles; `answer` is their own words where somebody marked them."""

    kind: str
    lang: str
    text: str
    history: tuple[tuple[str, str], ...]
    gold: frozenset[str]
    answer: str
    answerable: bool | None


@dataclass(frozen=True, slots=True)
class Corpus:
    name: str
    articles: Sequence[Article]
    asked: Sequence[Asked]


def corpora(config: Config) -> Iterator[Corpus]:
    yield Corpus("demo", list(demo_articles()), _talk(config, "demo_dev"))
    for name, folder in (("healthchecks", "healthchecks_docs"), ("abcd", "abcd_guidelines")):
        yield Corpus(name, _stored(config, f"{folder}/kb.jsonl"), _talk(config, name))
    yield Corpus("stackfaq", _threads(config), _rephrased(config))
    yield Corpus("emanual", _stored(config, "emanual/kb.jsonl"), _of_manuals(config))
    yield Corpus("mtrag_un", _stored(config, "mtrag_un/kb.jsonl"), _of_mtrag(config))


def demo_articles() -> Iterator[Article]:
    """The articles that ship with the project."""
    for path in sorted((PROJECT / "templates" / "demo" / "articles").rglob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        stated: dict[str, Any] = yaml.safe_load(head)
        if stated.get("locale", "en") == "en" and stated.get("audience", "public") == "public":
            yield Article(str(stated["id"]), str(stated["title"]), body)


def _talk(config: Config, name: str) -> list[Asked]:
    return [
        Asked(
            row["kind"],
            row["lang"],
            row["text"],
            tuple((turn["role"], turn["text"]) for turn in row["history"]),
            frozenset(row.get("articles") or ()),
            row.get("answer") or "",
            row["answerable"],
        )
        for row in rows_of(config.shared / "talk" / f"{name}.jsonl")
        if row["kind"] in {"question", "follow_up", "topic_change", "unanswerable", "off_topic"}
    ]


def _stored(config: Config, name: str) -> list[Article]:
    rows = rows_of(config.shared / name)
    return [Article(row["doc_id"], row.get("title") or "", row["text"]) for row in rows if row["text"].strip()]


def _threads(config: Config) -> list[Article]:
    rows = rows_of(config.shared / "stackfaq" / "kb_dev.jsonl")
    return [Article(row["doc_id"], row["title"], "\n\n".join(row["answers"])) for row in rows]


def _rephrased(config: Config) -> list[Asked]:
    rows = [row for row in rows_of(config.shared / "stackfaq" / "dev.jsonl") if row["role"] != "original"]
    return [Asked("question", "en", row["text"], (), frozenset({row["faq_id"]}), "", True) for row in rows[::3]]


def _of_manuals(config: Config) -> list[Asked]:
    rows = [row for row in rows_of(config.shared / "emanual" / "dev.jsonl") if row["gold_by"] != "none"]
    return [
        Asked("question", "en", row["question"], (), frozenset({row["gold_doc"]}), row["answer"], True) for row in rows
    ]


def _of_mtrag(config: Config) -> list[Asked]:
    answerable: Callable[[str], bool | None] = {"ANSWERABLE": True, "UNANSWERABLE": False}.get
    return [
        Asked(
            "question" if row["answerability"] != "UNANSWERABLE" else "unanswerable",
            "en",
            row["question"],
            tuple((turn["role"], turn["text"]) for turn in row["history"]),
            frozenset(each["doc_id"] for each in row["contexts"]),
            "",
            answerable(row["answerability"]),
        )
        for row in rows_of(config.shared / "mtrag_un" / "dev.jsonl")
    ]

"""How often the citation check marks a sentence that its source does not carry, and how often a right one.

Run: python -m benchmarks citations [--sentences 400] [--seed 1]. Sentences and passages are those of the demo
shop's articles: each sentence with its own passage (right), with a passage of another article, with one number
changed, and turned into its opposite by a "not" put in or taken out (wrong). Answers in other words are those that
people wrote in mtrag_un, each sentence with the passages it was written from. No model and no database is asked.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from assistant.confidence_intervals import wilson
from benchmarks.retrieval_data import DATA
from conversations.replies.grounding import doubts
from demo.views import ARTICLES
from knowledge.imports.readers.markdown import read
from knowledge.indexing.chunking import chunk
from knowledge.indexing.markdown_text import plain
from knowledge.indexing.quotable_units import units
from language.sentences import CITED, split

LEAST_WORDS = 5
_NUMBER = re.compile(r"\d+")
_VERB = re.compile(r"\b(is|are|was|were|can|will|may|must|does|do|should|has|have)\b(?! not\b)")
_NOT = re.compile(r"\b(is|are|was|were|can|will|may|must|does|do|should|has|have) ?not\b")


@dataclass(frozen=True, slots=True)
class Source:
    """A passage, as the check wants it."""

    article: str
    title: str
    heading_path: str
    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class Claim:
    sentence: str
    source: Source


def claims() -> list[Claim]:
    """Every sentence of the demo's articles that stands for itself, with the passage it is from."""
    found = []
    for path in sorted(ARTICLES.glob("*/*.md")):
        [article] = read(path, path.stem)
        for piece in chunk(article.text, article.title):
            source = Source(path.stem, article.title, piece.heading_path, piece.text, article.locale)
            said = [plain(unit.text) for unit in units(piece.text) if unit.is_sentence]
            found += [Claim(sentence, source) for sentence in said if len(sentence.split()) >= LEAST_WORDS]
    return found


def written() -> list[Claim]:
    """Every sentence of the written answers, with all passages that its answer was written from."""
    texts = {row["doc_id"]: row["text"] for row in _rows("kb.jsonl")}
    found = []
    for row in _rows("dev.jsonl"):
        passages = [texts[each["doc_id"]] for each in row["contexts"] if each["doc_id"] in texts]
        source = Source("", "", "", "\n\n".join(passages), "en")
        if passages and row["answerability"] in {"ANSWERABLE", "PARTIAL"}:
            said = split(row["target"], CITED)
            found += [Claim(sentence, source) for sentence in said if len(sentence.split()) >= LEAST_WORDS]
    return found


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (DATA / "mtrag_un" / name).read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def is_marked(sentence: str, source: Source) -> bool:
    return bool(doubts(f"{sentence.rstrip('.')} [1].", [source], locale=source.locale))


def with_own_passage(claim: Claim, others: list[Source], chance: random.Random) -> bool | None:
    return is_marked(claim.sentence, claim.source)


def with_another_articles(claim: Claim, others: list[Source], chance: random.Random) -> bool | None:
    return is_marked(claim.sentence, chance.choice([each for each in others if each.article != claim.source.article]))


def with_another_number(claim: Claim, others: list[Source], chance: random.Random) -> bool | None:
    """One number of the sentence is off by a few; None where it has none."""
    numbers = list(_NUMBER.finditer(claim.sentence))
    if not numbers:
        return None
    chosen = chance.choice(numbers)
    changed = str(int(chosen[0]) + chance.randint(1, 9))
    return is_marked(claim.sentence[: chosen.start()] + changed + claim.sentence[chosen.end() :], claim.source)


def turned_round(claim: Claim, others: list[Source], chance: random.Random) -> bool | None:
    """A "not" is taken out, or put in behind the first verb that takes one; None where there is neither."""
    for pattern, put in ((_NOT, r"\1"), (_VERB, r"\1 not")):
        changed = pattern.sub(put, claim.sentence, count=1)
        if changed != claim.sentence:
            return is_marked(changed, claim.source)
    return None


Change = Callable[[Claim, list[Source], random.Random], bool | None]
ROWS: dict[str, Change] = {
    "right: its own passage": with_own_passage,
    "wrong: a passage of another article": with_another_articles,
    "wrong: one number changed": with_another_number,
    "wrong: turned into its opposite": turned_round,
}
IN_OTHER_WORDS: dict[str, Change] = {
    "right: in other words": with_own_passage,
    "wrong: in other words, turned into its opposite": turned_round,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=400, help="drawn for each row, at most")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    shop, people = claims(), written()
    passages = len({claim.source for claim in shop})
    print(f"{len(shop)} sentences in {passages} passages, {len(people)} in written answers, seed {chosen.seed}\n")
    print("| a sentence with | sentences | marked | share (95 % interval) |\n|---|---|---|---|")
    for everything, rows in ((shop, ROWS), (people, IN_OTHER_WORDS)):
        for name, change in rows.items():
            print(row(name, change, everything, chosen.sentences, chosen.seed))


def row(name: str, change: Change, everything: list[Claim], most: int, seed: int) -> str:
    chance = random.Random(seed)
    others = list(dict.fromkeys(claim.source for claim in everything))
    drawn = iter(chance.sample(everything, len(everything)))
    judged = (verdict for claim in drawn if (verdict := change(claim, others, chance)) is not None)
    verdicts = list(islice(judged, most))
    marked, (low, high) = sum(verdicts), wilson(sum(verdicts), len(verdicts))
    return f"| {name} | {len(verdicts)} | {marked} | {marked / len(verdicts):.1%} ({low:.1%} to {high:.1%}) |"


if __name__ == "__main__":
    main()

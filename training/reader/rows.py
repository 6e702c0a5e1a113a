"""Questions with their passages into groups of rows, as the network reads them: one that answers, three that do not."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from training.reader import mining, pairs
from training.reader.config import SHARE, SUPPORT, Config
from training.reader.corpora import Passage, Question, questions
from training.reader.windows import Unit, anchor, holds, units, window
from training.reader.wording import typed


@dataclass(slots=True)
class Row:
    """`unit_labels`: 1 and 0 for parts that answer and do not, -1 where nobody knows. `label` of the row likewise."""

    question: str
    prefix: str
    parts: list[str]
    label: int
    unit_labels: list[int]


@dataclass(slots=True)
class Group:
    """Rows of one question. `kind` is answer or pair, and names the head that is asked."""

    kind: str
    set: str
    rows: list[Row]


def prepare(config: Config, epoch: int = 0, vectors: object = None) -> dict[str, int]:
    """Write train and valid groups of one epoch to the work folder; return how many rows each has."""
    config.work.mkdir(parents=True, exist_ok=True)
    rng = random.Random(config.seed + epoch)
    written: dict[str, list[Group]] = {"train": [], "valid": []}
    for asked in mining.pools(questions(config)).values():
        pool = mining.pool_of(asked)
        mining.mine(asked, pool, vectors)  # type: ignore[arg-type]
        rarity = pool.rarity
        for question in tqdm(asked, desc=f"rows of {asked[0].set} {asked[0].lang}", disable=None):
            for _ in range(_times(question, rng)):
                if group := group_of(question, rarity, config, rng):
                    written["valid" if question.split == "valid" else "train"].append(group)
    for split, found in pairs.pair_rows(config, rng).items():
        written[split] += [Group("pair", name, [Row(a, "", [b], same, [-1])]) for name, a, b, same in found]
    counts = {}
    for split, groups in written.items():
        rng.shuffle(groups)
        write(config.work / f"{split}.{epoch}.jsonl", groups)
        counts[split] = sum(len(group.rows) for group in groups)
    return counts


def _times(question: Question, rng: random.Random) -> int:
    share = 1.0 if question.split == "valid" else SHARE.get(question.set, 1.0)
    return int(share) + (rng.random() < share - int(share))


def group_of(question: Question, rarity: dict[str, float], config: Config, rng: random.Random) -> Group | None:
    limit = rng.choice(config.window_words)
    text = typed(question.text, rng, english=question.lang == "en") if question.split == "train" else question.text
    with_heading = rng.random() < config.heading_share
    make = _Maker(question, text, rarity, limit, with_heading, rng)
    rows: list[Row] = []
    wrong = _chosen(question, config.negatives, rng)
    if question.positives:
        positive = rng.choice(question.positives)
        rows.append(make.positive(positive, wrong if rng.random() < config.mixed_share else []))
        if positive.start >= 0 and (other := make.beside(positive)):
            wrong = wrong[: config.negatives - 1]
            rows.append(other)
    rows += [make.negative(p) for p in wrong]
    if not rows or (len(rows) == 1 and question.set not in {"squad2_dev", "qnli"}):
        return None
    return Group("answer", question.set, rows)


def _chosen(question: Question, count: int, rng: random.Random) -> list[Passage]:
    """What people or the source call wrong first, then what our search would take for right."""
    given = rng.sample(question.negatives, min(len(question.negatives), 1 if question.mined else count))
    return given + rng.sample(question.mined, min(len(question.mined), count - len(given)))


@dataclass(slots=True)
class _Maker:
    question: Question
    text: str
    rarity: dict[str, float]
    limit_words: int
    with_heading: bool
    rng: random.Random

    def _cut(self, passage: Passage, parts: Sequence[Unit]) -> list[Unit]:
        place = anchor(self.question.text, passage, parts, self.rarity)
        return window(parts, place, self.limit_words, self.rng.choice((0, 0, 1, 1, 2)))

    def _row(self, passage: Passage, parts: Sequence[str], label: int, labels: list[int]) -> Row:
        heading = passage.heading if self.with_heading and passage.heading != passage.title else ""
        prefix = " > ".join(filter(None, [passage.title if self.rng.random() < 0.9 else "", heading]))
        return Row(self.text, prefix, list(parts), label, labels)

    def positive(self, passage: Passage, wrong: Sequence[Passage]) -> Row:
        parts = units(passage.text)
        shown = self._cut(passage, parts)
        labels = [int(holds(unit, passage)) if passage.start >= 0 else -1 for unit in shown]
        if len(shown) == 1:
            labels = [1]
        texts = [unit.text for unit in shown]
        if wrong and self.question.set in SUPPORT:
            return self._mixed(passage, texts[:2], wrong[0])
        return self._row(passage, texts, 1, labels)

    def _mixed(self, passage: Passage, right: list[str], wrong: Passage) -> Row:
        """Sentences of the passage that answers among those of one that does not: which is which is known."""
        other = [unit.text for unit in self._cut(wrong, units(wrong.text))][:2]
        at = self.rng.randrange(2)
        parts = right + other if at else other + right
        labels = [1] * len(right) + [0] * len(other) if at else [0] * len(other) + [1] * len(right)
        return self._row(passage, parts, 1, labels if len(right) == 1 else [-1 if x else 0 for x in labels])

    def beside(self, passage: Passage) -> Row | None:
        """Sentences of the very passage that answers, without the one that does."""
        parts = [unit for unit in units(passage.text) if not holds(unit, passage)]
        if not parts:
            return None
        shown = self._cut(Passage(passage.text, passage.title), parts)
        return self._row(passage, [unit.text for unit in shown], 0, [0] * len(shown))

    def negative(self, passage: Passage) -> Row:
        shown = self._cut(passage, units(passage.text))
        return self._row(passage, [unit.text for unit in shown], 0, [0] * len(shown))


def write(path: Path, groups: Sequence[Group]) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for group in groups:
            lines.write(json.dumps(asdict(group), ensure_ascii=False) + "\n")


def read(path: Path) -> Iterator[Group]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            stored = json.loads(line)
            yield Group(stored["kind"], stored["set"], [Row(**row) for row in stored["rows"]])

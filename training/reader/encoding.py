"""Rows as token ids, and batches of rows of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from assistant.engines.sentence_encoder import weights_directory
from training.reader.config import Config
from training.reader.network import HEADS
from training.reader.rows import Group, Row

START, END = 101, 102  # [CLS] and [SEP]


@dataclass(frozen=True, slots=True)
class Encoded:
    """`types`: 0 for the question, 1 for the passage. `part_of`: which part a token belongs to, or -1."""

    ids: list[int]
    types: list[int]
    part_of: list[int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of (rows, tokens) but for those of one number a row. `parts` holds (row, first, end, label)."""

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    labels: np.ndarray
    heads: np.ndarray
    group: np.ndarray
    parts: list[tuple[int, int, int, int]]


class Encoder:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.tokenizer = Tokenizer.from_file(str(weights_directory() / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def ids(self, text: str) -> list[int]:
        found: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return found

    def encode(self, row: Row) -> Encoded:
        """[CLS] question [SEP] prefix parts [SEP], cut at the end where it is too long."""
        asked = self.ids(row.question)[: self.config.question_tokens]
        told = self.ids(row.prefix + ":")[-self.config.prefix_tokens :] if row.prefix else []
        part_of = [-1] * len(told)
        for number, part in enumerate(row.parts):
            own = self.ids(part)
            told += own
            part_of += [number] * len(own)
        told = told[: self.config.max_tokens - len(asked) - 3]
        part_of = part_of[: len(told)]
        ids = [START, *asked, END, *told, END]
        lead = len(asked) + 2
        return Encoded(ids, [0] * lead + [1] * (len(told) + 1), [-1] * lead + part_of + [-1])


def batches(groups: Sequence[Group], encoder: Encoder, rng: random.Random, ahead: int = 800) -> Iterator[Batch]:
    """Groups in an order of chance, sorted by length within stretches; a group is never torn apart."""
    order = list(range(len(groups)))
    rng.shuffle(order)
    for first in range(0, len(order), ahead):
        coded = [(groups[i], [encoder.encode(row) for row in groups[i].rows]) for i in order[first : first + ahead]]
        coded.sort(key=lambda pair: (max(len(each.ids) for each in pair[1]), rng.random()))
        packs = list(_packed(coded, encoder.config.batch_tokens))
        rng.shuffle(packs)
        yield from (batch_of(pack) for pack in packs)


def _packed(
    coded: Sequence[tuple[Group, list[Encoded]]], limit_tokens: int
) -> Iterator[list[tuple[Group, list[Encoded]]]]:
    pack: list[tuple[Group, list[Encoded]]] = []
    count = longest = 0
    for group, rows in coded:
        own = max(len(row.ids) for row in rows)
        if pack and (count + len(rows)) * max(longest, own) > limit_tokens:
            yield pack
            pack, count, longest = [], 0, 0
        pack.append((group, rows))
        count, longest = count + len(rows), max(longest, own)
    if pack:
        yield pack


def batch_of(pack: Sequence[tuple[Group, list[Encoded]]]) -> Batch:
    rows = [(number, group, row, each) for number, (group, coded) in enumerate(pack) for row, each in zip(group.rows, coded, strict=True)]  # fmt: skip
    width = max(len(each.ids) for *_, each in rows)
    ids, mask, types = (np.zeros((len(rows), width), np.int64) for _ in range(3))
    parts: list[tuple[int, int, int, int]] = []
    for place, (_, _, row, each) in enumerate(rows):
        size = len(each.ids)
        ids[place, :size], mask[place, :size], types[place, :size] = each.ids, 1, each.types
        parts += [
            (place, *span, label) for span, label in zip(spans(each), row.unit_labels, strict=False) if label >= 0
        ]
    return Batch(
        ids,
        mask,
        types,
        np.array([row.label for _, _, row, _ in rows], np.float32),
        np.array([HEADS.index(group.kind) for _, group, _, _ in rows]),
        np.array([number for number, *_ in rows]),
        parts,
    )


def spans(each: Encoded) -> list[tuple[int, int]]:
    """Where each part's tokens begin and end; parts that were cut off are left out."""
    part_of = np.array(each.part_of)
    found = []
    for number in range(int(part_of.max(initial=-1)) + 1):
        (places,) = np.nonzero(part_of == number)
        if len(places):
            found.append((int(places[0]), int(places[-1]) + 1))
    return found

"""Rows as token ids, and batches of rows of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.llm.engines.reader import Encoded, PairTokenizer
from training.reader.config import Config
from training.reader.network import HEADS
from training.reader.rows import Group, Row


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
    """Rows as the product reads them."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.tokenizer = PairTokenizer(config.max_tokens)

    def encode(self, row: Row) -> Encoded:
        return self.tokenizer.encode(row.question, row.prefix, row.parts)


def batches(groups: Sequence[Group], encoder: Encoder, rng: random.Random, ahead: int = 2_400) -> Iterator[Batch]:
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
    rows = [
        (number, group, row, each)
        for number, (group, coded) in enumerate(pack)
        for row, each in zip(group.rows, coded, strict=True)
    ]
    width = max(len(each.ids) for *_, each in rows)
    ids, mask, types = (np.zeros((len(rows), width), np.int64) for _ in range(3))
    parts: list[tuple[int, int, int, int]] = []
    for place, (_, _, row, each) in enumerate(rows):
        size = len(each.ids)
        ids[place, :size], mask[place, :size], types[place, :size] = each.ids, 1, each.types
        found = zip(each.spans(len(row.parts)), row.unit_labels, strict=True)
        parts += [(place, *span, label) for span, label in found if span and label >= 0]
    return Batch(
        ids,
        mask,
        types,
        np.array([row.label for _, _, row, _ in rows], np.float32),
        np.array([HEADS.index(group.kind) for _, group, _, _ in rows]),
        np.array([number for number, *_ in rows]),
        parts,
    )

"""The file that ships, as the product runs it: what is evaluated is what is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from assistant.llm.engines.reader import Reader
from training.reader.network import HEADS
from training.reader.rows import Row


class OnnxScorer:
    def __init__(self, path: Path) -> None:
        self.reader = Reader(path)

    def read(self, rows: Sequence[Row]) -> tuple[np.ndarray, list[list[float]]]:
        logits, parts = [], []
        for row in tqdm(rows, desc="reading", disable=None):
            coded = self.reader.tokenizer.encode(row.question, row.prefix, row.parts)
            said, tokens = self.reader.logits(coded)
            logits.append([said[head] for head in HEADS])
            spans = coded.spans(len(row.parts))
            parts.append([float(tokens[s[0] : s[1]].mean()) if s else float("-inf") for s in spans])
        return np.array(logits, np.float32), parts

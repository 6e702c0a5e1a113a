"""Let the network read what search found, in windows around the unit that looks best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from tqdm import tqdm

from knowledge.indexing.markdown_text import plain
from knowledge.search.passage_reader import Part, parts_of, window
from language.follow_ups import search_text
from language.tokenizing import terms
from training.reader.articles import Asked, Corpus
from training.reader.candidates import Chunk, Found, Index, Vectors
from training.reader.config import Config
from training.reader.encoding import Encoder, batch_of
from training.reader.network import HEADS, Reader
from training.reader.rows import Group, Row

DEPTH = 12


class Scorer(Protocol):
    """Reads rows; returns (rows, 2) logits by HEADS and the mean logit of each part of each row."""

    def read(self, rows: Sequence[Row]) -> tuple[np.ndarray, list[list[float]]]: ...


class TorchScorer:
    """A checkpoint, in bfloat16, rows of like length together."""

    def __init__(self, config: Config, checkpoint: Path) -> None:
        torch.set_num_threads(config.threads)
        self.encoder = Encoder(config)
        self.model = Reader(config)
        self.model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["model"])
        self.model.eval()

    def read(self, rows: Sequence[Row], size: int = 64) -> tuple[np.ndarray, list[list[float]]]:
        coded = [self.encoder.encode(row) for row in rows]
        logits = np.zeros((len(rows), len(HEADS)), np.float32)
        parts: list[list[float]] = [[] for _ in rows]
        order = sorted(range(len(rows)), key=lambda i: len(coded[i].ids))
        for first in tqdm(range(0, len(order), size), desc="reading", disable=None):
            places = order[first : first + size]
            batch = batch_of([(Group("answer", "", [rows[i]]), [coded[i]]) for i in places])
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                found, tokens = self.model(*(torch.from_numpy(a) for a in (batch.ids, batch.mask, batch.types)))
            logits[places] = found.float().numpy()
            of_tokens = tokens.float().numpy()
            for place, each in zip(places, of_tokens, strict=True):
                spans = coded[place].spans(len(rows[place].parts))
                parts[place] = [float(each[s[0] : s[1]].mean()) if s else float("-inf") for s in spans]
        return logits, parts


@dataclass(slots=True)
class Read:
    """One question with what search found and what the reader said of it, best fused first."""

    asked: Asked
    text: str
    found: Found
    articles: list[str]
    windows: list[list[Part]] = field(default_factory=list)  # what was shown of each chunk
    answer: np.ndarray = field(default_factory=lambda: np.zeros(0))
    parts: list[list[float]] = field(default_factory=list)


def row_of(question: str, chunk: Chunk, shown: Sequence[Part]) -> Row:
    shown = shown or [Part(0, chunk.title)]
    texts = [part.text for part in shown]
    return Row(question, chunk.prefix(chunk.units[shown[0].unit]), texts, 0, [-1] * len(texts))


def look_up(corpus: Corpus, index: Index, vectors: Vectors) -> list[Read]:
    texts = [search_text(asked.text, asked.history) for asked in corpus.asked]
    found = []
    for asked, text, vector in zip(corpus.asked, texts, vectors.of(texts), strict=True):
        best = index.search(text, vector, DEPTH)
        read = Read(asked, text, best, [index.chunks[i].article for i in best.places])
        words = set(terms(plain(text), "en"))
        read.windows = [
            window(parts_of(index.chunks[i].units), words, own)
            for i, own in zip(best.places, best.unit_cosines, strict=True)
        ]
        found.append(read)
    return found


def read_all(reads: Sequence[Read], index: Index, scorer: Scorer) -> None:
    rows = [
        row_of(read.text, index.chunks[place], shown)
        for read in reads
        for place, shown in zip(read.found.places, read.windows, strict=True)
    ]
    logits, parts = scorer.read(rows)
    at = 0
    for read in reads:
        count = len(read.windows)
        read.answer, read.parts = logits[at : at + count, 0], parts[at : at + count]
        at += count

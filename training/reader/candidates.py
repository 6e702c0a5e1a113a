"""What search hands the reader: the product's chunks, scored by words and vectors as the product fuses them.

Offline and without a database: the thesaurus and what a workspace learned are not in it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy import sparse
from tqdm import tqdm

from assistant.llm.engines.sentence_encoder import SentenceEncoder
from knowledge.indexing.chunking import chunk
from knowledge.indexing.markdown_text import plain
from knowledge.indexing.quotable_units import Unit, units
from knowledge.search.fusion import LEG_WEIGHTS
from language.tokenizing import terms
from training.reader.articles import Article

K1, B, HEADING_WEIGHT = 1.2, 0.5, 2.0


@dataclass(slots=True)
class Chunk:
    """`first`: where its units' vectors begin in the index."""

    article: str
    title: str
    heading: str
    text: str
    units: list[Unit]
    first: int = 0

    def prefix(self, unit: Unit) -> str:
        heading = unit.heading or self.heading
        return f"{self.title} > {heading}" if heading else self.title


@dataclass(slots=True)
class Found:
    """The best chunks by the fused score; all arrays in that order. `unit_cosines`: one array a chunk."""

    places: list[int]
    vector: np.ndarray
    sentence: np.ndarray
    words: np.ndarray
    fused: np.ndarray
    unit_cosines: list[np.ndarray] = field(default_factory=list)


class Vectors:
    """The shipped embedder, with a file of what it has read already."""

    def __init__(self, folder: Path) -> None:
        self.encoder = SentenceEncoder("minilm", directory=str(folder / "embedder"), threads=1, bulk_threads=1)
        self.folder = folder / "vectors"
        self.folder.mkdir(parents=True, exist_ok=True)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        key = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]
        path = self.folder / f"{key}.npy"
        if not path.exists():
            steps = tqdm(range(0, len(texts), 256), desc="embedding", disable=None)
            np.save(path, np.concatenate([self.encoder.embed(texts[i : i + 256]) for i in steps]))
        found: np.ndarray = np.load(path)
        return found


class Index:
    def __init__(self, articles: Sequence[Article], vectors: Vectors) -> None:
        self.vectors = vectors
        self.chunks = [
            Chunk(a.id, a.title, piece.heading_path, piece.text, units(piece.text) or [Unit(piece.text, "", 0)])
            for a in articles
            for piece in chunk(a.text, a.title)
        ]
        count = 0
        for each in self.chunks:
            each.first, count = count, count + len(each.units)
        self.chunk_vectors = vectors.of([f"{c.title} > {c.heading}\n{plain(c.text)}" for c in self.chunks])
        self.unit_vectors = vectors.of([f"{c.prefix(u)}: {plain(u.text)}" for c in self.chunks for u in c.units])
        self._count()

    def _count(self) -> None:
        """BM25 with the heading as a weighted field, as knowledge/search/bm25.py has it."""
        self.vocabulary: dict[str, int] = {}
        rows, columns, often, lengths = [], [], [], []
        for row, c in enumerate(self.chunks):
            text, heading = Counter(terms(plain(c.text), "en")), Counter(terms(f"{c.title} {c.heading}", "en"))
            lengths.append(sum(text.values()))
            for word in text.keys() | heading.keys():
                rows.append(row)
                columns.append(self.vocabulary.setdefault(word, len(self.vocabulary)))
                often.append(text[word] + HEADING_WEIGHT * heading[word])
        length, tf = np.array(lengths, float), np.array(often, float)
        values = tf / (tf + K1 * (1 - B + B * length[rows] / max(length.mean(), 1.0)))
        self.matrix = sparse.csc_matrix((values, (rows, columns)), (len(self.chunks), len(self.vocabulary)))
        with_it = np.diff(self.matrix.indptr)
        self.idf = np.log(1 + (len(self.chunks) - with_it + 0.5) / (with_it + 0.5))

    def words(self, text: str) -> np.ndarray:
        """BM25 of every chunk as a share of the best possible."""
        asked = set(terms(plain(text), "en"))
        known = [self.vocabulary[word] for word in asked if word in self.vocabulary]
        unknown = np.log(1 + (len(self.chunks) + 0.5) / 0.5) * (len(asked) - len(known))
        whole = self.idf[known].sum() + unknown
        if not known:
            return np.zeros(len(self.chunks))
        found: np.ndarray = self.matrix[:, known] @ self.idf[known] / whole
        return found

    def search(self, text: str, vector: np.ndarray, depth: int) -> Found:
        by_words = self.words(text)
        cosines = np.maximum(self.chunk_vectors @ vector, 0)
        unit_cosines = self.unit_vectors @ vector
        starts = np.array([c.first for c in self.chunks])
        sentence = np.maximum(np.maximum.reduceat(unit_cosines, starts), 0)
        fused = LEG_WEIGHTS["vector"] * cosines + LEG_WEIGHTS["sentence"] * sentence + LEG_WEIGHTS["terms"] * by_words
        places = [int(i) for i in np.argsort(-fused, kind="stable")[:depth]]
        own = [unit_cosines[self.chunks[i].first : self.chunks[i].first + len(self.chunks[i].units)] for i in places]
        return Found(places, cosines[places], sentence[places], by_words[places], fused[places], own)

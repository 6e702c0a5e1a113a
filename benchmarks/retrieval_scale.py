"""`python -m benchmarks retrieval_scale`: search among many workspaces, and in one large one.

Chunks are made up: words drawn by Zipf's law, unit vectors around some hundred topics. They are written by the
indexer and asked through `search.passages_for`, so only their meaning is false, not their number or size. The
vectors' leg is compared with an exact scan in numpy. Indexing speed is measured on the demo shop's real articles.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.db import connection
from tqdm import tqdm

from assistant.llm import embeddings, registry
from assistant.workspaces.models import Workspace
from benchmarks.machine import described
from benchmarks.retrieval_data import demo_shop
from knowledge.articles import publishing
from knowledge.imports import pipeline
from knowledge.imports.document import Document
from knowledge.indexing import indexing
from knowledge.indexing.chunking import Heading, Piece
from knowledge.indexing.indexing import Prepared
from knowledge.indexing.quotable_units import Unit
from knowledge.models import Article, Chunk
from knowledge.search import retrievers, search
from knowledge.search.types import Query

DIMENSIONS = 384
STOP_WORDS = 100  # the commonest of the vocabulary
CHUNK_WORDS, SENTENCES, VOCABULARY, TOPICS = 120, 4, 20_000, 300
ARTICLE_CHUNKS = 1_000
SEED = 20261123
Timed = tuple[float, float, float]  # median, 95th and 99th percentile in ms


@dataclass
class Maker:
    """Draws words and vectors; the same ones every time."""

    random: np.random.Generator

    def __post_init__(self) -> None:
        self.topics = self.random.normal(size=(TOPICS, DIMENSIONS)).astype(np.float32)

    def text(self, words: int) -> str:
        drawn = np.minimum(self.random.zipf(1.3, words), VOCABULARY)
        return " ".join(f"word{number}x" for number in drawn)

    def telling(self, words: int) -> str:
        """Without the words that are as common as those that search leaves out of real questions.

        One of them is the last of the vocabulary, which stands for all that are rarer.
        """
        drawn = self.random.zipf(1.3, 100 * words)
        telling = drawn[(drawn > STOP_WORDS) & (drawn < VOCABULARY)]
        return " ".join(f"word{number}x" for number in telling[:words])

    def vectors(self, count: int) -> np.ndarray:
        near = self.topics[self.random.integers(TOPICS)]
        drawn = near + self.random.normal(size=(count, DIMENSIONS)).astype(np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    def chunk(self, number: int) -> Prepared:
        units = tuple(Unit(self.text(CHUNK_WORDS // SENTENCES), "", at, True) for at in range(SENTENCES))
        text = " ".join(unit.text for unit in units)
        return Prepared(
            piece=Piece((Heading(1, f"Part {number}"),), text),
            context=f"Part {number}",
            title="Made up",
            locale="en",
            product="",
            content_hash=f"{number:064d}",
            in_text=Counter(text.split()),
            in_heading={"part": 1},
            tokens=2 * CHUNK_WORDS,
            units=units,
            embedder=embeddings.embedder_name(),
            vectors=self.vectors(1 + SENTENCES),
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workspaces", type=int, default=100)
    options.add_argument("--chunks", type=int, default=1_000, help="in each of them")
    options.add_argument("--large", type=int, default=20_000, help="chunks of the large one")
    options.add_argument("--questions", type=int, default=500)
    chosen = options.parse_args()
    maker = Maker(np.random.default_rng(SEED))
    before = described()
    many = [
        filled(f"scale-{number}", chosen.chunks, maker)
        for number in tqdm(range(chosen.workspaces), desc="filling", unit=" workspaces")
    ]
    large = filled("scale-large", chosen.large, maker)
    with connection.cursor() as cursor:  # as Postgres does it by and by
        cursor.execute("VACUUM ANALYZE knowledge_chunk, knowledge_sentence, knowledge_posting")
    print("| where | chunks | question | search p50 / p95 / p99 ms | recall@10 against exact |")
    print("| --- | --- | --- | --- | --- |")
    for name, workspaces, chunks in (
        (f"{len(many)} workspaces", many, chosen.chunks),
        ("one workspace", [large], chosen.large),
    ):
        found = recall(workspaces[:5], maker, 20)
        for kind, worded in (
            ("four telling words", partial(maker.telling, 4)),
            ("eight of any", partial(maker.text, 8)),
        ):
            times = " / ".join(f"{ms:.1f}" for ms in asked(workspaces, worded, maker, chosen.questions))
            print(f"| {name} | {chunks:,} each | {kind} | {times} | {found:.3f} |")
    print(f"\nIndexing the demo shop: {indexed()}\n\n{before}. {chosen.questions} questions a row, seed {SEED}.")


def filled(slug: str, chunks: int, maker: Maker) -> Workspace:
    """A workspace of so many chunks: one that an earlier run left in this database, or a new one."""
    there = Workspace.objects.filter(slug=slug).first()
    if there and Chunk.objects.filter(workspace=there).count() == chunks:
        return there
    workspace = Workspace.objects.create(slug=slug, name=slug)
    for start in range(0, chunks, ARTICLE_CHUNKS):
        article = publishing.save_draft(workspace, external_id=f"part-{start}", title="Made up", body="Made up.")
        assert article.latest_revision is not None
        Article.objects.filter(pk=article.pk).update(
            status=Article.Status.PUBLISHED, published_revision=article.latest_revision
        )
        prepared = [maker.chunk(start + at) for at in range(min(ARTICLE_CHUNKS, chunks - start))]
        indexing.replace_chunks(article, article.latest_revision, prepared)
    return workspace


def asked(workspaces: Sequence[Workspace], worded: Callable[[], str], maker: Maker, questions: int) -> Timed:
    took = []
    for number in tqdm(range(questions), desc="asking"):
        query, vector = Query(worded()), maker.vectors(1)[0]
        started = time.perf_counter()
        search.passages_for(workspaces[number % len(workspaces)], query, vector)
        took.append((time.perf_counter() - started) * 1000)
    middle, slow, slowest = np.percentile(took, [50, 95, 99])
    return float(middle), float(slow), float(slowest)


def recall(workspaces: Sequence[Workspace], maker: Maker, questions: int) -> float:
    """The share of the ten nearest by numpy that the vectors' leg returns."""
    shares = []
    for workspace in workspaces:
        rows = list(Chunk.objects.filter(workspace=workspace).values_list("pk", "embedding"))
        stored = np.array([vector for _, vector in rows], dtype=np.float32)
        stored /= np.linalg.norm(stored, axis=1, keepdims=True)
        for _ in range(questions):
            vector = maker.vectors(1)[0]
            exact = {rows[at][0] for at in np.argsort(-(stored @ vector))[:10]}
            near = retrievers.nearest(workspace.pk, vector, embeddings.embedder_name(), ("public",), limit=10)
            shares.append(len(exact & {pk for pk, _ in near}) / 10)
    return float(np.mean(shares))


def indexed() -> str:
    """Import the demo shop into live articles, then change one sentence of one of them."""
    Workspace.objects.filter(slug="scale-demo").delete()
    workspace = Workspace.objects.create(slug="scale-demo", name="scale-demo")
    embeddings.embed(["warm"])
    registry.counter("large")("warm")
    documents = tqdm([Document(row["id"], row["title"], row["text"]) for row in demo_shop().articles], desc="indexing")
    started = time.perf_counter()
    for _ in pipeline.take_each(workspace, documents, pipeline.Report(), set(), publish=True):
        pass
    took_s = time.perf_counter() - started
    chunks = Chunk.objects.filter(workspace=workspace).count()
    longest = max(Article.objects.filter(workspace=workspace), key=lambda article: len(article.body))
    before = set(longest.chunks.values_list("pk", flat=True))
    edited = publishing.save_draft(
        workspace, external_id=longest.external_id, title=longest.title, body=f"{longest.body}\n\n## New\n\nOne more."
    )
    publishing.publish(edited)
    after = set(longest.chunks.values_list("pk", flat=True))
    return (
        f"{chunks} chunks in {took_s:.1f} s, {chunks / took_s:.0f} chunks/s; after an edit of an article of "
        f"{len(before)} chunks, {len(after - before)} were embedded anew"
    )


if __name__ == "__main__":
    main()

"""Index a corpus in a workspace of its own and ask all of its questions, every leg at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from tqdm import tqdm

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from benchmarks.retrieval_data import Corpus, Question
from knowledge.articles import publishing
from knowledge.models import Article
from knowledge.search import search
from knowledge.search.fusion import reciprocal_ranks
from knowledge.search.search import Candidates
from knowledge.search.types import INTERNAL, Query

Scores = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    candidates: Candidates
    by_completed: Candidates  # of the completed question alone, for systems that search once
    ms: float  # of search alone, the embedding of the question apart


def best_first(leg: Mapping[int, float]) -> list[int]:
    return sorted((pk for pk in leg if leg[pk] > 0), key=lambda pk: (-leg[pk], pk))[:50]


def plain_rrf(scores: Scores) -> dict[int, float]:
    return reciprocal_ranks([best_first(scores["vector"]), best_first(scores["terms"])])


SYSTEMS: dict[str, Callable[[Candidates], Mapping[int, float]]] = {
    "Brevity": lambda c: c.fused,
    "BM25 alone": lambda c: c.scores["terms"],
    "vectors alone": lambda c: c.scores["vector"],
    "plain RRF": lambda c: plain_rrf(c.scores),
}


@contextmanager
def indexed(corpus: Corpus, *, keep: bool) -> Iterator[Workspace]:
    """Yield a workspace with the corpus published; without `keep` it is erased afterwards."""
    slug = "bench-" + corpus.name.lower().replace(" ", "-").replace("_", "-")
    workspace, _ = Workspace.objects.get_or_create(slug=slug, defaults={"name": corpus.name})
    try:
        for row in tqdm(corpus.articles, desc=f"indexing {corpus.name}", unit=" articles"):
            _publish(workspace, row)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE knowledge_chunk, knowledge_sentence, knowledge_posting")
        yield workspace
    finally:
        if not keep:
            for article in Article.objects.filter(workspace=workspace):
                publishing.delete(article)
            workspace.delete()


def _publish(workspace: Workspace, row: dict[str, str]) -> None:
    article = publishing.save_draft(
        workspace, external_id=row["id"], title=row["title"][:300], body=row["text"], product=row.get("product", "")
    )
    stale = article.chunks.exclude(embedder=embeddings.embedder_name()).exists()
    if article.has_unpublished_changes or stale:
        publishing.publish(article)


def ask_all(
    workspace: Workspace, questions: Sequence[Question], name: str, *, with_vectors: bool = True
) -> list[Asked]:
    texts = [search.search_text(q.text, q.history) for q in questions]
    vectors: Sequence[object] = [None] * len(texts)
    if with_vectors:
        vectors = list(embeddings.embed(texts, workspace_id=workspace.pk, purpose="evaluation"))
    return [
        _ask(workspace, question, text, vector)
        for question, text, vector in zip(questions, texts, tqdm(vectors, desc=f"asking {name}"), strict=True)
    ]


def _ask(workspace: Workspace, question: Question, text: str, vector: object) -> Asked:
    started = time.perf_counter()
    query = Query(question.text, question.history, audience=INTERNAL)
    found = search.candidates_for(workspace, query, text, vector)  # type: ignore[arg-type]
    candidates = search.judged(workspace, found, text, vector)  # type: ignore[arg-type]
    ms = (time.perf_counter() - started) * 1000
    if not question.history:
        return Asked(question, candidates, candidates, ms)
    completed = search.candidates_for(workspace, Query(text, audience=INTERNAL), text, vector)  # type: ignore[arg-type]
    return Asked(question, candidates, completed, ms)


def articles_of(candidates: Candidates, order: Mapping[int, float]) -> list[str]:
    """The external ids of the articles, best first, each once."""
    ranked = sorted(order, key=lambda pk: (-order[pk], pk))
    return list(dict.fromkeys(candidates.chunks[pk].external_id for pk in ranked if order[pk] > 0))

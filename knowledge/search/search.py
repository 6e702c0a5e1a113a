"""Find the passages that answer a question, or decide that none does.

Results of several retrievers (exact vectors, BM25 over the text, the question's words in titles and headings,
multilingual vectors for sixteen languages) are fused with weights that a workspace's labels may adjust; neighbours are
merged, repetitions dropped, and the rest cut to a token budget. A question with a history is searched both alone and
together with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from channels.db import database_sync_to_async

from assistant.llm import embeddings, registry
from assistant.llm.engines import multilingual
from assistant.llm.engines.base import EngineUnavailable
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from knowledge.indexing import hnsw
from knowledge.indexing.markdown_text import plain
from knowledge.search import abstention, passage_reader, query_terms, retrievers
from knowledge.search.abstention import Signals, signals_of
from knowledge.search.bm25 import TermHits
from knowledge.search.fusion import LEG_WEIGHTS, OTHER_LANGUAGE_WEIGHTS, weighted
from knowledge.search.query_terms import QueryTerm
from knowledge.search.retrievers import Candidate
from knowledge.search.selection import one_language, select
from knowledge.search.types import MAY_READ, Found, Passage, Query
from language import follow_ups
from language.detection import language_of
from language.follow_ups import search_text
from language.tokenizing import terms

__all__ = ["Found", "Passage", "Query", "apassages_for", "candidates_for", "passages_for", "search_text"]

log = logging.getLogger(__name__)
LEANING_WEIGHT = 0.6  # of the history, for a question that depends on it
STANDING_WEIGHT = 0.35  # the same for one that seems to stand alone
_OWN_WORDS_DEPTH = 10
_OF_WORDS = ("terms", "covered", "heading")  # as TermHits.scores has them
_SIGNALS_ALONE = ("covered", "own")  # used by abstention only


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everything the retrievers found for one question, with scores between 0 and 1."""

    chunks: Mapping[int, Candidate]
    scores: Mapping[str, Mapping[int, float]]  # by retriever: vector, sentence, terms, heading; and covered, own
    fused: Mapping[int, float]
    signals: Signals
    index_version: int
    multilingual_vector: np.ndarray | None = None  # of the question, if the embedder does not know its language
    language: str = "en"  # of the question
    answering: tuple[tuple[UUID, float], ...] = ()  # as in Found


def passages_for(workspace: Workspace, query: Query, vector: np.ndarray | None) -> Found:
    """Return the best passages and whether they are good enough to answer from.

    `vector` is of `search_text(query.text, query.history)`; without one, search uses words only.
    """
    started = time.perf_counter()
    text = search_text(query.text, query.history, locale=query.locale or workspace.locale)
    candidates = judged(workspace, candidates_for(workspace, query, text, vector), text, vector)
    ordered = _best_first(candidates)
    chunks = one_language([candidates.chunks[pk] for pk in ordered], query.locale)
    model = abstention.model_for(candidates.signals)
    confidence = model.confidence(candidates.signals) if ordered else 0.0
    declined = confidence < _min_confidence(workspace, candidates.signals, model)
    return Found(
        passages=select(
            (_passage(candidates, chunk) for chunk in chunks), limit=query.limit, max_tokens=query.max_tokens
        ),
        declined=declined,
        reason=abstention.reason(candidates.signals, declined),
        ms=round((time.perf_counter() - started) * 1000),
        confidence=confidence,
        searched_text=text,
        index_version=candidates.index_version,
        multilingual_vector=candidates.multilingual_vector,
        is_far=declined and (not ordered or confidence < model.far),
        answering=candidates.answering,
    )


def _min_confidence(workspace: Workspace, signals: Signals, model: abstention.Model) -> float:
    """Return the workspace's minimum confidence, which applies only to searches with vectors."""
    own = workspace.confidence_min if signals.has_vector else None
    return model.threshold if own is None else own


apassages_for = database_sync_to_async(passages_for, thread_sensitive=False)


def candidates_for(workspace: Workspace, query: Query, text: str, vector: np.ndarray | None) -> Candidates:
    """Return all scored candidates. `text` is the `search_text` of the query, and `vector` its vector."""
    search = _search_with_history if query.history else _search_one
    return search(workspace, query, text, vector)


def judged(workspace: Workspace, candidates: Candidates, text: str, vector: np.ndarray | None) -> Candidates:
    """Add the reader's scores of the best candidates to the signals; without a reader return them unchanged."""
    if not candidates.fused or not passage_reader.reads(candidates.language):
        return candidates
    best = _best_first(candidates)[: passage_reader.PASSAGES_READ]
    cosines: Mapping[int, Mapping[str, float]] = {}
    if vector is not None:
        cosines = retrievers.sentence_cosines(workspace.pk, best, vector, embeddings.embedder_name())
    judgements = passage_reader.read(text, [candidates.chunks[pk] for pk in best], cosines)
    if judgements is None:
        return candidates
    reader = float(np.mean([each.log_odds for each in judgements]))
    signals = replace(candidates.signals, reader=reader, is_read=True)
    of_articles: dict[UUID, float] = {}
    for pk, each in zip(best, judgements, strict=True):
        article = candidates.chunks[pk].article_id
        of_articles[article] = max(of_articles.get(article, 0.0), each.answers)
    answering = tuple(sorted(of_articles.items(), key=lambda pair: -pair[1]))
    return replace(candidates, signals=signals, answering=answering)


def _best_first(candidates: Candidates) -> list[int]:
    return sorted(candidates.fused, key=lambda pk: (-candidates.fused[pk], pk))


def _search_with_history(workspace: Workspace, query: Query, text: str, vector: np.ndarray | None) -> Candidates:
    """Search for the question alone and together with the previous turns, and combine the scores.

    The weights depend on whether the question stands alone. `vector` is reused if `text` is one of the two.
    """
    locale = query.locale or workspace.locale
    texts = [query.text, follow_ups.in_context(query.text, query.history)]
    vectors = {} if vector is None else _vectors(workspace, texts, {text: vector})
    alone, behind = (_search_one(workspace, query, text, vectors.get(text)) for text in texts)
    leans = follow_ups.leans_on_history(query.text, locale)
    weight = LEANING_WEIGHT if leans else STANDING_WEIGHT
    fused = {
        pk: weight * behind.fused.get(pk, 0.0) + (1 - weight) * alone.fused.get(pk, 0.0)
        for pk in {**alone.fused, **behind.fused}
    }
    first, second = (behind, alone) if leans else (alone, behind)
    scores = {name: {**second.scores.get(name, {}), **leg} for name, leg in first.scores.items()}
    return replace(first, chunks={**second.chunks, **first.chunks}, scores=scores, fused=fused)


def _vectors(workspace: Workspace, texts: Sequence[str], available: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the vectors of the texts, or none if the embedder became unavailable since it embedded the question."""
    missing = [text for text in texts if text not in available]
    try:
        new = embeddings.embed(missing, workspace_id=workspace.pk, purpose=ModelCall.Purpose.SEARCH)
    except EngineUnavailable as error:
        log.warning("Searching without vectors: %s", error)
        return {}
    return {**available, **dict(zip(missing, new, strict=True))}


def _search_one(workspace: Workspace, query: Query, text: str, vector: np.ndarray | None) -> Candidates:
    """Run every retriever, and load what any of them found."""
    audiences = MAY_READ[query.audience]
    embedder = embeddings.embedder_name() if vector is not None else ""
    any_language = multilingual.encode_one(text)
    reads = registry.embedder().languages
    language = language_of(query.text) or language_of(text) or query.locale or "en"
    is_foreign = vector is not None and reads is not None and language[:2] not in reads
    facts, words = query_terms.look_up(workspace.pk, text, query.locale or workspace.locale)
    near = []
    if is_foreign:
        near = retrievers.nearest_in_any_language(workspace.pk, any_language, audiences)
    elif vector is not None:
        nearly = hnsw.is_wanted(facts.chunks) and hnsw.is_built(workspace.pk)
        near = retrievers.nearest(workspace.pk, vector, embedder, audiences, nearly=nearly)
    hits = retrievers.matching(workspace.pk, words, facts, audiences)
    chunk_ids = {*dict(near), *hits.best(retrievers.DEPTH)}
    chunks = {
        c.chunk_id: c for c in retrievers.load(workspace.pk, chunk_ids, vector, embedder, audiences, any_language)
    }
    scores = _scores(chunks, hits, has_vector=vector is not None)
    shipped = fuse(scores, OTHER_LANGUAGE_WEIGHTS if is_foreign else LEG_WEIGHTS)
    last = set(terms(plain(query.text), query.locale or workspace.locale))
    scores["own"] = _own_words([word for word in words if word.text in last], hits, shipped)
    # The abstention model was fitted on the order of the default weights; learned weights change only the order.
    signals = signals_of(scores, shipped, hits.known_share, is_foreign=is_foreign)
    learned = facts.learned if vector is not None and not is_foreign else None  # learned with all retrievers available
    fused = fuse(scores, learned) if learned else shipped
    any_vector = any_language if is_foreign else None
    return Candidates(chunks, scores, fused, signals, facts.version, any_vector, language)


def fuse(scores: Mapping[str, Mapping[int, float]], weights: Mapping[str, float]) -> dict[int, float]:
    return weighted({name: scores[name] for name in weights if name in scores}, weights)


def _own_words(own: Sequence[QueryTerm], hits: TermHits, fused: Mapping[int, float]) -> dict[int, float]:
    """Return the share of the last question's own words, without its history, in each of the best chunks."""
    best = sorted(fused, key=lambda pk: -fused[pk])[:_OWN_WORDS_DEPTH]
    whole = sum(hits.worth.get(word.concept, 1.0) for word in own) or 1.0
    worth = {word.term_id: hits.worth.get(word.concept, 1.0) for word in own if word.term_id is not None}
    shares = np.zeros(len(best))
    for term_id, each in worth.items():
        shares += each * hits.has(term_id, best)
    return dict(zip(best, (shares / whole).tolist(), strict=True))


def _scores(chunks: Mapping[int, Candidate], hits: TermHits, *, has_vector: bool) -> dict[str, dict[int, float]]:
    best = hits.best_possible or 1.0
    found = (hits.of(list(chunks)) / best).tolist()
    scores = {name: dict(zip(chunks, each, strict=True)) for name, each in zip(_OF_WORDS, found, strict=True)}
    scores["multilingual"] = {pk: max(0.0, c.multilingual_cosine or 0.0) for pk, c in chunks.items()}
    if has_vector:
        scores["vector"] = {pk: max(0.0, c.cosine or 0.0) for pk, c in chunks.items()}
        scores["sentence"] = {pk: max(0.0, c.sentence_cosine or 0.0) for pk, c in chunks.items()}
    return scores


def _passage(candidates: Candidates, c: Candidate) -> Passage:
    pk = c.chunk_id
    scores = {
        name: leg[pk] for name, leg in candidates.scores.items() if leg.get(pk, 0.0) > 0 and name not in _SIGNALS_ALONE
    }
    return Passage(
        chunk_id=pk,
        chunk_ids=(pk,),
        article_id=c.article_id,
        external_id=c.external_id,
        title=c.title,
        url=c.url,
        heading_path=c.heading_path,
        text=c.text,
        revision=c.revision,
        score=min(1.0, candidates.fused[pk]),
        found_by=tuple(sorted(scores, key=lambda name: -scores[name])),
        tokens=c.tokens,
        source_key=f"article:{c.article_id}",
        content_hash=c.content_hash,
        locale=c.locale,
        position=c.position,
        product=c.product,
        scores=tuple((name, round(value, 4)) for name, value in sorted(scores.items())),
    )

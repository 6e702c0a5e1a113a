"""Try a question: results of search, cache and quotation with reasons. Stores only usage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.conf import settings

from assistant.llm import embeddings, prompts
from assistant.llm.engines.base import EngineUnavailable
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from caching.dry_run import Peek, peek
from caching.matching.evidence import Evidence, Source
from caching.scope import Scope
from knowledge.articles import catalogue
from knowledge.search import extractive_answers, search
from knowledge.search.extractive_answers import Quote
from knowledge.search.types import PUBLIC, Found, Query


@dataclass(frozen=True, slots=True)
class Trial:
    """`quotes` are the answer without a model, best first; empty if the assistant would decline."""

    question: str
    found: Found
    quotes: list[Quote]
    cache: Peek
    has_vector: bool


def try_question(workspace: Workspace, question: str, *, audience: str = PUBLIC, locale: str = "") -> Trial:
    """Search and look up the cache as a reply to a new customer would."""
    locale = locale or workspace.locale
    vector = _vector(workspace, question)
    query = Query(question, (), locale, audience, settings.PASSAGES_MAX)
    found = search.passages_for(workspace, query, vector)
    quotes = extractive_answers.best_quotes(question, found, vector, workspace_id=workspace.pk)
    evidence = Evidence(tuple(Source(p.source_key, p.revision, p.content_hash, p.text) for p in found.passages))
    scope = Scope(workspace.pk, locale, audience, prompts.release(workspace))
    cached = peek(scope, question, vector, evidence, catalogue.products(workspace.pk))
    return Trial(question, found, quotes, cached, vector is not None)


def _vector(workspace: Workspace, question: str) -> np.ndarray | None:
    try:
        vectors = embeddings.embed([question], workspace_id=workspace.pk, purpose=ModelCall.Purpose.SEARCH)
    except EngineUnavailable:
        return None
    first: np.ndarray = vectors[0]
    return first

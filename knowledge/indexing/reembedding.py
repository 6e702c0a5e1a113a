"""Embed passages again if their vectors are missing or come from another embedding model."""

from __future__ import annotations

import logging
import time

from django.db import transaction
from pgvector import HalfVector

from assistant.errors import Conflict, NotFound
from assistant.llm import embeddings
from assistant.llm.embeddings import EmbedderRefused
from assistant.llm.engines.base import EngineUnavailable
from knowledge.articles import publishing
from knowledge.articles.locks import lock
from knowledge.indexing import indexing
from knowledge.models import Article, ArticleQuerySet, Gap

log = logging.getLogger(__name__)
GAPS_AT_ONCE = 500
REFUSED_MOST = 3  # rejected articles per run; the next run retries


def renew_articles(limit_s: float) -> int:
    """Re-embed one published article after another, for about this many seconds; return how many.

    Texts, order and cached answers do not change. Until re-embedded, an article is found by keywords.

    Raises:
        EngineUnavailable: the embedder cannot be loaded.
    """
    until, renewed, refused = time.monotonic() + limit_s, 0, 0
    left = Article.objects.published().embedded_otherwise(embeddings.embedder_name())
    # Random order, so that articles that the embedder always rejects do not block the others.
    for pk in list(left.order_by("?").values_list("pk", flat=True)):
        try:
            renewed += _reembed(left.filter(pk=pk))
        except EmbedderRefused:  # rejects this article, or every one
            refused += 1
        except EngineUnavailable:
            break  # the embedder is down: the next run retries
        if time.monotonic() > until or refused == REFUSED_MOST:
            break
    if renewed:
        log.info("Re-embedded %d articles, %d remaining", renewed, left.count())
    return renewed


def renew_gaps() -> int:
    """Re-embed a batch of open questions, so that they can be grouped by meaning again; return how many.

    Raises:
        EngineUnavailable: the embedder is not available.
    """
    name = embeddings.embedder_name()
    open_ones = Gap.objects.exclude(status=Gap.Status.DISMISSED).exclude(embedder=name)
    questions = list(open_ones.order_by("-last_asked_at").values_list("pk", "question")[:GAPS_AT_ONCE])
    vectors = embeddings.embed([question for _, question in questions])
    # One UPDATE each with the text in its WHERE, because an erasure may have changed it meanwhile.
    return sum(
        Gap.objects.filter(pk=pk, question=question).update(embedding=HalfVector(vector), embedder=name)
        for (pk, question), vector in zip(questions, vectors, strict=True)
    )


def _reembed(left: ArticleQuerySet) -> bool:
    """Embed an article that still needs it, and store the vectors unless another revision was published meanwhile.

    Raises:
        EngineUnavailable: no vectors are available.
    """
    article = left.select_related("published_revision").first()
    if article is None:
        return False
    revision = article.published_revision
    assert revision is not None, "what is published has a revision"
    try:
        prepared = publishing.prepare(article, revision).embedded()
        with transaction.atomic():
            lock(article)  # re-read: the audience may have changed meanwhile
            if article.status == Article.Status.PUBLISHED and article.published_revision_id == revision.pk:
                indexing.replace_chunks(article, revision, prepared)
    except Conflict as error:
        log.warning("Could not re-embed %s: %s", article, error)
        return False
    except NotFound:
        return False  # deleted in the meantime
    return True

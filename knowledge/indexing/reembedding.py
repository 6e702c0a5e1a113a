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
REFUSED_MOST = 3  # articles that the embedder refuses, then the next run tries again


def renew_articles(limit_s: float) -> int:
    """Take one published article after another, for about so many seconds; return how many were embedded.

    Texts, order and cached answers stay as they are. Meanwhile these articles are found by their words.

    Raises:
        EngineUnavailable: the embedder cannot be loaded.
    """
    until, renewed, refused = time.monotonic() + limit_s, 0, 0
    left = Article.objects.published().embedded_otherwise(embeddings.embedder_name())
    # In any order, so that articles that the embedder never takes do not stand before all others.
    for pk in list(left.order_by("?").values_list("pk", flat=True)):
        try:
            renewed += _renewed(left.filter(pk=pk))
        except EmbedderRefused:  # this article, or every one
            refused += 1
        except EngineUnavailable:
            break  # nobody answers: the next run tries again
        if time.monotonic() > until or refused == REFUSED_MOST:
            break
    if renewed:
        log.info("%d articles were embedded anew, %d are left", renewed, left.count())
    return renewed


def renew_gaps() -> int:
    """Embed open questions, so many at a time, so that those of the same meaning still meet; return how many.

    Raises:
        EngineUnavailable: the embedder is away.
    """
    name = embeddings.embedder_name()
    open_ones = Gap.objects.exclude(status=Gap.Status.DISMISSED).exclude(embedder=name)
    asked = list(open_ones.order_by("-last_asked_at").values_list("pk", "question")[:GAPS_AT_ONCE])
    vectors = embeddings.embed([question for _, question in asked])
    # One UPDATE each, with the words in its WHERE: an erased customer's may have been taken out meanwhile.
    return sum(
        Gap.objects.filter(pk=pk, question=question).update(embedding=HalfVector(vector), embedder=name)
        for (pk, question), vector in zip(asked, vectors, strict=True)
    )


def _renewed(left: ArticleQuerySet) -> bool:
    """Embed an article that may still be left, then write, unless something else went live meanwhile.

    Raises:
        EngineUnavailable: no vectors can be had.
    """
    article = left.select_related("published_revision").first()
    if article is None:
        return False
    revision = article.published_revision
    assert revision is not None, "what is published has a revision"
    try:
        prepared = publishing.prepare(article, revision).embedded()
        with transaction.atomic():
            lock(article)  # read again: whom it is for may have changed meanwhile
            if article.status == Article.Status.PUBLISHED and article.published_revision_id == revision.pk:
                indexing.replace_chunks(article, revision, prepared)
    except Conflict as error:
        log.warning("%s keeps its old vectors: %s", article, error)
        return False
    except NotFound:
        return False  # deleted meanwhile
    return True

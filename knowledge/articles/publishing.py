"""The states of an article: draft, in review, published, archived. Publishing invalidates stale cached answers.

Embedding is slow, so it runs outside the transaction, and the article is re-read under its lock afterwards: see
`go_live`. Lock order: article, index, cached answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistant.errors import Conflict, NotFound
from assistant.webhooks import outbox
from assistant.workspaces.models import Workspace
from caching import answers
from knowledge.articles.files import store
from knowledge.articles.files.models import ArticleFile
from knowledge.articles.locks import lock
from knowledge.indexing import indexing, postings
from knowledge.models import Article, Revision

NO_TEXT = "An article without text cannot be published."


class ArticleWithdrawn(Conflict):
    code = "article_withdrawn"
    sentence = "This article was archived, unpublished or deleted while it was being published. It stays offline."


class NewerRevisionPublished(Conflict):
    code = "newer_revision_published"
    sentence = "A newer revision of this article was published in the meantime."


@dataclass(frozen=True, slots=True)
class Published:
    """Result of publishing: cached answers invalidated, chunks in total, and new chunks.

    `by_words_alone`: some chunks have no vectors yet, because the embedder was not available.
    """

    article: Article
    dropped_answers: int
    chunks: int
    new_chunks: int
    by_words_alone: bool = False


@transaction.atomic
def save_draft(
    workspace: Workspace,
    *,
    title: str,
    body: str,
    external_id: str = "",
    locale: str = "",
    url: str = "",
    product: str = "",
    tags: Sequence[str] = (),
    audience: str = Article.Audience.PUBLIC,
    author: User | None = None,
    note: str = "",
) -> Article:
    """Save an article, or a new revision of the one with this external id. The published text does not change."""
    identity = {"workspace": workspace, "locale": locale or workspace.locale, "external_id": external_id}
    if external_id:
        article, _ = Article.objects.get_or_create(**identity, defaults={"title": title})
        lock(article)
    else:
        article = Article(**identity)
    article.title, article.url, article.product = title, url, product
    article.tags, article.audience = list(tags), audience
    article.save()
    hold_to_audience(article)
    return revise(article, title=title, body=body, author=author, note=note)


@transaction.atomic
def revise(article: Article, *, title: str, body: str, author: User | None = None, note: str = "") -> Article:
    """Add a revision, unless the newest one has the same text."""
    lock(article)
    newest = article.latest_revision
    if newest and (newest.title, newest.body) == (title, body):
        return article
    article.latest_revision = Revision.objects.create(
        article=article, number=newest.number + 1 if newest else 1, title=title, body=body, author=author, note=note
    )
    article.title = title
    article.save(update_fields=["title", "latest_revision", "updated_at"])
    return article


@dataclass(frozen=True, slots=True)
class PendingPublication:
    """A revision that has been chunked and is being embedded. `commit` publishes it if that is still valid."""

    article: Article
    revision: Revision
    withdrawn_at: datetime | None  # of the article when this began
    preparing: indexing.Preparing

    def commit(self, by: User | None = None) -> Published:
        return go_live(self, self.preparing.prepared(), by)


def publish(article: Article, by: User | None = None) -> Published:
    """Publish the newest revision: index it and invalidate the cached answers that cite the article.

    Embedding happens before the transaction; index, status and cache change together.

    Raises:
        Conflict: the text is missing or too long.
        ArticleWithdrawn, NewerRevisionPublished: see `go_live`.
    """
    return prepare_publication(article).commit(by)


def publish_if_due(article: Article) -> Published | None:
    """Like `publish`, for a scheduled article. Returns None if the scheduled time was changed meanwhile."""
    pending = prepare_publication(article)
    prepared = pending.preparing.prepared()
    with transaction.atomic():
        lock(article)
        is_due = Article.objects.due_to_publish().filter(pk=article.pk).exists()
        return go_live(pending, prepared) if is_due else None


def prepare_publication(article: Article) -> PendingPublication:
    """Publish in two steps, for callers with other work to do during embedding.

    Raises:
        Conflict: the text is missing or too long.
    """
    if article.latest_revision is None:
        raise Conflict(NO_TEXT)
    preparing = prepare(article, article.latest_revision)
    return PendingPublication(article, article.latest_revision, article.withdrawn_at, preparing)


def prepare(article: Article, revision: Revision) -> indexing.Preparing:
    """Chunk a revision and start embedding it. Writes nothing.

    Raises:
        Conflict: the text is missing or too long.
    """
    if not revision.body.strip():
        raise Conflict(NO_TEXT)
    try:
        return indexing.begin(article, revision)
    except indexing.TooManyChunks as error:
        raise Conflict(f"This article is too long: {error}") from error


@transaction.atomic
def go_live(pending: PendingPublication, prepared: Sequence[indexing.Prepared], by: User | None = None) -> Published:
    """Replace the published text by the prepared one, for the article's current audience.

    Raises:
        ArticleWithdrawn: the article was unpublished since preparation began.
        NewerRevisionPublished: a newer revision is live.
    """
    article, revision = pending.article, pending.revision
    try:
        lock(article)
    except NotFound as error:
        raise ArticleWithdrawn from error
    before = article.published_revision
    if article.withdrawn_at != pending.withdrawn_at:
        raise ArticleWithdrawn
    if before and before.number > revision.number:
        raise NewerRevisionPublished
    swapped = indexing.replace_chunks(article, revision, prepared)
    article.published_revision = revision
    article.status = Article.Status.PUBLISHED
    article.published_at, article.published_by = timezone.now(), by
    article.publish_at = None
    article.save(
        update_fields=["published_revision", "status", "published_at", "published_by", "publish_at", "updated_at"]
    )
    payload = {"article": str(article.pk), "external_id": article.external_id, "title": article.title}
    outbox.record(article.workspace_id, "article.published", **payload, revision=revision.number)
    if before is None:  # a new article may answer cached questions better than the cited ones
        answers.forget_near(article.workspace_id, swapped.new_vectors)
    dropped = answers.forget_citing(
        article.workspace_id, [article.source_key], unchanged=swapped.unchanged, revision=revision.number
    )
    by_words_alone = not all(cut.embedder for cut in prepared)
    return Published(article, dropped, len(prepared), swapped.new_chunks, by_words_alone)


@transaction.atomic
def hold_to_audience(article: Article) -> int:
    """Apply the article's audience to its published text at once; return how many cached answers were invalidated.

    The audience does not depend on the revision: an article that became internal must disappear for everyone else.
    """
    lock(article)
    strayed = article.chunks.exclude(audience=article.audience)
    if not strayed.exists():
        return 0
    states = indexing.locked_states(article)
    vectors = [chunk.embedding for chunk in strayed if chunk.embedding is not None]
    article.chunks.update(audience=article.audience)
    for state in states:
        postings.count(state)
    answers.forget_near(article.workspace_id, vectors)  # its new readers may get better answers from it
    return answers.forget_citing(article.workspace_id, [article.source_key])


@transaction.atomic
def unpublish(article: Article, *, status: str = Article.Status.DRAFT) -> Published:
    """Remove an article from search, invalidate the cached answers that cite it, and cancel scheduled publication."""
    lock(article)
    indexing.remove_chunks(article)
    article.published_revision = None
    article.status = status
    article.publish_at, article.withdrawn_at = None, timezone.now()
    article.save(update_fields=["published_revision", "status", "publish_at", "withdrawn_at", "updated_at"])
    dropped = answers.forget_citing(article.workspace_id, [article.source_key])
    return Published(article, dropped, 0, 0)


def archive(article: Article) -> Published:
    return unpublish(article, status=Article.Status.ARCHIVED)


@transaction.atomic
def archive_if_expired(article: Article) -> Published | None:
    """Archive an expired article. Returns None if its expiry was extended meanwhile."""
    lock(article)
    return archive(article) if Article.objects.expired().filter(pk=article.pk).exists() else None


@transaction.atomic
def delete(article: Article) -> int:
    """Delete an article with its revisions and files. Returns how many cached answers were invalidated."""
    dropped = unpublish(article).dropped_answers
    store.remove(ArticleFile.objects.filter(article=article))
    article.delete()
    return dropped

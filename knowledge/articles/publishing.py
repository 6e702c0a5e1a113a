"""The states of an article: draft, in review, published, archived. Publishing removes stale cached answers.

Embedding takes long, so whoever comes back to write re-reads the article under its lock: see `go_live`.
The order of locks is the article, the index, cached answers.
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
    """What going live did: how many cached answers it dropped, how many chunks there are and are new.

    `by_words_alone`: some chunks have no vectors yet, as none could be had.
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
    """Save an article, or a new revision of the one with this external id. The published text stays."""
    known = {"workspace": workspace, "locale": locale or workspace.locale, "external_id": external_id}
    if external_id:
        article, _ = Article.objects.get_or_create(**known, defaults={"title": title})
        lock(article)
    else:
        article = Article(**known)
    article.title, article.url, article.product = title, url, product
    article.tags, article.audience = list(tags), audience
    article.save()
    hold_to_audience(article)
    return revise(article, title=title, body=body, author=author, note=note)


@transaction.atomic
def revise(article: Article, *, title: str, body: str, author: User | None = None, note: str = "") -> Article:
    """Add a revision, unless the newest one already says the same."""
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
    """A revision that is cut and is being embedded; `live` puts it in the place of what is live, if still wanted."""

    article: Article
    revision: Revision
    withdrawn_at: datetime | None  # the article's, when this began
    preparing: indexing.Preparing

    def commit(self, by: User | None = None) -> Published:
        return go_live(self, self.preparing.prepared(), by)


def publish(article: Article, by: User | None = None) -> Published:
    """Make the newest revision live: index it and drop the cached answers that cite the article.

    Embedding comes before the transaction; index, status and dropped answers change together.

    Raises:
        Conflict: there is no text, or too much of it for one article.
        ArticleWithdrawn, NewerRevisionPublished: what was done meanwhile counts.
    """
    return prepare_publication(article).commit(by)


def publish_if_due(article: Article) -> Published | None:
    """As `publish`, for an article whose hour has come; None where the hour was changed meanwhile."""
    going = prepare_publication(article)
    prepared = going.preparing.prepared()
    with transaction.atomic():
        lock(article)
        is_due = Article.objects.due_to_publish().filter(pk=article.pk).exists()
        return go_live(going, prepared) if is_due else None


def prepare_publication(article: Article) -> PendingPublication:
    """Publish in two steps, for who has something else to do while the texts are embedded.

    Raises:
        Conflict: there is no text, or too much of it for one article.
    """
    if article.latest_revision is None:
        raise Conflict(NO_TEXT)
    preparing = prepare(article, article.latest_revision)
    return PendingPublication(article, article.latest_revision, article.withdrawn_at, preparing)


def prepare(article: Article, revision: Revision) -> indexing.Preparing:
    """Have a revision cut and embedded. Writes nothing.

    Raises:
        Conflict: there is no text, or too much of it for one article.
    """
    if not revision.body.strip():
        raise Conflict(NO_TEXT)
    try:
        return indexing.begin(article, revision)
    except indexing.TooManyChunks as error:
        raise Conflict(f"This article is too long: {error}") from error


@transaction.atomic
def go_live(going: PendingPublication, prepared: Sequence[indexing.Prepared], by: User | None = None) -> Published:
    """Put what was prepared in the place of what is live, for the audience that the article has now.

    Raises:
        ArticleWithdrawn: somebody took the article offline since this began.
        NewerRevisionPublished: a newer revision is live.
    """
    article, revision = going.article, going.revision
    try:
        lock(article)
    except NotFound as error:
        raise ArticleWithdrawn from error
    before = article.published_revision
    if article.withdrawn_at != going.withdrawn_at:
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
    told = {"article": str(article.pk), "external_id": article.external_id, "title": article.title}
    outbox.record(article.workspace_id, "article.published", **told, revision=revision.number)
    if before is None:  # something may now be said better here than in the articles that answers cite
        answers.forget_near(article.workspace_id, swapped.new_vectors)
    dropped = answers.forget_citing(
        article.workspace_id, [article.source_key], unchanged=swapped.unchanged, revision=revision.number
    )
    by_words_alone = not all(cut.embedder for cut in prepared)
    return Published(article, dropped, len(prepared), swapped.new_chunks, by_words_alone)


@transaction.atomic
def hold_to_audience(article: Article) -> int:
    """Make the article's audience hold for what is live, at once; return how many cached answers were dropped.

    Whom an article is for is no matter of its text: what became internal must be found by nobody else.
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
    answers.forget_near(article.workspace_id, vectors)  # whoever may read it now may be answered better
    return answers.forget_citing(article.workspace_id, [article.source_key])


@transaction.atomic
def unpublish(article: Article, *, status: str = Article.Status.DRAFT) -> Published:
    """Take an article out of search and drop the cached answers that cite it. It does not publish itself any more."""
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
    """Archive an article whose time is over; None where it was given more time meanwhile."""
    lock(article)
    return archive(article) if Article.objects.expired().filter(pk=article.pk).exists() else None


@transaction.atomic
def delete(article: Article) -> int:
    """Erase an article with its revisions and files. Return how many cached answers were dropped."""
    dropped = unpublish(article).dropped_answers
    store.remove(ArticleFile.objects.filter(article=article))
    article.delete()
    return dropped

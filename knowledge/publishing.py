"""Draft, review, published, archived. What goes live drops the cached answers that an edit makes stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistant.errors import Conflict
from assistant.webhooks import outbox
from assistant.workspaces.models import Workspace
from caching import answers
from knowledge import indexing, postings
from knowledge.files import keeping
from knowledge.files.models import ArticleFile
from knowledge.models import Article, Revision

NO_TEXT = "An article without text cannot be published."


@dataclass(frozen=True, slots=True)
class Published:
    """What going live did: how many cached answers it dropped, how many chunks there are and are new."""

    article: Article
    dropped_answers: int
    chunks: int
    new_chunks: int


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
    """Write an article down, or a new revision of the one with this external id. What is live stays live."""
    locale = locale or workspace.locale
    article = None
    if external_id:
        article = (
            Article.objects.select_for_update(of=("self",))
            .select_related("latest_revision")
            .filter(workspace=workspace, external_id=external_id, locale=locale)
            .first()
        )
    article = article or Article(workspace=workspace, external_id=external_id, locale=locale)
    article.title, article.url, article.product = title, url, product
    article.tags, article.audience = list(tags), audience
    article.save()
    hold_to_audience(article)
    return revise(article, title=title, body=body, author=author, note=note)


@transaction.atomic
def revise(article: Article, *, title: str, body: str, author: User | None = None, note: str = "") -> Article:
    """Add a revision, unless the newest one already says the same."""
    latest = article.latest_revision
    if latest and (latest.title, latest.body) == (title, body):
        return article
    # Locked, so that two editors who save at once get two numbers.
    newest = Article.objects.select_for_update(of=("self",)).get(pk=article.pk).latest_revision
    article.latest_revision = Revision.objects.create(
        article=article, number=newest.number + 1 if newest else 1, title=title, body=body, author=author, note=note
    )
    article.title = title
    article.save(update_fields=["title", "latest_revision", "updated_at"])
    return article


@dataclass(frozen=True, slots=True)
class Going:
    """An article whose newest text is cut and is being embedded; `live` puts it in the place of what is live."""

    article: Article
    revision: Revision
    preparing: indexing.Preparing

    def live(self, by: User | None = None) -> Published:
        return go_live(self.article, self.revision, self.preparing.prepared(), by)


def publish(article: Article, by: User | None = None) -> Published:
    """Make the newest revision live: index it and drop the cached answers that cite the article.

    Embedding comes before the transaction; index, status and dropped answers change together.

    Raises:
        Conflict: there is no text, or too much of it for one article.
    """
    return begin(article).live(by)


def begin(article: Article) -> Going:
    """Publish in two steps, for who has something else to do while the texts are embedded.

    Raises:
        Conflict: there is no text, or too much of it for one article.
    """
    if article.latest_revision is None:
        raise Conflict(NO_TEXT)
    return Going(article, article.latest_revision, prepare(article, article.latest_revision))


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
def go_live(
    article: Article, revision: Revision, prepared: Sequence[indexing.Prepared], by: User | None = None
) -> Published:
    """Put what was prepared in the place of what is live."""
    is_new = article.published_revision_id is None
    left = sorted(set(article.chunks.exclude(locale=article.locale).values_list("locale", flat=True)))
    swapped = indexing.replace_chunks(article, revision, prepared)
    for locale in left:  # the article speaks another language now
        postings.count(postings.locked_state(article.workspace_id, locale))
    article.published_revision = revision
    article.status = Article.Status.PUBLISHED
    article.published_at, article.published_by = timezone.now(), by
    article.publish_at = None
    article.save(
        update_fields=["published_revision", "status", "published_at", "published_by", "publish_at", "updated_at"]
    )
    told = {"article": str(article.pk), "external_id": article.external_id, "title": article.title}
    outbox.record(article.workspace_id, "article.published", **told, revision=revision.number)
    dropped = answers.forget_citing(
        article.workspace_id, [article.source_key], unchanged=swapped.unchanged, revision=revision.number
    )
    if is_new:  # something may now be said better here than in the articles that answers cite
        answers.forget_near(article.workspace_id, swapped.new_vectors)
    return Published(article, dropped, len(prepared), swapped.new_chunks)


@transaction.atomic
def hold_to_audience(article: Article) -> int:
    """Make the article's audience hold for what is live, at once; return how many cached answers were dropped.

    Whom an article is for is no matter of its text: what became internal must be found by nobody else.
    """
    strayed = article.chunks.exclude(audience=article.audience)
    if not strayed.exists():
        return 0
    state = postings.locked_state(article.workspace_id, article.locale)
    vectors = [chunk.embedding for chunk in strayed if chunk.embedding is not None]
    article.chunks.update(audience=article.audience)
    postings.count(state)
    answers.forget_near(article.workspace_id, vectors)  # whoever may read it now may be answered better
    return answers.forget_citing(article.workspace_id, [article.source_key])


@transaction.atomic
def unpublish(article: Article, *, status: str = Article.Status.DRAFT) -> Published:
    """Take an article out of search and drop the cached answers that cite it."""
    indexing.remove_chunks(article)
    article.published_revision = None
    article.status = status
    article.save(update_fields=["published_revision", "status", "updated_at"])
    dropped = answers.forget_citing(article.workspace_id, [article.source_key])
    return Published(article, dropped, 0, 0)


def archive(article: Article) -> Published:
    return unpublish(article, status=Article.Status.ARCHIVED)


@transaction.atomic
def delete(article: Article) -> int:
    """Erase an article with its revisions and files. Return how many cached answers were dropped."""
    dropped = unpublish(article).dropped_answers
    keeping.remove(ArticleFile.objects.filter(article=article))
    article.delete()
    return dropped

"""Edit an article. The published text stays until you publish again."""

from typing import Any

from django.db import transaction

from knowledge.articles.locks import lock
from knowledge.articles.publishing import hold_to_audience, revise
from knowledge.models import Article


@transaction.atomic
def change(
    article: Article, *, title: str | None = None, body: str | None = None, note: str = "", **attributes: Any
) -> Article:
    """Set the given attributes; a new title or body becomes a new revision. A new audience applies at once."""
    set_attributes(article, **attributes)
    return revise(article, title=title or article.title, body=article.body if body is None else body, note=note)


@transaction.atomic
def set_attributes(article: Article, **attributes: Any) -> int:
    """Set these attributes only, so that a concurrent change of others is kept.

    Returns how many cached answers were invalidated because the audience changed.
    """
    lock(article)
    for name, value in attributes.items():
        setattr(article, name, value)
    article.save(update_fields=[*attributes, "updated_at"])
    return hold_to_audience(article)


def send_to_review(article: Article) -> bool:
    """Submit a draft for review. Returns False if it was published in the meantime."""
    offline = Article.objects.filter(pk=article.pk).exclude(status=Article.Status.PUBLISHED)
    return offline.update(status=Article.Status.IN_REVIEW) == 1

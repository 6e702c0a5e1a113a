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
    """Set the attributes that are given; a new title or body becomes a new revision. The audience holds at once."""
    set_attributes(article, **attributes)
    return revise(article, title=title or article.title, body=article.body if body is None else body, note=note)


@transaction.atomic
def set_attributes(article: Article, **attributes: Any) -> int:
    """Set these attributes and leave all others as somebody else may just have set them.

    Returns how many cached answers were dropped because the article is for others now.
    """
    lock(article)
    for name, value in attributes.items():
        setattr(article, name, value)
    article.save(update_fields=[*attributes, "updated_at"])
    return hold_to_audience(article)


def send_to_review(article: Article) -> bool:
    """Ask others to look at a draft. False where it went live meanwhile."""
    offline = Article.objects.filter(pk=article.pk).exclude(status=Article.Status.PUBLISHED)
    return offline.update(status=Article.Status.IN_REVIEW) == 1

"""Changing an article that is there. What is live stays live until it is published again."""

from typing import Any

from django.db import transaction

from knowledge.models import Article
from knowledge.publishing import hold_to_audience, revise

ATTRIBUTES = ("url", "product", "tags", "audience")


@transaction.atomic
def change(
    article: Article, *, title: str | None = None, body: str | None = None, note: str = "", **attributes: Any
) -> Article:
    """Set the attributes that are given; a new title or body becomes a new revision. The audience holds at once."""
    for name in ATTRIBUTES:
        if name in attributes:
            setattr(article, name, attributes[name])
    article.save(update_fields=[*ATTRIBUTES, "updated_at"])
    hold_to_audience(article)
    return revise(article, title=title or article.title, body=article.body if body is None else body, note=note)

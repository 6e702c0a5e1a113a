"""One article in several languages: rows with the same external id."""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from django.db import transaction

from assistant.errors import Conflict
from knowledge.articles.publishing import save_draft
from knowledge.models import Article, ArticleQuerySet

_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")


def variants_of(article: Article) -> ArticleQuerySet:
    """Return the same article in its other languages."""
    if not article.external_id:
        return Article.objects.none()
    same = Article.objects.filter(workspace=article.workspace_id, external_id=article.external_id)
    return same.exclude(pk=article.pk).order_by("locale")


@transaction.atomic
def translate(article: Article, locale: str, by: User | None = None) -> Article:
    """Start a draft in another language with this article's text, or return the existing one.

    Raises:
        Conflict: the locale is invalid, or the article's own.
    """
    locale = locale.strip()
    if not _LOCALE.fullmatch(locale) or locale == article.locale:
        raise Conflict("Enter a different language, such as de or fr.")
    if existing := variants_of(article).filter(locale=locale).first():
        return existing
    if not article.external_id:
        article.external_id = str(article.pk)
        article.save(update_fields=["external_id", "updated_at"])
    return save_draft(
        article.workspace,
        external_id=article.external_id,
        locale=locale,
        title=article.title,
        body=article.body,
        product=article.product,
        tags=article.tags,
        audience=article.audience,
        author=by,
        note=f"To be translated from {article.locale}",
    )

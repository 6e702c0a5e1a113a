"""Load articles and open questions with their access check. Other workspaces' rows raise NotFound."""

import uuid

from assistant.errors import NotFound
from assistant.workspaces.models import Workspace
from knowledge.models import Article, Gap


def access_article(workspace: Workspace, article_id: uuid.UUID) -> Article:
    articles = Article.objects.select_related("latest_revision", "published_revision")
    article = articles.filter(workspace=workspace, pk=article_id).first()
    if article is None:
        raise NotFound
    return article


def access_gap(workspace: Workspace, gap_id: uuid.UUID) -> Gap:
    gap = Gap.objects.filter(workspace=workspace, pk=gap_id).first()
    if gap is None:
        raise NotFound
    return gap

"""Load files of articles with their access check. Others' files raise NotFound."""

from __future__ import annotations

import uuid
from typing import Any

from assistant.errors import NotFound
from assistant.staff import permissions
from assistant.workspaces.models import Workspace
from knowledge.access import access_article
from knowledge.articles.files.models import ArticleFile


def access_file(workspace: Workspace, article_id: uuid.UUID, file_id: uuid.UUID) -> ArticleFile:
    kept = access_article(workspace, article_id).files.filter(pk=file_id).first()
    if kept is None:
        raise NotFound
    return kept


def readable_file(user: Any, file_id: uuid.UUID) -> ArticleFile:
    """What a live, public text shows is everybody's; all else is for the staff of the workspace."""
    kept = ArticleFile.objects.select_related("article__published_revision").filter(pk=file_id).first()
    if kept is None:
        raise NotFound
    if not (kept.is_for_everybody or permissions.may(user, permissions.Role.VIEWER, kept.article.workspace_id)):
        raise NotFound
    return kept

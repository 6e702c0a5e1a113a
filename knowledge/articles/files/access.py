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
    file = access_article(workspace, article_id).files.filter(pk=file_id).first()
    if file is None:
        raise NotFound
    return file


def readable_file(user: Any, file_id: uuid.UUID) -> ArticleFile:
    """Load a file: any file used in a published, public text, else only for the workspace's staff."""
    file = ArticleFile.objects.select_related("article__published_revision").filter(pk=file_id).first()
    if file is None:
        raise NotFound
    if not (file.is_for_everybody or permissions.may(user, permissions.Role.VIEWER, file.article.workspace_id)):
        raise NotFound
    return file

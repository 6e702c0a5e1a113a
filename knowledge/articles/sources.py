"""Check whether the passages of an answer have changed since they were read.

For code that reads passages, works for a while, and then stores something based on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from knowledge.models import Article
from knowledge.search.types import MAY_READ, Passage

# NOWAIT: waiting here while holding other row locks could deadlock with a publication.
_INDEX = "SELECT version FROM knowledge_indexstate WHERE workspace_id = %s ORDER BY id FOR SHARE NOWAIT"
_ARTICLES = """
SELECT article.id, article.status, article.audience, revision.number
FROM knowledge_article AS article JOIN knowledge_revision AS revision ON revision.id = article.published_revision_id
WHERE article.workspace_id = %s AND article.id = ANY(%s) ORDER BY article.id FOR SHARE OF article NOWAIT
"""


def hold(workspace_id: UUID, audience: str, passages: Sequence[Passage], index_version: int) -> bool:
    """Lock the sources and return whether they are unchanged: each passage's article is published in the revision read,
    for this audience, and nothing was published or withdrawn since the search saw `index_version`.

    Call it inside a transaction. Until that ends, a concurrent edit, publication or change of audience is either
    visible here, or waits and then sees what was stored.

    Raises:
        OperationalError: the index is being changed right now.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INDEX, [workspace_id])
        if sum(version for (version,) in cursor.fetchall()) != index_version:
            return False
        cursor.execute(_ARTICLES, [workspace_id, [passage.article_id for passage in passages]])
        live = {article: rest for article, *rest in cursor.fetchall()}
    return all(_is_live(passage, live.get(passage.article_id), MAY_READ[audience]) for passage in passages)


def _is_live(passage: Passage, article: list[object] | None, audiences: Sequence[str]) -> bool:
    if article is None:
        return False
    status, audience, revision = article
    return status == Article.Status.PUBLISHED and audience in audiences and revision == passage.revision

"""Check whether the passages an answer was written from have changed since.

For whoever reads passages, is busy for a while, and comes back to write down what rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from knowledge.models import Article
from knowledge.search.types import MAY_READ, Passage

# NOWAIT: whoever waits here while holding other rows could block, and be blocked by, who publishes.
_INDEX = "SELECT version FROM knowledge_indexstate WHERE workspace_id = %s ORDER BY id FOR SHARE NOWAIT"
_ARTICLES = """
SELECT article.id, article.status, article.audience, revision.number
FROM knowledge_article AS article JOIN knowledge_revision AS revision ON revision.id = article.published_revision_id
WHERE article.workspace_id = %s AND article.id = ANY(%s) ORDER BY article.id FOR SHARE OF article NOWAIT
"""


def hold(workspace_id: UUID, audience: str, passages: Sequence[Passage], index_version: int) -> bool:
    """Whether each passage's article is published, in the revision that was read, for this audience; and nothing else
    was published or taken back since the search that found `index_version`.

    Call it inside a transaction. Until that ends nobody can change what was asked for: an edit, a new article or a
    change of audience is either seen here, or waits and finds what was written.

    Raises:
        OperationalError: somebody is changing it just now.
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

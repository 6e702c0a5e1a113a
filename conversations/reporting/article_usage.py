"""Count how often answers cited each article lately, and how often such answers were rated negatively."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from knowledge.models import Article

COUNTED_DAYS = 90
_COUNT = """
SELECT cited.article, count(*), count(*) FILTER (WHERE cited.rating = 'dislike')
FROM (
    SELECT DISTINCT m.id, m.rating, c ->> 'article_id' AS article
    FROM conversations_message m, jsonb_array_elements(m.citations) c
    WHERE m.role = 'assistant' AND m.created_at >= %s AND jsonb_typeof(m.citations) = 'array'
) cited GROUP BY cited.article
"""


@transaction.atomic
def count_uses() -> int:
    """Recount for all articles; return how many changed. The counts shown to staff may be an hour old."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [timezone.now() - timedelta(days=COUNTED_DAYS)])
        counts = {str(article): (cited, disliked) for article, cited, disliked in cursor.fetchall()}
    articles = Article.objects.filter(Q(pk__in=counts) | Q(cited_lately__gt=0) | Q(disliked_lately__gt=0))
    changed = []
    for article in articles.only("cited_lately", "disliked_lately"):
        now = counts.get(str(article.pk), (0, 0))
        if (article.cited_lately, article.disliked_lately) != now:
            article.cited_lately, article.disliked_lately = now
            changed.append(article)
    Article.objects.bulk_update(changed, ("cited_lately", "disliked_lately"), batch_size=500)
    return len(changed)

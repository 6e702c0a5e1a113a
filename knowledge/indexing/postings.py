"""The data of BM25: terms, postings and index statistics. The state row is the lock of all indexing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Sum

from knowledge.models import Chunk, IndexState, Posting
from knowledge.search.query_terms import term_ids

SMALLINT_MAX = 32_767
_NEW_TERMS = """
INSERT INTO knowledge_term (workspace_id, term) SELECT %(workspace)s, unnest(%(words)s::text[]) ON CONFLICT DO NOTHING
"""
_COLUMNS = "(term_id, chunk_id, in_text, in_heading, length_terms)"


def locked_state(workspace_id: UUID, locale: str) -> IndexState:
    """Lock the index of a workspace's language until the transaction ends."""
    IndexState.objects.get_or_create(workspace_id=workspace_id, locale=locale)
    return IndexState.objects.select_for_update().get(workspace_id=workspace_id, locale=locale)


def post(workspace_id: UUID, chunks: Sequence[tuple[Chunk, Mapping[str, int], Mapping[str, int]]]) -> None:
    """Write the postings of new chunks, given the counts of each term in text and headings.

    Terms are created in a fixed order, so that two writers cannot deadlock.
    """
    ids = _term_ids(workspace_id, sorted({word for _, *counts in chunks for each in counts for word in each}))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {Posting._meta.db_table} {_COLUMNS} FROM STDIN") as copy,
    ):
        for chunk, in_text, in_heading in chunks:
            length = min(chunk.length_terms, SMALLINT_MAX)
            for word in sorted({*in_text, *in_heading}):
                counts = (min(each.get(word, 0), SMALLINT_MAX) for each in (in_text, in_heading))
                copy.write_row((ids[word], chunk.pk, *counts, length))


def _term_ids(workspace_id: UUID, words: list[str]) -> dict[str, int]:
    ids = term_ids(workspace_id, words)
    if new := [word for word in words if word not in ids]:
        with connection.cursor() as cursor:
            cursor.execute(_NEW_TERMS, {"workspace": workspace_id, "words": new})
        ids |= term_ids(workspace_id, new)  # including terms that another writer created meanwhile
    return ids


def count(state: IndexState) -> None:
    """Recount the statistics instead of adding up: an error would persist."""
    rows = Chunk.objects.filter(workspace_id=state.workspace_id, locale=state.locale)
    totals = rows.aggregate(chunks=Count("pk"), length_terms=Sum("length_terms"))
    IndexState.objects.filter(pk=state.pk).update(
        chunks=totals["chunks"], length_terms=totals["length_terms"] or 0, version=F("version") + 1
    )

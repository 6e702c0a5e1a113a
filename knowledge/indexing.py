"""Published text into chunks, vectors and postings, swapped at one stroke.

A chunk whose text, title and headings an edit left alone keeps its row and its vector.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from pgvector import HalfVector

from assistant import embeddings, lineup
from assistant.engines.base import EngineUnavailable
from knowledge.chunking import Piece, chunk
from knowledge.models import Article, Chunk, IndexState, Posting, Revision, Term
from knowledge.plain import plain
from knowledge.terms import terms

_SMALLINT_MAX = 32_767
MAX_CHUNKS = 2_000  # of one article
Progress = Callable[[int], None]  # called with the number of chunks embedded so far


class TooManyChunks(ValueError):
    """The article is too long to be one article."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk that is ready to be stored. `vector` is None where the embedder could not be reached."""

    piece: Piece
    context: str  # product, title and headings: indexed with the text, not part of it
    content_hash: str
    in_text: Mapping[str, int]
    in_heading: Mapping[str, int]
    tokens: int
    vector: np.ndarray | None = None
    embedder: str = ""

    @property
    def length_terms(self) -> int:
        return min(sum(self.in_text.values()), _SMALLINT_MAX)

    @property
    def embedded_text(self) -> str:
        return f"{self.context}\n{plain(self.piece.text)}"


def prepare(article: Article, revision: Revision, progress: Progress | None = None) -> list[Prepared]:
    """Cut and embed a revision. Reads the database, writes nothing; slow, so call it outside a transaction.

    Raises:
        TooManyChunks: over MAX_CHUNKS passages.
    """
    pieces = chunk(revision.body, revision.title)
    if len(pieces) > MAX_CHUNKS:
        raise TooManyChunks(f"{len(pieces)} passages; at most {MAX_CHUNKS} are allowed.")
    count_tokens = lineup.counter("large")
    return _embedded(article, [_cut(article, revision, piece, count_tokens) for piece in pieces], progress)


def _cut(article: Article, revision: Revision, piece: Piece, count_tokens: Callable[[str], int]) -> Prepared:
    names = [revision.title, piece.heading_path]
    if article.product and article.product.casefold() not in revision.title.casefold():
        names.insert(0, article.product)
    context = " > ".join(filter(None, names))
    heading = " ".join([context, *map(str, article.tags)])
    whole = "\n".join([article.locale, heading, piece.text])
    return Prepared(
        piece=piece,
        context=context,
        content_hash=hashlib.sha256(whole.encode()).hexdigest(),
        in_text=Counter(terms(plain(piece.text), article.locale)),
        in_heading=Counter(terms(heading, article.locale)),
        tokens=count_tokens(piece.text),
    )


def _embedded(article: Article, cuts: list[Prepared], progress: Progress | None) -> list[Prepared]:
    """Give each chunk its vector: the stored one where the text is known, else a new one."""
    name = embeddings.embedder_name()
    rows = article.chunks.filter(embedder=name, embedding__isnull=False)
    known = {row: np.asarray(vector, dtype=np.float32) for row, vector in rows.values_list("content_hash", "embedding")}
    fresh = [cut for cut in cuts if cut.content_hash not in known]
    try:
        vectors = embeddings.embed(
            [cut.embedded_text for cut in fresh], workspace_id=article.workspace_id, purpose="index", progress=progress
        )
    except EngineUnavailable:
        vectors, name = [None] * len(fresh), name if not fresh else ""
    known.update({cut.content_hash: vector for cut, vector in zip(fresh, vectors, strict=True)})
    return [_with_vector(cut, known[cut.content_hash], name) for cut in cuts]


def _with_vector(cut: Prepared, vector: np.ndarray | None, embedder: str) -> Prepared:
    return Prepared(
        cut.piece,
        cut.context,
        cut.content_hash,
        cut.in_text,
        cut.in_heading,
        cut.tokens,
        vector,
        embedder if vector is not None else "",
    )


@transaction.atomic
def replace_chunks(article: Article, revision: Revision, prepared: Sequence[Prepared]) -> int:
    """Make `prepared` the article's chunks. Return how many are new. One writer a workspace and language."""
    state = _locked_state(article.workspace_id, article.locale)
    old: dict[str, list[int]] = defaultdict(list)
    for pk, content_hash in article.chunks.values_list("pk", "content_hash"):
        old[content_hash].append(pk)
    kept, fresh = [], []
    for position, cut in enumerate(prepared):
        row = _row(article, revision, position, cut)
        if same := old[cut.content_hash]:
            row.pk = same.pop(0)
            kept.append(row)
        else:
            fresh.append((row, cut))
    _delete_chunks([pk for pks in old.values() for pk in pks])
    fields = ("revision", "position", "audience", "product", "locale", "embedding", "embedder")
    Chunk.objects.bulk_update(kept, fields, batch_size=200)
    Chunk.objects.bulk_create([row for row, _ in fresh], batch_size=200)
    _post(article.workspace_id, fresh)
    _count(state)
    return len(fresh)


def remove_chunks(article: Article) -> None:
    """Take the article out of search. Call it inside a transaction."""
    state = _locked_state(article.workspace_id, article.locale)
    _delete_chunks(article.chunks.values_list("pk", flat=True))
    _count(state)


def _row(article: Article, revision: Revision, position: int, cut: Prepared) -> Chunk:
    return Chunk(
        article=article,
        workspace_id=article.workspace_id,
        revision=revision,
        position=position,
        heading_path=cut.piece.heading_path[:500],
        text=cut.piece.text,
        content_hash=cut.content_hash,
        tokens=cut.tokens,
        length_terms=cut.length_terms,
        embedding=None if cut.vector is None else HalfVector(cut.vector),
        embedder=cut.embedder,
        locale=article.locale,
        audience=article.audience,
        product=article.product,
    )


def _locked_state(workspace_id: UUID, locale: str) -> IndexState:
    IndexState.objects.get_or_create(workspace_id=workspace_id, locale=locale)
    return IndexState.objects.select_for_update().get(workspace_id=workspace_id, locale=locale)


def _delete_chunks(pks: Iterable[int]) -> None:
    doomed = list(pks)
    Posting.objects.filter(chunk_id__in=doomed).delete()
    Chunk.objects.filter(pk__in=doomed).delete()


def _post(workspace_id: UUID, fresh: Sequence[tuple[Chunk, Prepared]]) -> None:
    """Write the postings of new chunks. Terms are made in one order, so two writers cannot block each other."""
    words = sorted({word for _, cut in fresh for word in (*cut.in_text, *cut.in_heading)})
    Term.objects.bulk_create(
        [Term(workspace_id=workspace_id, term=word) for word in words], ignore_conflicts=True, batch_size=1000
    )
    ids = dict(Term.objects.filter(workspace_id=workspace_id, term__in=words).values_list("term", "pk"))
    columns = "(term_id, chunk_id, in_text, in_heading, length_terms)"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {Posting._meta.db_table} {columns} FROM STDIN") as copy,
    ):
        for row, cut in fresh:
            for word in sorted({*cut.in_text, *cut.in_heading}):
                counts = (min(c.get(word, 0), _SMALLINT_MAX) for c in (cut.in_text, cut.in_heading))
                copy.write_row((ids[word], row.pk, *counts, row.length_terms))


def _count(state: IndexState) -> None:
    """Count anew rather than add up: a count that drifted once would stay wrong."""
    rows = Chunk.objects.filter(workspace_id=state.workspace_id, locale=state.locale)
    totals = rows.aggregate(chunks=Count("pk"), length_terms=Sum("length_terms"))
    IndexState.objects.filter(pk=state.pk).update(
        chunks=totals["chunks"], length_terms=totals["length_terms"] or 0, version=F("version") + 1
    )

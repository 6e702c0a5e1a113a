"""Index a published text: chunks, sentences, vectors and postings, replaced in one transaction.

A chunk with unchanged text, title and headings keeps its row and its vectors.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.db import connection, transaction
from pgvector import HalfVector

from assistant.llm import embeddings, registry
from assistant.llm.engines import multilingual
from assistant.llm.engines.base import EngineUnavailable
from knowledge.articles.article_links import with_article_links
from knowledge.indexing import postings
from knowledge.indexing.chunking import Piece, chunk
from knowledge.indexing.markdown_text import plain
from knowledge.indexing.quotable_units import Unit, units
from knowledge.indexing.vectors import as_text
from knowledge.models import Article, Chunk, IndexState, Posting, Revision, Sentence
from language.tokenizing import VERSION as TERMS_VERSION
from language.tokenizing import terms

MAX_CHUNKS = 2_000  # per article
_COPY_SENTENCES = """
COPY knowledge_sentence (chunk_id, position, block, goes_on, heading, text, embedding, multilingual) FROM STDIN
"""


class TooManyChunks(ValueError):
    """The text has too many chunks for one article."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk ready to be stored.

    `locale` and `product` are the article's at the time of chunking. `vectors` has the chunk's vector and then one per
    unit; so does `multilingual`, for questions in other languages. Both are None if the stored ones are still valid, or
    if the embedder was not available: then `embedder` is empty.
    """

    piece: Piece
    context: str  # product, title and headings: indexed with the text, not part of it
    title: str
    locale: str
    product: str
    content_hash: str
    in_text: Mapping[str, int]
    in_heading: Mapping[str, int]
    tokens: int
    units: tuple[Unit, ...]
    embedder: str = ""
    vectors: np.ndarray | None = None
    multilingual: np.ndarray | None = None

    def texts(self) -> list[str]:
        """Return the texts to embed: the chunk, then its units, each under its title and nearest heading."""
        path = self.piece.heading_path
        return [
            f"{self.context}\n{plain(self.piece.text)}",
            *(f"{self.title} > {unit.heading or path}: {plain(unit.text)}" for unit in self.units),
        ]


@dataclass(frozen=True, slots=True)
class Preparing:
    """A chunked revision whose new chunks are being embedded."""

    cuts: tuple[Prepared, ...]
    fresh: tuple[bool, ...]  # per chunk: not in the index yet
    embedder: str
    underway: embeddings.Underway

    def prepared(self) -> list[Prepared]:
        """Wait for the vectors, or continue without if there are none. Slow: call it outside a transaction."""
        try:
            return self.embedded()
        except EngineUnavailable:
            pairs = zip(self.cuts, self.fresh, strict=True)
            return [replace(cut, embedder="" if is_fresh else self.embedder) for cut, is_fresh in pairs]

    def embedded(self) -> list[Prepared]:
        """Like `prepared`, but require vectors.

        Raises:
            EngineUnavailable: no vectors are available.
        """
        vectors = self.underway.vectors()
        done, start = [], 0
        for cut, is_fresh in zip(self.cuts, self.fresh, strict=True):
            if is_fresh:
                texts = cut.texts()
                own, start = vectors[start : start + len(texts)], start + len(texts)
                cut = replace(cut, vectors=own, multilingual=_multilingual(texts))
            done.append(replace(cut, embedder=self.embedder))
        return done


def _multilingual(texts: Sequence[str]) -> np.ndarray:
    """Return the vectors of a chunk's texts. The first is the mean of the units', as long texts encode badly."""
    vectors = multilingual.encode(texts[1:] or texts)
    mean = vectors.mean(axis=0)
    return np.vstack([mean / (np.linalg.norm(mean) or 1.0), vectors if texts[1:] else vectors[:0]])


def begin(article: Article, revision: Revision) -> Preparing:
    """Chunk a revision and start embedding its new chunks in one call. Reads the database, writes nothing.

    Raises:
        TooManyChunks: over MAX_CHUNKS passages.
    """
    pieces = chunk(with_article_links(revision.body, article), revision.title)
    if len(pieces) > MAX_CHUNKS:
        raise TooManyChunks(f"{len(pieces)} passages; at most {MAX_CHUNKS} are allowed.")
    count_tokens = registry.counter("large")
    cuts = tuple(_cut(article, revision, piece, count_tokens) for piece in pieces)
    name = embeddings.embedder_name()
    stored = Counter(
        article.chunks.filter(embedder=name, multilingual__isnull=False).values_list("content_hash", flat=True)
    )
    fresh = tuple(not _taken(stored, cut.content_hash) for cut in cuts)
    texts = [text for cut, is_fresh in zip(cuts, fresh, strict=True) if is_fresh for text in cut.texts()]
    underway = embeddings.embed_ahead(texts, workspace_id=article.workspace_id, purpose="index")
    return Preparing(cuts, fresh, name, underway)


def _cut(article: Article, revision: Revision, piece: Piece, count_tokens: Callable[[str], int]) -> Prepared:
    names = [revision.title, piece.heading_path]
    if article.product and article.product.casefold() not in revision.title.casefold():
        names.insert(0, article.product)
    context = " > ".join(filter(None, names))
    heading = " ".join([context, *map(str, article.tags)])
    whole = "\n".join([f"terms {TERMS_VERSION}", article.locale, heading, piece.text])
    return Prepared(
        piece=piece,
        context=context,
        title=revision.title,
        locale=article.locale,
        product=article.product,
        content_hash=hashlib.sha256(whole.encode()).hexdigest(),
        in_text=Counter(terms(plain(piece.text), article.locale)),
        in_heading=Counter(terms(heading, article.locale)),
        tokens=count_tokens(piece.text),
        units=tuple(units(piece.text)),
    )


def _taken(stored: Counter[str], content_hash: str) -> bool:
    """Take one stored chunk with this text, if any is left: a repeated text has several."""
    stored[content_hash] -= 1
    return stored[content_hash] >= 0


@dataclass(frozen=True, slots=True)
class Swapped:
    """Content hashes of unchanged chunks, and the vectors of new ones."""

    unchanged: frozenset[str]
    new_chunks: int
    new_vectors: tuple[np.ndarray, ...]


@transaction.atomic
def replace_chunks(article: Article, revision: Revision, prepared: Sequence[Prepared]) -> Swapped:
    """Replace the article's chunks with `prepared`, for its current audience. One writer per workspace and language."""
    states = locked_states(article, *{cut.locale for cut in prepared})
    old: dict[str, list[int]] = defaultdict(list)
    for pk, content_hash in article.chunks.values_list("pk", "content_hash"):
        old[content_hash].append(pk)
    unchanged, fresh = [], []
    for position, cut in enumerate(prepared):
        row = _row(article, revision, position, cut)
        if same := old[cut.content_hash]:
            row.pk = same.pop(0)
            unchanged.append((row, cut))
        else:
            fresh.append((row, cut))
    _delete_chunks([pk for pks in old.values() for pk in pks])
    Chunk.objects.bulk_update(
        [row for row, _ in unchanged], ("revision", "position", "audience", "product"), batch_size=500
    )
    _renew([(row, cut) for row, cut in unchanged if cut.vectors is not None])
    Chunk.objects.bulk_create([row for row, _ in fresh], batch_size=200)
    _write_sentences(fresh)
    postings.post(article.workspace_id, [(row, cut.in_text, cut.in_heading) for row, cut in fresh])
    for state in states:
        postings.count(state)
    vectors = tuple(cut.vectors[0] for _, cut in fresh if cut.vectors is not None)
    return Swapped(frozenset(row.content_hash for row, _ in unchanged), len(fresh), vectors)


def remove_chunks(article: Article) -> None:
    """Remove the article from search. Call it inside a transaction."""
    states = locked_states(article)
    _delete_chunks(article.chunks.values_list("pk", flat=True))
    for state in states:
        postings.count(state)


def locked_states(article: Article, *locales: str) -> list[IndexState]:
    """Lock the index of these languages and of those of the article's chunks, always in the same order."""
    indexed = article.chunks.order_by().values_list("locale", flat=True).distinct()
    return [postings.locked_state(article.workspace_id, locale) for locale in sorted({*locales, *indexed})]


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
        length_terms=sum(cut.in_text.values()),
        embedding=None if cut.vectors is None else HalfVector(cut.vectors[0]),
        embedder="" if cut.vectors is None else cut.embedder,
        multilingual=None if cut.multilingual is None else HalfVector(cut.multilingual[0]),
        locale=cut.locale,
        audience=article.audience,
        product=cut.product,
    )


def _renew(rows: Sequence[tuple[Chunk, Prepared]]) -> None:
    """Update the vectors of unchanged chunks, if the embedder changed or was not available before."""
    if not rows:
        return
    Chunk.objects.bulk_update([row for row, _ in rows], ("embedding", "embedder", "multilingual"), batch_size=200)
    Sentence.objects.filter(chunk__in=[row.pk for row, _ in rows]).delete()
    _write_sentences(rows)


def _write_sentences(rows: Sequence[tuple[Chunk, Prepared]]) -> None:
    """Write with COPY, because an article has several sentences per chunk, each with a vector."""
    with connection.cursor() as cursor, cursor.copy(_COPY_SENTENCES) as copy:
        for row, cut in rows:
            if cut.vectors is None or cut.multilingual is None:
                continue
            vectors = zip(cut.units, cut.vectors[1:], cut.multilingual[1:], strict=True)
            for position, (unit, vector, other) in enumerate(vectors):
                values = (row.pk, position, unit.block, unit.is_sentence, unit.heading[:200], unit.text)
                copy.write_row((*values, as_text(vector), as_text(other)))


def _delete_chunks(pks: Iterable[int]) -> None:
    doomed = list(pks)
    Posting.objects.filter(chunk_id__in=doomed).delete()
    Chunk.objects.filter(pk__in=doomed).delete()

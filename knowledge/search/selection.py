"""Select the best few of the ranked passages. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from knowledge.search.retrievers import Candidate
from knowledge.search.types import Passage

SAME_WORDS_SHARE = 0.9  # of shared words, from which two texts count as the same


def one_language(chunks: Sequence[Candidate], locale: str | None) -> list[Candidate]:
    """Remove the translations of articles that are among the chunks in `locale`."""
    wanted = {c.external_id for c in chunks if c.external_id and c.locale == locale}
    return [c for c in chunks if c.external_id not in wanted or c.locale == locale]


def select(passages: Iterable[Passage], *, limit: int, max_tokens: int) -> tuple[Passage, ...]:
    """Return at most `limit` passages of at most `max_tokens` tokens together, best first.

    Of two equivalent texts the higher ranked is kept; neighbours in one article are merged in reading order, at the
    better one's rank. Only as many passages as needed are read.
    """
    chosen: list[Passage] = []
    words: list[frozenset[str]] = []
    tokens = 0
    for passage in passages:
        own = frozenset(passage.text.casefold().split())
        if any(_same_text(own, other) for other in words):
            continue
        if chosen and tokens + passage.tokens > max_tokens:
            break
        chosen.append(passage)
        words.append(own)
        tokens += passage.tokens
        if len(chosen) == limit:
            break
    return tuple(_merge_neighbours(chosen))


def _same_text(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) >= SAME_WORDS_SHARE * max(1, len(a | b))


def _merge_neighbours(passages: Iterable[Passage]) -> list[Passage]:
    done: list[Passage] = []
    for passage in passages:
        place = next((i for i, other in enumerate(done) if _neighbours(other, passage)), None)
        if place is None:
            done.append(passage)
        else:
            done[place] = _both(done[place], passage)
    return done


def _neighbours(a: Passage, b: Passage) -> bool:
    return a.article_id == b.article_id and abs(a.position - b.position) == 1


def _both(better: Passage, other: Passage) -> Passage:
    first, second = sorted((better, other), key=lambda p: p.position)
    return replace(
        better,
        text=f"{first.text}\n\n{second.text}",
        tokens=first.tokens + second.tokens,
        chunk_ids=first.chunk_ids + second.chunk_ids,
        # Of both, so that an answer depending on them is invalidated when either changes.
        content_hash=hashlib.sha256(f"{first.content_hash}{second.content_hash}".encode()).hexdigest(),
        found_by=tuple(dict.fromkeys([*better.found_by, *other.found_by])),
    )

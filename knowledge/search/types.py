"""The input and output types of search."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np

PUBLIC, CUSTOMERS, INTERNAL = "public", "customers", "internal"
# Audiences that each reader may see: signed-in customers also see public articles.
MAY_READ = {
    PUBLIC: (PUBLIC,),
    CUSTOMERS: (PUBLIC, CUSTOMERS),
    INTERNAL: (PUBLIC, CUSTOMERS, INTERNAL),
}


@dataclass(frozen=True, slots=True)
class Query:
    """A question and the conversation before it, as (role, text), oldest first.

    `text` may be the stand-alone text already; with a history, search completes it itself.
    """

    text: str
    history: tuple[tuple[str, str], ...] = ()
    locale: str | None = None
    audience: str = PUBLIC
    limit: int = 5
    max_tokens: int = 1_800


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a published article. `score` is 0 to 1; `found_by` names the retrievers that found it.

    `scores` has each retriever's own score: vector (cosine), sentence (cosine of the nearest one), terms (BM25 divided
    by the best possible), heading (0 to 1), multilingual (mean of the cosines of the whole and its nearest sentence).
    """

    chunk_id: int
    article_id: UUID
    external_id: str
    title: str
    url: str
    heading_path: str
    text: str
    revision: int  # the revision's number
    score: float
    found_by: tuple[str, ...]
    tokens: int
    source_key: str
    content_hash: str
    locale: str = "en"
    position: int = 0
    product: str = ""
    scores: tuple[tuple[str, float], ...] = ()
    chunk_ids: tuple[int, ...] = ()  # of all neighbours merged into `text`; `chunk_id` is the best of them


@dataclass(frozen=True, slots=True)
class Found:
    """Search results, best first. `declined`: none is likely to answer; `reason` says why.

    `is_far`: they are so unrelated to the question that not even a large model needs to read them.
    """

    passages: tuple[Passage, ...]
    declined: bool
    reason: str
    ms: int
    confidence: float = 0.0  # that the passages answer the question, 0 to 1
    searched_text: str = ""
    index_version: int = 0  # of the workspace's index during the search; for `sources.hold`
    multilingual_vector: np.ndarray | None = None  # of the question, if the embedder does not know its language
    is_far: bool = False
    # By article, how likely its best passage answers, as the reader sees it; best first, empty where nobody read.
    answering: tuple[tuple[UUID, float], ...] = ()

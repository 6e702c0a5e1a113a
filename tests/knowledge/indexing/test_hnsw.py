"""A workspace above the exact size is searched through an index of its own. Small numbers stand for large ones."""

import numpy as np
import pytest
from django.db import connection

from assistant.llm import embeddings
from knowledge.articles import publishing
from knowledge.indexing import hnsw
from knowledge.search import retrievers, search
from knowledge.search.types import Query
from tests.knowledge.conftest import ERRORS, RETURNS, SHIPPING

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_limit(settings):
    settings.SEARCH_EXACT_MAX_CHUNKS = 2
    yield
    for name in hnsw.indexes():
        hnsw.drop(name)


@pytest.fixture
def articles(workspace):
    drafts = [
        publishing.save_draft(workspace, title=title, body=body)
        for title, body in (("Shipping", SHIPPING), ("Returns", RETURNS), ("Error codes", ERRORS))
    ]
    return [publishing.publish(draft).article for draft in drafts]


def near(workspace, vector: np.ndarray, *, nearly: bool) -> list[int]:
    found = retrievers.nearest(workspace.pk, vector, embeddings.embedder_name(), ("public",), nearly=nearly)
    return [pk for pk, _ in found]


def test_a_large_workspace_gets_an_index_that_finds_the_same(workspace, articles):
    vector = embeddings.embed(["What does parcel delivery cost?"])[0]
    exact = near(workspace, vector, nearly=False)

    hnsw.keep_in_step()

    assert hnsw.is_built(workspace.pk)
    assert near(workspace, vector, nearly=True) == exact
    found = search.passages_for(workspace, Query("What does parcel delivery cost?"), vector)
    assert found.passages[0].title == "Shipping"


def test_the_index_is_what_the_query_uses(workspace, articles):
    hnsw.keep_in_step()
    vector = embeddings.embed(["parcel"])[0]

    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_sort = off")  # a table of five rows is read faster whole
        cursor.execute(
            "EXPLAIN " + retrievers.NEARLY, retrievers.values_for(workspace.pk, vector, "any", ("public",), 10)
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_sort")

    assert hnsw.name_for(workspace.pk) in plan


def test_an_index_goes_with_the_size_that_asked_for_it(workspace, articles, settings):
    hnsw.keep_in_step()
    settings.SEARCH_EXACT_MAX_CHUNKS = 1_000

    hnsw.keep_in_step()

    assert hnsw.indexes() == {}


def test_a_build_that_was_killed_is_made_anew(workspace, articles):
    hnsw.keep_in_step()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)",
            [hnsw.name_for(workspace.pk)],
        )
    assert not hnsw.is_built(workspace.pk)

    hnsw.keep_in_step()

    assert hnsw.is_built(workspace.pk)

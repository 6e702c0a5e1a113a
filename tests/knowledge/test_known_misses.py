"""Questions that search should answer and does not yet. One that is mended fails here and moves to its own test."""

import pytest

from assistant import embeddings
from knowledge import publishing, search
from knowledge.passages import Query
from tests.conftest import RETURNS

pytestmark = pytest.mark.django_db


@pytest.mark.xfail(strict=True, reason="declined: the words of the question are not those of the article")
def test_a_deadline_is_found_in_an_article_that_speaks_of_days(workspace):
    publishing.publish(publishing.save_draft(workspace, title="Returns and refunds", body=RETURNS))
    question = "What is the deadline for sending something back?"

    found = search.passages_for(workspace, Query(question), embeddings.embed([question])[0])

    assert not found.declined

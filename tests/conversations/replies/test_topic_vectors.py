"""The topics of a version of guidance are embedded once, however many workspaces a process answers for."""

import uuid
from typing import ClassVar

import numpy as np
import pytest

from assistant.guidance.content import Content, Topic
from assistant.llm import registry
from assistant.llm.engines.sentence_encoder import SentenceEncoder
from assistant.workspaces.models import Workspace
from conversations.replies.topic_vectors import Kept, vectors_of

SHOPS = 70  # more than were kept before


class Counting(SentenceEncoder):
    """An embedder that takes no time: another vector for each text."""

    embedded: ClassVar[list[str]] = []

    def embed(self, texts):
        first = len(self.embedded)
        self.embedded.extend(texts)
        return np.eye(self.dimensions, dtype=np.float32)[first : first + len(texts)]


@pytest.fixture
def embedded(settings):
    """All texts that were embedded."""
    settings.EMBEDDER = {**settings.EMBEDDER, "BACKEND": f"{__name__}.{Counting.__name__}"}
    Counting.embedded.clear()
    registry.forget()
    yield Counting.embedded
    registry.forget()


def about(name: str) -> Content:
    return Content(forbidden_topics=(Topic(name, reply="No."),))


@pytest.mark.django_db
def test_seventy_active_workspaces_are_embedded_once_each(embedded):
    shops = [Workspace.objects.create(slug=f"shop-{number}", name="Shop") for number in range(SHOPS)]

    for _ in range(2):
        for shop in shops:
            content = about(f"Legal advice on {shop.slug}")
            (vectors,) = vectors_of(content, content.forbidden_topics, shop.pk)
            assert vectors.shape == (1, 384)

    assert len(embedded) == SHOPS


@pytest.mark.django_db
def test_another_version_is_embedded_again_and_an_older_one_is_still_known(workspace, embedded):
    first, second = about("Law"), about("Medicine")

    given = [vectors_of(content, content.forbidden_topics, workspace.pk)[0] for content in (first, second, first)]

    assert (given[0] == given[2]).all()
    assert (given[0] != given[1]).any()
    assert embedded == ["Law", "Medicine"]


def test_what_was_not_used_for_the_longest_time_is_dropped_first():
    one = (np.zeros((1, 4), dtype=np.float32),)  # 16 bytes
    kept, keys = Kept(most_bytes=32), [(uuid.uuid4(), "texts", "embedder") for _ in range(3)]

    kept.put(keys[0], one)
    kept.put(keys[1], one)
    kept.get(keys[0])
    kept.put(keys[2], one)
    kept.put(keys[2], one)

    assert [kept.get(key) is not None for key in keys] == [True, False, True]
    assert (len(kept), kept.bytes) == (2, 32)

"""Labels change while weights are being learned (rows A11 and B14)."""

from typing import Any

import pytest

from assistant.workspaces.models import Workspace
from knowledge.models import Article
from knowledge.search.weights import labels, training
from knowledge.search.weights.models import LabelledQuestion, LegWeights
from tests.slow_writes.held_server import HeldServer
from tests.slow_writes.interleaving import Beside

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = LabelledQuestion.Source.STAFF


@pytest.fixture
def shipping(write: Any, held_embedder: HeldServer, settings: Any) -> Article:
    """It answers one question, which is label enough here."""
    settings.SEARCH_LABELS_MIN = 1
    article = write("a", "Shipping", "Parcels cost €4.90.")
    labels.add(article, "How much is a parcel?", source=STAFF)
    return article


@pytest.fixture
def learning(workspace: Workspace, shipping: Article, held_embedder: HeldServer) -> Beside:
    """It waits for the vectors of the labelled questions."""
    held_embedder.hold()
    learning = Beside(lambda: training.learn(workspace))
    held_embedder.until_asked()
    return learning


def test_what_staff_put_back_while_weights_are_learned_stays_put_back(
    workspace: Workspace, learning: Beside, held_embedder: HeldServer
) -> None:
    """A11."""
    training.reset(workspace)
    held_embedder.release()
    learning.result()

    assert LegWeights.objects.get().state == LegWeights.State.RESET


def test_what_was_learned_from_older_labels_does_not_replace_what_newer_ones_gave(
    workspace: Workspace, shipping: Article, learning: Beside, held_embedder: HeldServer, settings: Any
) -> None:
    """A11: the one that began first comes last."""
    labels.add(shipping, "What does shipping cost?", source=STAFF)
    settings.SEARCH_LABELS_MIN = 50  # so that the newer one needs no vectors
    newer = training.learn(workspace)
    held_embedder.release()
    learning.result()

    row = LegWeights.objects.get()
    assert (row.labels, row.learned_at) == (2, newer.learned_at)

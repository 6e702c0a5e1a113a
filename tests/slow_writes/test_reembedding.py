"""Articles and open questions change while their vectors are renewed (row A11)."""

import uuid
from typing import Any

import pytest

from assistant.workspaces.models import Workspace
from knowledge.articles import editing, publishing
from knowledge.gaps import drafting, gaps
from knowledge.indexing import reembedding
from knowledge.models import Article, Chunk, Gap
from tests.slow_writes.held_server import HeldServer
from tests.slow_writes.interleaving import Beside, held_at, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def article(write: Any, held_embedder: HeldServer) -> Article:
    """Live, with vectors of another embedder."""
    written = write("a", "Shipping", "Parcels cost €4.90.")
    Chunk.objects.update(embedder="another/1")
    return Article.objects.get(pk=written.pk)


@pytest.fixture
def renewal(article: Article, held_embedder: HeldServer) -> Beside:
    """It waits for the vectors of the article."""
    held_embedder.hold()
    renewal = Beside(lambda: reembedding.renew_articles(60.0))
    held_embedder.until_asked()
    return renewal


def chunks() -> list[tuple[str, str]]:
    return list(Chunk.objects.values_list("text", "audience"))


@pytest.mark.parametrize("withdraw", [publishing.archive, publishing.unpublish, publishing.delete])
def test_what_is_withdrawn_while_its_vectors_are_renewed_does_not_come_back(
    article: Article, renewal: Beside, held_embedder: HeldServer, withdraw: Any
) -> None:
    """A11."""
    withdraw(article)
    held_embedder.release()
    renewal.result()

    assert chunks() == []
    assert not Article.objects.published().exists()


def test_what_becomes_internal_while_its_vectors_are_renewed_stays_internal(
    article: Article, renewal: Beside, held_embedder: HeldServer
) -> None:
    """A11."""
    editing.change(article, audience="internal")
    held_embedder.release()
    renewal.result()

    assert chunks() == [("Parcels cost €4.90.", "internal")]


def test_what_goes_live_while_vectors_are_renewed_is_not_put_back(
    article: Article, renewal: Beside, held_embedder: HeldServer, no_embedder: Any
) -> None:
    """A11."""
    with no_embedder():
        publishing.publish(publishing.revise(article, title="Shipping", body="Parcels cost €5.90."))
    held_embedder.release()
    renewal.result()

    assert chunks() == [("Parcels cost €5.90.", "public")]


# --- open questions ---


@pytest.fixture
def gap(workspace: Workspace, held_embedder: HeldServer) -> Gap:
    """Asked by Ana, and then in other words by Bob; it has no vector yet."""
    ana = gaps.record(workspace, "Do you repair watches?", None, uuid.UUID(int=1))
    Gap.objects.update(
        examples=[{"question": "Who repairs clocks?", "conversation": str(uuid.UUID(int=2))}, *ana.examples]
    )
    return Gap.objects.get()


def renewing_gaps(held_embedder: HeldServer) -> Beside:
    held_embedder.hold()
    renewal = Beside(reembedding.renew_gaps)
    held_embedder.until_asked()
    return renewal


def test_what_an_erased_customer_asked_leaves_no_vector(
    workspace: Workspace, gap: Gap, held_embedder: HeldServer
) -> None:
    """A11: the vector that comes back is of words that are not the question's any more."""
    renewal = renewing_gaps(held_embedder)
    gaps.forget(workspace.pk, {str(uuid.UUID(int=1))})
    held_embedder.release()

    assert renewal.result() == 0
    assert list(Gap.objects.values_list("question", "embedder")) == [("Who repairs clocks?", "")]


def test_a_question_that_is_dismissed_meanwhile_stays_dismissed(
    workspace: Workspace, gap: Gap, held_embedder: HeldServer
) -> None:
    """A11."""
    renewal = renewing_gaps(held_embedder)
    Gap.objects.update(status=Gap.Status.DISMISSED)
    held_embedder.release()
    renewal.result()

    assert Gap.objects.get().status == Gap.Status.DISMISSED


def test_what_an_erased_customer_asked_is_not_written_back_by_who_asks_next(workspace: Workspace) -> None:
    """A11: a question is counted in the very moment in which another's words are taken out."""
    ana, bob, eve = (uuid.UUID(int=n) for n in (1, 2, 3))
    gaps.record(workspace, "Do you repair watches?", None, bob)
    gaps.record(workspace, "do you repair  watches?", None, ana)

    with held_at("knowledge_gap", "UPDATE"):
        erasing = Beside(lambda: gaps.forget(workspace.pk, {str(ana)}))
        until_waiting("knowledge_gap")
        asking = Beside(lambda: gaps.record(workspace, "Do you repair watches?", None, eve))
        until_waiting("knowledge_gap", sessions=2)
    erasing.result()
    asking.result()

    assert [each["conversation"] for each in Gap.objects.get().examples] == [str(eve), str(bob)]


def test_a_question_that_is_erased_as_it_is_asked_again_is_a_new_one(workspace: Workspace) -> None:
    """A11."""
    ana, eve = uuid.UUID(int=1), uuid.UUID(int=3)
    gaps.record(workspace, "Do you repair watches?", None, ana)

    with held_at("knowledge_gap", "DELETE"):
        erasing = Beside(lambda: gaps.forget(workspace.pk, {str(ana)}))
        until_waiting("knowledge_gap")
        asking = Beside(lambda: gaps.record(workspace, "Do you repair watches?", None, eve))
        until_waiting("knowledge_gap", sessions=2)
    erasing.result()
    asking.result()

    assert [each["conversation"] for each in Gap.objects.get().examples] == [str(eve)]


def test_of_two_curators_who_begin_a_draft_at_once_both_get_the_same(workspace: Workspace, gap: Gap, rosa: Any) -> None:
    """A11: and who dismisses the question at that moment does not take the draft's question away."""
    with held_at("knowledge_article", "INSERT"):
        first = Beside(lambda: drafting.draft_from(Gap.objects.get(), rosa))
        until_waiting("knowledge_article")
        second = Beside(lambda: drafting.draft_from(Gap.objects.get(), rosa))
        until_waiting("knowledge_gap")
        dismissal = Beside(lambda: drafting.dismiss(Gap.objects.get()))
        until_waiting("knowledge_gap", sessions=2)

    assert first.result().pk == second.result().pk == Article.objects.get().pk
    assert dismissal.result() is False
    assert Gap.objects.get().status == Gap.Status.DRAFTED

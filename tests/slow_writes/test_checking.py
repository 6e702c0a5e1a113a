"""Customers are answered while an article is checked or an open question is stored (row B13)."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from caching import answers
from caching.matching.evidence import Source
from caching.models import CachedAnswer
from caching.scope import Scope
from conversations.models import Contact, Conversation, Message
from knowledge.articles import impact_preview, publishing
from knowledge.articles.impact_preview import Outcome, rehearse
from knowledge.gaps import gaps
from knowledge.models import Article, Gap
from tests.knowledge.conftest import SHIPPING
from tests.slow_writes.interleaving import Beside, held_at, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How much does a parcel within Denmark cost?"
beside = sync_to_async(Beside, thread_sensitive=False)
until_it_waits = sync_to_async(until_waiting, thread_sensitive=False)


@pytest.fixture
def nobody_holds(workspace: Workspace) -> Callable[..., None]:
    """Say that no row of these models is held by anybody: each is locked at once, or Postgres refuses."""

    def check(*models: Any) -> None:
        with transaction.atomic():
            for model in models:
                assert list(model.objects.select_for_update(nowait=True, of=("self",)).order_by("pk"))

    return check


@pytest.fixture
def cited(shop: dict[str, Article], workspace: Workspace) -> CachedAnswer:
    """A cached answer that stands on the article about shipping, and a conversation in which it was given."""
    chunk = shop["shipping"].chunks.first()
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    talk = Conversation.objects.create(workspace=workspace, contact=ana)
    asked = talk.messages.create(seq=1, role="customer", text=QUESTION)
    citation = {"n": 1, "title": "Shipping", "url": "", "article_id": str(shop["shipping"].pk)}
    talk.messages.create(seq=2, role="assistant", text="€4.90 [1].", in_reply_to=asked, citations=[citation])
    entry = answers.remember(
        Scope(workspace.pk, "en", "public", "release"),
        QUESTION,
        embeddings.embed([QUESTION])[0],
        "It costs €4.90.",
        [{"n": 1, "title": "Shipping"}],
        [Source(shop["shipping"].source_key, 1, chunk.content_hash, chunk.text)],
    )
    assert entry is not None
    return entry


def midway() -> Any:
    """Where the checked text is in the place of what is live, and the questions are about to be asked again."""
    return held_at("knowledge_indexstate", "UPDATE", "NEW.version > OLD.version + 1000000")


def test_while_an_article_is_checked_no_row_of_customers_is_held(
    shop: dict[str, Article], cited: CachedAnswer, nobody_holds: Any
) -> None:
    """B13: neither the workspace, nor cached answers, nor what was said, nor the article itself."""
    body = SHIPPING.replace("€4.90", "€5.90")

    with midway():
        checking = Beside(lambda: rehearse(shop["shipping"], body=body))
        until_waiting("knowledge_indexstate")

        nobody_holds(Workspace, CachedAnswer, Contact, Conversation, Message, Article)
        assert cited.count_hit()

    found = checking.result()
    assert [each.outcome for each in found.questions] == [Outcome.CHANGED]
    assert (found.dropped_answers, found.dropped) == (1, (QUESTION,))
    assert CachedAnswer.objects.servable().count() == 1


async def test_while_an_article_is_checked_a_customer_is_answered(
    chat: Any, no_engine: Any, shop: dict[str, Article], cited: CachedAnswer
) -> None:
    """B13: what the articles answer is quoted, what they do not is written down as an open question."""
    async with chat() as ana:
        with midway():
            checking = await beside(lambda: rehearse(shop["shipping"], body=SHIPPING.replace("€4.90", "€5.90")))
            await until_it_waits("knowledge_indexstate")

            quoted = await ana.ask("What does express cost?")
            unknown = await ana.ask("Can I rent an e-bike from you for a weekend?")

    assert "Express costs €12" in quoted["text"]
    assert unknown["action"] == "offer_handoff"
    assert [gap.question async for gap in Gap.objects.all()] == ["Can I rent an e-bike from you for a weekend?"]
    await sync_to_async(checking.result, thread_sensitive=False)()


def test_a_long_check_lets_other_publications_through(
    shop: dict[str, Article], cited: CachedAnswer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B13: the index is held for HELD_S at a time, however many questions there are."""
    for question in ("Do you rent out parcels?", "Is express fast?"):
        gaps.record(workspace, question, embeddings.embed([question])[0])
    monkeypatch.setattr(impact_preview, "HELD_S", 0.0)  # one question at a time
    body = SHIPPING.replace("€4.90", "€5.90")

    with midway():
        checking = Beside(lambda: rehearse(shop["shipping"], body=body))
        until_waiting("knowledge_indexstate")
        other = publishing.revise(shop["errors"], title="Error codes", body="E-104 means that it is blocked.")
        publishing_it = Beside(lambda: publishing.publish(other))
        until_waiting("FOR UPDATE")  # for the index

    assert publishing_it.result().chunks == 1
    assert {each.outcome for each in checking.result().questions} >= {Outcome.CHANGED}


def test_while_an_open_question_is_written_down_no_row_of_customers_is_held(
    workspace: Workspace, nobody_holds: Any
) -> None:
    """B13."""
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    Conversation.objects.create(workspace=workspace, contact=ana)

    with held_at("knowledge_gap", "INSERT"):
        recording = Beside(lambda: gaps.record(workspace, "Do you rent out bikes?", None, uuid.uuid4()))
        until_waiting("knowledge_gap")

        nobody_holds(Workspace, Contact, Conversation)

    assert recording.result().question == "Do you rent out bikes?"


async def test_while_an_open_question_is_written_down_a_customer_is_answered(
    chat: Any, no_engine: Any, shop: dict[str, Article], workspace: Workspace
) -> None:
    """B13."""
    async with chat() as ana:
        with held_at("knowledge_gap", "INSERT"):
            recording = await beside(lambda: gaps.record(workspace, "Do you rent out bikes?", None, uuid.uuid4()))
            await until_it_waits("knowledge_gap")

            reply = await ana.ask("What does express cost?")

    assert "Express costs €12" in reply["text"]
    await sync_to_async(recording.result, thread_sensitive=False)()


def test_the_same_question_asked_twice_at_once_is_one_gap(workspace: Workspace) -> None:
    """B13: without the lock on the workspace, too."""
    with held_at("knowledge_gap", "INSERT"):
        first = Beside(lambda: gaps.record(workspace, "Do you rent out bikes?", None, uuid.uuid4()))
        until_waiting("knowledge_gap")
        second = Beside(lambda: gaps.record(workspace, "Do you rent out bikes?", None, uuid.uuid4()))
        until_waiting("pg_advisory", sessions=1)

    assert first.result().pk == second.result().pk
    assert Gap.objects.get().count == 2

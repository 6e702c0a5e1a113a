"""Before an article is published, staff see what would change."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from assistant.errors import Conflict
from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from caching import answers
from caching.matching.evidence import Source
from caching.models import CachedAnswer
from caching.scope import Scope
from conversations.models import Contact, Conversation, Message
from knowledge.articles import publishing
from knowledge.articles.impact_preview import Outcome, Rehearsal, rehearse
from knowledge.gaps import gaps
from knowledge.models import Article, Chunk, IndexState, Revision
from tests.knowledge.conftest import RETURNS, SHIPPING

pytestmark = pytest.mark.django_db
QUESTION = "How much does a parcel within Denmark cost?"
GIFT_CARDS = "## Gift cards\n\nGift cards are valid for three years and never lose their worth before."


@pytest.fixture
def answered(workspace: Workspace) -> Callable[..., Message]:
    """Ana asked something, and was told it with this article as the source."""

    def told(article: Article, question: str, *before: str) -> Message:
        ana = Contact.objects.create(workspace=workspace, name="Ana")
        talk = Conversation.objects.create(workspace=workspace, contact=ana)
        for seq, text in enumerate(before, start=1):
            talk.messages.create(seq=seq, role="customer", text=text)
        seq = len(before) + 1
        asked = talk.messages.create(seq=seq, role="customer", text=question)
        citation = {"n": 1, "title": article.title, "url": "", "article_id": str(article.pk)}
        return talk.messages.create(
            seq=seq + 1, role="assistant", text="As it was [1].", in_reply_to=asked, citations=[citation]
        )

    return told


def remember(workspace: Workspace, article: Article, question: str, chunk: Chunk | None = None) -> CachedAnswer:
    chunk = chunk or article.chunks.first()
    entry = answers.remember(
        Scope(workspace.pk, "en", "public", "release"),
        question,
        embeddings.embed([question])[0],
        "It says what it says, in one sentence.",
        [{"n": 1, "title": article.title}],
        [Source(article.source_key, 1, chunk.content_hash, chunk.text)],
    )
    assert entry is not None
    return entry


def outcomes(rehearsal: Rehearsal) -> dict[str, str]:
    return {replayed.asked.question: replayed.outcome for replayed in rehearsal.questions}


def stored() -> list[Any]:
    """All that publishing writes."""
    return [
        list(Article.objects.values()),
        list(Revision.objects.values_list("pk", flat=True)),
        list(Chunk.objects.order_by("pk").values_list("pk", "content_hash", "revision")),
        list(IndexState.objects.values()),
        list(CachedAnswer.objects.values_list("pk", "state")),
    ]


def test_a_changed_price_shows_the_answer_before_and_after(
    shop: dict[str, Article], answered: Callable[..., Message]
) -> None:
    reply = answered(shop["shipping"], QUESTION)

    rehearsal = rehearse(shop["shipping"], body=SHIPPING.replace("€4.90", "€5.90"))

    (replayed,) = rehearsal.questions
    assert replayed.outcome == Outcome.CHANGED
    assert "€4.90" in replayed.before.text
    assert "€5.90" in replayed.after.text
    assert (replayed.asked.why, replayed.asked.conversation) == ("cited", reply.conversation_id)


def test_an_answer_that_an_edit_takes_away_is_shown_first(
    shop: dict[str, Article], workspace: Workspace, answered: Callable[..., Message]
) -> None:
    wider = {"external_id": "shipping", "title": "What shipping costs", "body": f"{SHIPPING}\n{GIFT_CARDS}"}
    publishing.publish(publishing.save_draft(workspace, **wider))
    answered(shop["shipping"], QUESTION)
    answered(shop["shipping"], "For how many years are gift cards valid?")

    rehearsal = rehearse(shop["shipping"], body=SHIPPING)

    assert outcomes(rehearsal)["For how many years are gift cards valid?"] == Outcome.LOST
    assert rehearsal.questions[0].outcome == Outcome.LOST
    assert outcomes(rehearsal)[QUESTION] == Outcome.CHANGED  # the short section was quoted beside the prices


def test_an_open_question_that_the_new_text_answers_is_found(shop: dict[str, Article], workspace: Workspace) -> None:
    question = "Can I rent an e-bike from you for a weekend?"
    gaps.record(workspace, question, embeddings.embed([question])[0])
    draft = publishing.save_draft(
        workspace, title="Renting an e-bike", body="You can rent an e-bike from us for a weekend. It costs €45 a day."
    )

    rehearsal = rehearse(draft)

    assert outcomes(rehearsal) == {question: Outcome.GAINED}
    assert rehearsal.questions[0].asked.why == "gap"
    assert rehearsal.questions[0].after.cites


def test_the_cached_answers_it_names_are_those_that_publishing_drops(
    shop: dict[str, Article], workspace: Workspace
) -> None:
    remember(workspace, shop["shipping"], QUESTION)
    kept = remember(workspace, shop["returns"], "How do I send something back?")
    body = SHIPPING.replace("€4.90", "€5.90")

    rehearsal = rehearse(shop["shipping"], body=body)
    published = publishing.publish(publishing.revise(shop["shipping"], title="What shipping costs", body=body))

    assert (rehearsal.dropped_answers, rehearsal.dropped) == (published.dropped_answers, (QUESTION,))
    assert list(CachedAnswer.objects.servable()) == [kept]


def test_a_rehearsal_leaves_everything_as_it_was(
    shop: dict[str, Article], workspace: Workspace, answered: Callable[..., Message], find: Any
) -> None:
    answered(shop["shipping"], QUESTION)
    remember(workspace, shop["shipping"], QUESTION)
    before = stored()

    rehearse(shop["shipping"], title="Postage", body="We fly parcels by zeppelin now, for one euro.")

    assert stored() == before
    assert find("Do you use a zepelin?").passages == () or "zeppelin" not in find("zepelin").passages[0].text


def test_words_learned_in_a_rehearsal_are_not_remembered_for_the_next_index(
    shop: dict[str, Article], workspace: Workspace, answered: Callable[..., Message], find: Any
) -> None:
    answered(shop["shipping"], "Do you ship by zeppelim?")  # misspelt, so that the vocabulary is read
    rehearse(shop["shipping"], body="We fly parcels by zeppelin.")
    publishing.publish(publishing.revise(shop["returns"], title="Returns", body=RETURNS + "\n\nAsk for a dirigible."))

    assert "dirigible" in find("When may I have a dirigibel?").passages[0].text


def test_a_follow_up_is_asked_with_what_was_said_before_it(
    shop: dict[str, Article], answered: Callable[..., Message]
) -> None:
    answered(shop["shipping"], "and how many days?", "What does shipping to Norway cost?")

    rehearsal = rehearse(shop["shipping"], body=SHIPPING.replace("€14.90", "€19.90"))

    (replayed,) = rehearsal.questions
    assert "14.90" in replayed.before.text
    assert "19.90" in replayed.after.text


def test_a_question_asked_often_is_replayed_once_and_not_too_many_are(
    shop: dict[str, Article], answered: Callable[..., Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REHEARSAL_QUESTIONS", 3)
    for question in (QUESTION, QUESTION.upper(), "Is it free?", "How long?", "What about Norway?", "Express?"):
        answered(shop["shipping"], question)

    assert len(rehearse(shop["shipping"]).questions) <= 3


def test_another_shops_questions_are_not_replayed(shop: dict[str, Article], answered: Callable[..., Message]) -> None:
    other = Workspace.objects.create(slug="globex", name="Globex")
    reply = answered(shop["shipping"], QUESTION)
    Conversation.objects.filter(pk=reply.conversation_id).update(workspace=other)

    assert rehearse(shop["shipping"]).questions == ()


def test_an_empty_text_cannot_be_checked(shop: dict[str, Article]) -> None:
    with pytest.raises(Conflict):
        rehearse(shop["shipping"], body="  ")

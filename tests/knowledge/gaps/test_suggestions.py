"""What curators are shown to write next, and to look after."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from conversations import tasks
from conversations.models import Contact, Conversation, Message
from conversations.privacy import contacts
from conversations.reporting import article_usage
from conversations.reporting.article_suggestions import suggest_from_resolved, without_names
from knowledge.gaps import drafting, gaps
from knowledge.models import Article, Gap

pytestmark = pytest.mark.django_db
ANSWER = "Yes. You can rent an e-bike at our shop in Aarhus for 45 euro a day, with a helmet and a lock."
Talk = Callable[..., Conversation]


@pytest.fixture
def talk(workspace: Workspace) -> Talk:
    """A conversation of what was said, as (role, text); a person resolved it."""

    def said(*lines: tuple[str, str], status: str = "resolved", **contact: Any) -> Conversation:
        ana = Contact.objects.create(workspace=workspace, **{"name": "Ana Holm", **contact})
        conversation = Conversation.objects.create(workspace=workspace, contact=ana, status=status)
        for seq, (role, text) in enumerate(lines, start=1):
            conversation.messages.create(seq=seq, role=role, text=text)
        return conversation

    return said


def test_what_a_person_answered_is_kept_beside_the_question_and_begins_a_draft(talk: Talk, rosa: Any) -> None:
    conversation = talk(("customer", "Do you rent out e-bikes?"), ("person", ANSWER), ("customer", "Thanks!"))

    assert suggest_from_resolved() == 1

    gap = Gap.objects.get()
    assert gap.answers == [{"text": ANSWER, "conversation": str(conversation.pk)}]
    draft = drafting.draft_from(gap, rosa)
    assert draft.body.startswith(ANSWER)
    assert "> Do you rent out e-bikes?" in draft.body
    assert draft.status == Article.Status.DRAFT
    assert draft.chunks.count() == 0


def test_a_conversation_is_learned_from_once_also_when_it_was_dismissed(talk: Talk) -> None:
    talk(("customer", "Do you rent out e-bikes?"), ("person", ANSWER))
    tasks.suggest_articles()
    drafting.dismiss(Gap.objects.get())

    assert suggest_from_resolved() == 0
    assert Gap.objects.count() == 1


def test_an_answer_joins_the_question_that_the_assistant_could_not_answer(talk: Talk, workspace: Workspace) -> None:
    question = "Do you rent out e-bikes?"
    conversation = talk(("customer", question), ("assistant", "I don't know."), ("person", ANSWER))
    gap = gaps.record(workspace, question, embeddings.embed([question])[0], conversation.pk)

    suggest_from_resolved()

    gap.refresh_from_db()
    assert (gap.count, len(gap.answers)) == (1, 1)
    assert Gap.objects.count() == 1


@pytest.mark.parametrize(
    "lines",
    [
        [
            ("customer", "Where is my order 48291?"),
            ("person", "It left us on Monday and should be with you on Friday."),
        ],
        [("customer", "Do you rent out e-bikes?"), ("person", "Yes, we do.")],
        [("customer", "Do you rent out e-bikes?"), ("assistant", ANSWER)],
        [("person", ANSWER)],
        [],
    ],
)
def test_what_helps_nobody_else_is_no_suggestion(talk: Talk, lines: list[tuple[str, str]]) -> None:
    talk(*lines)

    assert suggest_from_resolved() == 0
    assert not Gap.objects.exists()


def test_an_open_conversation_is_left_alone(talk: Talk) -> None:
    talk(("customer", "Do you rent out e-bikes?"), ("person", ANSWER), status="human")

    assert suggest_from_resolved() == 0


def test_what_an_article_answers_already_is_no_suggestion(talk: Talk, shop: dict[str, Article]) -> None:
    question = "How much does a parcel within Denmark cost?"
    talk(("customer", question), ("person", "It is four euro and ninety cents for every parcel within the country."))

    assert suggest_from_resolved() == 0


def test_names_and_numbers_of_the_customer_are_taken_out(workspace: Workspace) -> None:
    ana = Contact(workspace=workspace, name="Ana Holm", external_id="c-77")
    text = "Dear Ana, order NF-20391 of ana@example.com was sent. Call +45 12 34 56 78. Rent costs 45 euro for 3 days."

    assert without_names(text, ana) == (
        "Dear [customer], order [number] of [e-mail] was sent. Call [number]. Rent costs 45 euro for 3 days."
    )


def test_an_erased_customer_leaves_neither_question_nor_answer(talk: Talk) -> None:
    erased = talk(("customer", "Do you rent out e-bikes?"), ("person", ANSWER))
    talk(("customer", "Can I rent an e-bike from you?"), ("person", ANSWER.replace("45", "46")), name="Bob")
    suggest_from_resolved()

    contacts.erase(erased.contact)

    gap = Gap.objects.get()
    assert "rent an e-bike" in gap.question
    assert ["46 euro" in answer["text"] for answer in gap.answers] == [True]


# --- articles to look after ---


def cite(conversation: Conversation, article: Article, rating: str = "") -> Message:
    conversation.last_seq += 1
    citation = {"n": 1, "title": article.title, "url": "", "article_id": str(article.pk)}
    return conversation.messages.create(
        seq=conversation.last_seq, role="assistant", text="So [1].", citations=[citation, citation], rating=rating
    )


def test_answers_that_cite_an_article_are_counted_and_those_disliked(talk: Talk, shop: dict[str, Article]) -> None:
    conversation = talk()
    for rating in ("dislike", "dislike", "like", ""):
        cite(conversation, shop["shipping"], rating)
    old = cite(conversation, shop["returns"])
    Message.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=article_usage.COUNTED_DAYS + 1))

    tasks.count_article_uses()

    shop["shipping"].refresh_from_db()
    assert (shop["shipping"].cited_lately, shop["shipping"].disliked_lately) == (4, 2)
    assert list(Article.objects.disliked()) == [shop["shipping"]]
    Article.objects.update(published_at=timezone.now() - timedelta(days=30))
    assert set(Article.objects.unused()) == {shop["returns"], shop["errors"]}


def test_a_count_that_fell_is_taken_back(talk: Talk, shop: dict[str, Article]) -> None:
    conversation = talk()
    cite(conversation, shop["shipping"])
    article_usage.count_uses()
    conversation.messages.all().delete()

    assert article_usage.count_uses() == 1
    assert Article.objects.filter(cited_lately__gt=0).count() == 0


@pytest.fixture
def rosa(db: None) -> Any:
    return get_user_model().objects.create_user("rosa", is_staff=True)

"""What is compiled once finds and writes what the queryset itself would."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import EmptyResultSet
from django.forms import model_to_dict
from django.utils import timezone

from assistant.compiled_queries import A_TIME, CompiledQuery, CompiledUpdate, insert
from assistant.workspaces.models import ApiKey, Workspace
from conversations.models import Contact, Conversation, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(workspace: Workspace) -> Conversation:
    ana = Contact.objects.create(workspace=workspace, name="Ana", attributes={"plan": "Pro"})
    return Conversation.objects.create(workspace=workspace, contact=ana)


def said(conversation: Conversation, *texts: str) -> list[Message]:
    return [Message(conversation=conversation, seq=n, role="customer", text=text) for n, text in enumerate(texts, 1)]


def test_models_come_with_what_is_selected_beside_them(conversation, django_assert_num_queries):
    by_key = CompiledQuery(
        lambda pk: Conversation.objects.select_related("workspace", "contact", "widget").filter(pk=pk), pk=uuid.uuid4()
    )
    found = by_key.first(pk=conversation.pk)

    with django_assert_num_queries(0):
        assert found.workspace == conversation.workspace
        assert (found.contact.name, found.contact.attributes) == ("Ana", {"plan": "Pro"})
        assert found.widget is None
    assert model_to_dict(found) == model_to_dict(Conversation.objects.get(pk=conversation.pk))
    assert by_key.first(pk=uuid.uuid4()) is None


def test_a_found_model_can_be_saved(conversation):
    by_key = CompiledQuery(lambda pk: Conversation.objects.filter(pk=pk), pk=uuid.uuid4())
    found = by_key.first(pk=conversation.pk)
    found.locale = "de"
    found.save()

    assert Conversation.objects.get().locale == "de"


def test_tuples_come_in_order_and_converted(conversation):
    insert(said(conversation, "hi", "my order", "is late"))
    texts = CompiledQuery(
        lambda conversation, seq: (
            Message.objects.filter(conversation=conversation, seq__gt=seq)
            .order_by("-seq")
            .values_list("text", "citations")[:2]
        ),
        conversation=uuid.uuid4(),
        seq=9999,
    )

    assert texts.all(conversation=conversation.pk, seq=0) == [("is late", []), ("my order", [])]
    assert texts.all(conversation=conversation.pk, seq=2) == [("is late", [])]


def test_a_time_is_the_callers(workspace):
    key, _ = ApiKey.issue(workspace, "helpdesk", [])
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    live = CompiledQuery(lambda now: ApiKey.objects.live(now), now=A_TIME)

    assert live.all(now=timezone.now()) == [key]
    assert live.all(now=timezone.now() + timedelta(hours=2)) == []


def test_a_time_that_would_stay_is_refused():
    with pytest.raises(ValueError, match="a time of its own"):
        CompiledQuery(lambda: ApiKey.objects.live(timezone.now())).all()


def test_an_example_that_is_not_asked_for_is_refused():
    with pytest.raises(ValueError, match="locale"):
        CompiledQuery(lambda locale: Conversation.objects.filter(locale="en"), locale="an example").all(locale="de")


def test_an_example_out_of_range_is_refused():
    with pytest.raises(EmptyResultSet):
        CompiledQuery(lambda seq: Message.objects.filter(seq=seq), seq=-1).all(seq=1)


def test_rows_are_written_as_django_writes_them(conversation):
    question, answer = said(conversation, "How much?", "")
    answer.in_reply_to, answer.role = question, "assistant"
    answer.citations, answer.client_ref = [{"n": 1, "title": "Prices"}], uuid.uuid4()
    insert([question, answer])
    kept = Message.objects.get(pk=answer.pk)

    assert model_to_dict(kept) == model_to_dict(answer)
    assert (kept.in_reply_to, kept.created_at) == (question, answer.created_at)
    question.text = "How much is it?"
    question.save()
    assert Message.objects.count() == 2


def test_an_update_tells_how_many_it_changed(conversation):
    insert(said(conversation, "How much?"))
    note = CompiledUpdate(
        lambda seq, rating, receipt: (Message.objects.filter(seq=seq), {"rating": rating, "receipt": receipt}),
        seq=9999,
        rating="an example",
        receipt={"an": "example"},
    )

    assert note(seq=1, rating="like", receipt={"source": "it's a “model”"}) == 1
    assert Message.objects.values_list("rating", "receipt").get() == ("like", {"source": "it's a “model”"})
    assert note(seq=1, rating="", receipt=None) == 1
    assert Message.objects.filter(receipt__isnull=True).exists()
    assert note(seq=2, rating="", receipt=None) == 0

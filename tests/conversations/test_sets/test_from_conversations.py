"""A test case made from a conversation has no personal data, and is erased with the customer."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from assistant.errors import NotFound
from assistant.workspaces.models import Membership, Workspace
from conversations.models import Contact, Conversation, Message
from conversations.privacy import contacts
from conversations.test_sets import cases, errors
from conversations.test_sets.from_conversations import case_from
from conversations.test_sets.models import Case, Result
from conversations.test_sets.models import TestSet as Cases
from knowledge.models import Article

pytestmark = pytest.mark.django_db(transaction=True)
SAID = "I'm Ana, ana@example.com. Can I send it back?"


def said(workspace: Workspace, *texts: str, contact: Contact | None = None) -> Message:
    """A conversation in which the customer and the assistant speak in turns; its last message."""
    contact = contact or Contact.objects.create(workspace=workspace, name="Ana Quill")
    conversation = Conversation.objects.create(workspace=workspace, contact=contact, last_seq=len(texts))
    for seq, text in enumerate(texts, start=1):
        message = conversation.messages.create(seq=seq, role="customer" if seq % 2 else "assistant", text=text)
    return message


@pytest.fixture
def curator(workspace: Workspace) -> Client:
    return member(workspace, "curator")


def member(workspace: Workspace, role: str) -> Client:
    rosa = get_user_model().objects.create_user(f"{role}-rosa", is_staff=True)
    Membership.objects.create(user=rosa, workspace=workspace, role=role)
    client = Client()
    client.force_login(rosa)
    return client


def take(client: Client, message: Message) -> Any:
    address = reverse("admin:test_sets_case_take", args=[message.conversation_id, message.pk])
    return client.post(address, follow=True)


def test_one_click_makes_a_case_of_a_message_and_the_turns_before_it(
    curator: Client, workspace: Workspace, returns_article: Article
):
    message = said(workspace, "Do you sell lamps?", "Yes.", "Can I send one back?")
    message.conversation.messages.create(
        seq=4,
        role="assistant",
        text="30 days.",
        in_reply_to=message,
        citations=[{"article_id": str(returns_article.pk)}],
    )

    page = take(curator, message)

    case = Case.objects.get()
    assert page.redirect_chain[-1][0] == reverse("admin:test_sets_case_change", args=[case.pk])
    assert (case.kind, case.message, case.articles) == ("follow_up", "Can I send one back?", ["returns"])
    assert case.history == [
        {"role": "customer", "text": "Do you sell lamps?"},
        {"role": "assistant", "text": "Yes."},
    ]
    assert case.test_set.name == "From conversations"


def test_the_curator_is_told_in_words_what_was_taken_out(curator: Client, workspace: Workspace):
    page = take(curator, said(workspace, SAID)).content.decode()

    assert Case.objects.get().message == "I'm [name], [e-mail address]. Can I send it back?"
    assert "Removed: a name or id of the customer&#x27;s, an e-mail address." in page
    assert "deleted when the customer is erased" in page


def test_what_is_known_of_the_customer_by_the_page_and_by_the_mail_is_taken_out(workspace: Workspace):
    """M5: attributes, the part of a mail's address before the @, and a name's genitive stayed."""
    contact = Contact.objects.create(
        workspace=workspace,
        email="zorblatt.77@example.com",
        attributes={"last_name": "Quillfeather", "customer": 4711, "vip": True, "phones": ["555-01"], "none": None},
    )

    case = case_from(said(workspace, "zorblatt here: is Quillfeathers case 4711 at 555-01 True?", contact=contact)).case

    assert case.message == "[name] here: is [name] case [name] at [name] True?"


def test_a_message_that_masking_would_make_too_long_is_cut(workspace: Workspace, settings: Any):
    settings.TEST_CASE_MAX_CHARS = 100
    case = case_from(said(workspace, "x@y.zz " * 14)).case

    assert len(case.message) <= 100


def test_a_message_that_tells_of_a_person_through_and_through_is_not_taken(curator: Client, workspace: Workspace):
    message = said(workspace, "I have diabetes, can I take the pills?")

    page = take(curator, message)

    assert not Case.objects.exists()
    assert "contains somebody&#x27;s health, which can&#x27;t be removed" in page.content.decode()
    with pytest.raises(errors.TestCasePersonal) as refused:
        case_from(message)
    assert refused.value.code == "test_case_personal"


def test_an_earlier_message_that_tells_of_a_person_is_left_out(curator: Client, workspace: Workspace):
    page = take(curator, said(workspace, "I have diabetes.", "I am sorry.", "Can I send it back?"))

    assert Case.objects.get().history[0] == {"role": "customer", "text": "[left out]"}
    assert "Left out: 1 earlier message(s)" in page.content.decode()


def test_what_was_settled_before_is_no_part_of_a_case(workspace: Workspace):
    message = said(workspace, "Old matter", "Settled.", "Can I send it back?")
    message.conversation.context_from_seq = 2

    assert case_from(message).case.history == []


def test_what_the_assistant_said_becomes_no_case(workspace: Workspace):
    with pytest.raises(NotFound):
        case_from(said(workspace, "Hello", "Good day."))


def test_an_erased_customer_leaves_no_case_and_no_result(workspace: Workspace, curator: Client):
    message, other = said(workspace, SAID), said(workspace, "Where is the shop?")
    take(curator, message)
    kept = case_from(other).case
    case = Case.objects.get(conversation=message.conversation)
    run = case.test_set.runs.create(total=1)
    Result.objects.create(run=run, case=case, reply="Dear Ana")

    contacts.erase(message.conversation.contact)

    assert [*Case.objects.all()] == [kept]
    assert not Result.objects.exists()


def test_an_export_of_the_customer_holds_the_cases(workspace: Workspace):
    message = said(workspace, SAID)
    case = case_from(message).case

    exported = contacts.export(message.conversation.contact)

    assert exported["conversations"][0]["test_cases"] == [case.as_row()]


def test_the_admin_s_log_of_a_case_holds_no_word_of_the_customer_s(workspace: Workspace, curator: Client):
    message = said(workspace, "Can I send it back?")
    take(curator, message)
    case = Case.objects.get()
    form = {"test_set": case.test_set_id, "kind": "question", "message": "Can I send back what I bought?"}
    curator.post(reverse("admin:test_sets_case_change", args=[case.pk]), form)
    curator.post(reverse("admin:test_sets_case_delete", args=[case.pk]), {"post": "yes"})

    contacts.erase(message.conversation.contact)

    assert LogEntry.objects.count() == 2
    assert not [entry for entry in LogEntry.objects.all() if "send" in entry.object_repr + entry.change_message]


def test_a_case_is_not_made_of_a_conversation_that_was_erased_just_now(workspace: Workspace):
    message = said(workspace, "Can I send it back?")
    contacts.erase(Contact.objects.get(pk=message.conversation.contact_id))

    with pytest.raises(NotFound):
        case_from(message)

    assert not Case.objects.exists()


def test_a_case_stays_its_customer_s_when_it_is_edited_and_moved(workspace: Workspace, curator: Client):
    message = said(workspace, "Can I send it back?")
    take(curator, message)
    case, other = Case.objects.get(), Cases.objects.create(workspace=workspace, name="Returns")
    form = {"test_set": str(other.pk), "kind": "question", "message": "May I return it?", "articles": "returns"}

    saved = curator.post(reverse("admin:test_sets_case_change", args=[case.pk]), form)

    case.refresh_from_db()
    assert saved.status_code == 302
    assert (case.test_set, case.message, case.articles) == (other, "May I return it?", ["returns"])
    assert case.conversation_id == message.conversation_id


def test_a_case_does_not_move_to_another_shop(workspace: Workspace, curator: Client):
    other_shop = Workspace.objects.create(slug="globex", name="Globex")
    Membership.objects.create(user=get_user_model().objects.get(), workspace=other_shop, role="curator")
    take(curator, said(workspace, "Can I send it back?"))
    case, theirs = Case.objects.get(), Cases.objects.create(workspace=other_shop, name="Theirs")
    form = {"test_set": str(theirs.pk), "kind": "question", "message": "Can I send it back?"}

    refused = curator.post(reverse("admin:test_sets_case_change", args=[case.pk]), form)

    case.refresh_from_db()
    assert refused.status_code == 200
    assert case.test_set.workspace == workspace


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_is_no_curator_makes_no_case(workspace: Workspace, role: str):
    message, client = said(workspace, "Can I send it back?"), member(workspace, role)

    assert take(client, message).status_code == 404
    page = client.get(reverse("admin:conversations_conversation_change", args=[message.conversation_id]))
    assert "Add to test set" not in page.content.decode()
    assert not Case.objects.exists()


def test_a_curator_makes_no_case_of_another_shop_s_conversation(curator: Client):
    other_shop = Workspace.objects.create(slug="globex", name="Globex")

    assert take(curator, said(other_shop, "Can I send it back?")).status_code == 404
    assert not Case.objects.exists()


def test_the_button_stands_beside_what_the_customer_said(curator: Client, workspace: Workspace):
    message = said(workspace, "Can I send it back?", "Yes.")

    for name in ("change", "transcript"):
        page = curator.get(reverse(f"admin:conversations_conversation_{name}", args=[message.conversation_id]))
        assert page.content.decode().count("Add to test set") == 1


def test_a_case_of_a_conversation_counts_against_the_room_of_the_set(workspace: Workspace, settings: Any):
    settings.TEST_SET_MAX_CASES = 1
    case_from(said(workspace, "Can I send it back?"))

    with pytest.raises(errors.TestSetFull):
        case_from(said(workspace, "Where is the shop?"))

    assert cases.checked({"message": "x"})["kind"] == "question"

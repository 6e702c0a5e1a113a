"""Folding: in steps, once, kept in versions; staff's words stay, and no error becomes a summary."""

import uuid

import pytest

from assistant.llm import registry
from assistant.llm.engines.base import EngineUnavailable
from conversations.context import summaries
from conversations.models import Contact, Conversation, ConversationSummary, Message
from conversations.tasks import summarise_up_to

pytestmark = pytest.mark.django_db

SAID = [
    "My grinder is broken, the order number is 48213.",
    "I'm sorry to hear that! Which grinder is it?",
    "A Brewmaster Pro. And sorry, the order is 48231, not 48213.",
    "Thanks. We will send you a replacement by 24 November, at no cost.",
    "Good. Please send it to 14 Oak Street.",
    "Changed to 14 Oak Street.",
    "My e-mail is ana@example.com.",
    "Noted, the label goes to ana@example.com.",
]


@pytest.fixture
def conversation(workspace):
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    return Conversation.objects.create(workspace=workspace, contact=ana)


def say(conversation, *texts):
    """Customer and assistant in turns; returns the last message."""
    for text in texts:
        seq = conversation.last_seq + 1
        role = Message.Role.CUSTOMER if seq % 2 else Message.Role.ASSISTANT
        message = Message.objects.create(conversation=conversation, seq=seq, role=role, text=text)
        conversation.last_seq = seq
        conversation.save()
    return message


@pytest.fixture
def small_model(settings):
    """The small model: a scripted engine whose `script` a test writes."""
    settings.ENGINES = {"small": {"BACKEND": "assistant.llm.engines.scripted.ScriptedEngine", "OPTIONS": {}}}
    settings.TIERS = {"large": [], "small": ["small"]}
    registry.forget()
    yield registry.engine("small")
    registry.forget()


def test_older_messages_are_folded_into_a_summary(conversation, no_engine):
    last = say(conversation, *SAID)

    summarise_up_to(str(last.pk))

    row = ConversationSummary.objects.get()
    assert (row.version, row.upto_seq, row.origin) == (1, 8, "extractive")
    assert "My grinder is broken" in row.text
    assert "24 November" in row.text
    assert "48231" in row.text
    assert "ana@example.com" in row.text


def test_folding_twice_stores_one_version(conversation, no_engine):
    last = say(conversation, *SAID)

    summarise_up_to(str(last.pk))
    summarise_up_to(str(last.pk))

    assert ConversationSummary.objects.count() == 1


def test_the_summary_keeps_its_bytes_until_enough_messages_wait(conversation, no_engine, settings):
    settings.SUMMARY_STEP_MESSAGES = 4
    summaries.fold_in(conversation, say(conversation, *SAID[:4]))
    before = summaries.text_for(conversation)

    summaries.fold_in(conversation, say(conversation, *SAID[4:7]))

    assert summaries.text_for(conversation) == before


def test_a_fold_goes_on_from_the_fold_before(conversation, no_engine):
    summaries.fold_in(conversation, say(conversation, *SAID[:4]))

    row = summaries.fold_in(conversation, say(conversation, *SAID[4:]))

    assert (row.version, row.upto_seq) == (2, 8)
    assert "24 November" in row.text
    assert "14 Oak Street" in row.text


def test_a_fold_reads_only_the_messages_since_the_one_before(conversation, no_engine):
    summaries.fold_in(conversation, say(conversation, *SAID))
    Message.objects.filter(conversation=conversation).update(text="rewritten after it was folded")

    row = summaries.fold_in(conversation, say(conversation, *["What else can I tell you about it?"] * 4))

    assert "24 November" in row.text
    assert "rewritten" not in row.text


def test_the_prompt_is_told_what_was_corrected(conversation, no_engine):
    summaries.fold_in(conversation, say(conversation, *SAID))

    told = summaries.text_for(conversation)

    assert "48231" in told.text
    assert "was 48213" in told.text
    assert told.tokens > 0


def test_old_versions_keep_their_text_and_shed_their_notes(conversation, no_engine):
    for _ in range(8):
        summaries.fold_in(conversation, say(conversation, "My order number is 48231.", "Thank you."))

    first, *_, last = ConversationSummary.objects.order_by("version")

    assert "48231" in first.text
    assert (first.facts, first.slots) == ([], {"beside": []})
    assert last.facts


@pytest.mark.django_db(transaction=True)
def test_the_small_model_is_asked_once_in_eight_messages(conversation, small_model):
    for at in range(0, 8, 2):
        summaries.fold_in(conversation, say(conversation, *SAID[at : at + 2]))

    assert len(small_model.asked) == 1


def test_what_staff_wrote_is_kept_by_later_folds(conversation, no_engine, admin_user):
    summaries.fold_in(conversation, say(conversation, *SAID[:4]))
    summaries.correct(conversation, "Ana is a reseller; always offer the trade price.", admin_user)

    row = summaries.fold_in(conversation, say(conversation, *SAID[4:]))

    assert row.text.startswith("Ana is a reseller; always offer the trade price.")
    assert "14 Oak Street" in row.text
    assert ConversationSummary.objects.get(version=2).edited_by == admin_user


def test_a_resolved_matter_is_not_carried_on(conversation, no_engine):
    summaries.fold_in(conversation, say(conversation, *SAID))
    conversation.context_from_seq = 8
    conversation.save()

    row = summaries.fold_in(conversation, say(conversation, *["I have a question about the Lumo lamp."] * 4))

    assert row.version == 2
    assert "grinder" not in row.text
    assert "48231" not in row.text


@pytest.mark.django_db(transaction=True)
def test_a_small_model_may_shorten_a_note(conversation, small_model):
    small_model.script = ["We send a replacement by 24 November at no cost."]

    row = summaries.fold_in(conversation, say(conversation, *SAID))

    assert (row.version, row.origin) == (2, "model")
    assert "We send a replacement by 24 November at no cost" in row.text
    assert ConversationSummary.objects.get(version=1).origin == "extractive"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "written",
    [
        "Error: the model could not be loaded.",
        "We will send two grinders by 25 November.",
        "",
        "The customer pays $20.",
    ],
)
def test_what_a_model_made_up_is_never_stored(conversation, small_model, written):
    small_model.script = [written]

    row = summaries.fold_in(conversation, say(conversation, *SAID))

    assert (row.version, row.origin) == (1, "extractive")
    assert written not in row.text or not written


@pytest.mark.django_db(transaction=True)
def test_a_model_that_is_away_leaves_the_extractive_text(conversation, small_model):
    small_model.script = [EngineUnavailable("nobody there")]

    row = summaries.fold_in(conversation, say(conversation, *SAID))

    assert row.origin == "extractive"


def test_a_summary_asked_for_a_message_that_was_erased_is_left_alone(db):
    summarise_up_to(str(uuid.uuid4()))

    assert not ConversationSummary.objects.exists()

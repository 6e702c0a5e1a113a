"""What is older than a workspace keeps it is deleted, with its files, and nothing that is needed (P5)."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone

from assistant.retention import purge
from assistant.retention.models import PurgeRun, RetentionPeriods
from assistant.usage.models import ModelCall
from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Workspace
from caching.models import CachedAnswer
from conversations.helpdesk.models import Connection
from conversations.messaging import store
from conversations.models import Attachment, Contact, Conversation, FileReading, Message
from conversations.privacy import retention
from knowledge.gaps import gaps
from knowledge.models import Gap
from tests.admin.conftest import RECEIPT, cached_answer_of

pytestmark = pytest.mark.django_db
RECEIPT_WITH_TRACES = RECEIPT | {"unsupported": ["A doubted sentence."], "understood": {"act": "question"}}


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def conversation_of(workspace: Workspace, age_days: float, status: str = "bot", **contact: Any) -> Conversation:
    """Ana asked and was answered so many days ago."""
    ana = Contact.objects.create(workspace=workspace, name="Ana", **contact)
    talk = Conversation.objects.create(workspace=workspace, contact=ana, status=status, last_seq=2)
    asked = talk.messages.create(seq=1, role="customer", text="Where is my parcel?")
    talk.messages.create(seq=2, role="assistant", text="On its way.", receipt=RECEIPT_WITH_TRACES, in_reply_to=asked)
    talk.messages.update(created_at=days_ago(age_days))
    Contact.objects.filter(pk=ana.pk).update(created_at=days_ago(age_days))
    Conversation.objects.filter(pk=talk.pk).update(updated_at=days_ago(age_days))
    return talk


def file_of(talk: Conversation, age_days: float) -> Attachment:
    message = talk.messages.get(seq=1)
    kept = Attachment(conversation=talk, message=message, name="invoice.txt", content_type="text/plain", size_bytes=3)
    kept.file.save(f"attachments/{talk.pk}/{kept.pk}", ContentFile(b"abc"), save=False)
    kept.save()
    Attachment.objects.filter(pk=kept.pk).update(created_at=days_ago(age_days))
    FileReading.objects.create(attachment=kept, text="what the invoice says", status="read")
    read = {"attachments": [kept.as_json()], "files_read": [{"name": "invoice.txt", "says": "77 florins"}]}
    Message.objects.filter(pk=message.pk).update(**read)
    return kept


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def counts(runs: list[PurgeRun]) -> dict[str, int]:
    return {name: count for run in runs for name, count in run.counts.items() if count}


@pytest.mark.django_db(transaction=True)
def test_an_old_conversation_goes_with_all_that_came_of_it(workspace: Workspace, tmp_path: Any):
    old, young = conversation_of(workspace, 181), conversation_of(workspace, 179)
    kept = file_of(old, 10)
    endpoint = Endpoint.objects.create(workspace=workspace, url="https://shop.example/hooks")
    endpoint.deliveries.create(type="message.created", payload={"data": {"conversation": str(old.pk)}})
    ModelCall.objects.create(workspace=workspace, engine="large", conversation_id=old.pk, cost_usd=1)
    gaps.record(workspace, "Where is my parcel?", None, old.pk)

    runs = purge.run_all()

    assert counts(runs)["conversations"] == 1
    assert list(Conversation.objects.all()) == [young]
    assert not (tmp_path / kept.file.name).exists()
    assert not Delivery.objects.exists()
    assert not Gap.objects.exists()
    assert ModelCall.objects.get().conversation_id is None
    assert ModelCall.objects.get().cost_usd == 1


def test_nothing_is_announced_as_erased_when_a_customer_stayed_away(workspace: Workspace):
    Endpoint.objects.create(workspace=workspace, url="https://shop.example/hooks")
    conversation_of(workspace, 181)

    done = counts(purge.run_all())

    assert done["contacts"] == 1
    assert not Contact.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("status", ["waiting", "human"])
def test_a_conversation_that_a_person_has_to_answer_stays_whole(workspace: Workspace, status: str):
    talk = conversation_of(workspace, 400, status)
    file_of(talk, 400)

    purge.run_all()

    assert talk.messages.count() == 2
    assert talk.attachments.count() == 1


def test_a_file_goes_before_its_conversation_and_the_message_says_so(workspace: Workspace, tmp_path: Any):
    talk = conversation_of(workspace, 30)
    old = file_of(talk, 91)

    with transaction.atomic():
        assert retention.ATTACHMENTS.purge_some(workspace, days_ago(90), 1_000) == 1

    message = talk.messages.get(seq=1)
    assert not FileReading.objects.exists()
    assert message.attachments == [old.as_json() | {"expired": True}]
    assert message.files_read == []


@pytest.mark.django_db(transaction=True)
def test_the_file_of_a_conversation_in_use_stays(workspace: Workspace, tmp_path: Any):
    talk = conversation_of(workspace, 0.5)
    kept = file_of(talk, 91)

    purge.run_all()
    assert (tmp_path / kept.file.name).exists()
    Conversation.objects.filter(pk=talk.pk).update(updated_at=days_ago(2))
    purge.run_all()

    assert not (tmp_path / kept.file.name).exists()


def test_a_receipt_loses_its_details_and_keeps_its_costs(workspace: Workspace):
    talk = conversation_of(workspace, 15)

    assert counts(purge.run_all())["traces"] == 1
    assert counts(purge.run_all()) == {}

    receipt = talk.messages.get(seq=2).receipt
    assert receipt["saved_usd"] == RECEIPT["saved_usd"]
    assert receipt["source"] == "semantic_cache"
    assert not {"unsupported", "understood", "why_tier"} & set(receipt)


def test_empty_keeps_everything_and_each_workspace_has_periods_of_its_own(workspace: Workspace):
    other = Workspace.objects.create(slug="globex", name="Globex")
    RetentionPeriods.objects.create(workspace=workspace, **dict.fromkeys(fields(), None))
    RetentionPeriods.objects.create(workspace=other, conversations_days=10)
    mine, theirs = conversation_of(workspace, 1_000), conversation_of(other, 11)

    purge.run_all()

    assert list(Conversation.objects.all()) == [mine]
    assert not Conversation.objects.filter(pk=theirs.pk).exists()


def fields() -> list[str]:
    return [field.name for field in RetentionPeriods._meta.fields if field.name.endswith("_days")]


def test_open_questions_deliveries_and_cached_answers_go_after_their_periods(workspace: Workspace):
    gap = gaps.record(workspace, "Do you sell gnomes?", None)
    Gap.objects.filter(pk=gap.pk).update(last_asked_at=days_ago(181))
    gaps.record(workspace, "And umbrella stands?", None)
    endpoint = Endpoint.objects.create(workspace=workspace, url="https://shop.example/hooks")
    for status in ("delivered", "failed", "pending"):
        endpoint.deliveries.create(type="message.created", payload={}, status=status)
    Delivery.objects.update(created_at=days_ago(31))
    desk = Connection.objects.create(workspace=workspace, kind="zammad", name="Desk", base_url="https://desk.example")
    for number, status in enumerate(("done", "failed", "pending")):
        desk.deliveries.create(delivery_id=f"d-{number}", payload={}, status=status, received_at=days_ago(31))
    for pinned in (True, False):
        CachedAnswer.objects.filter(pk=cached_answer_of(workspace).pk).update(created_at=days_ago(8), pinned=pinned)
    cached_answer_of(workspace)

    done = counts(purge.run_all())

    assert done == {"open_questions": 1, "webhook_deliveries": 2, "helpdesk_deliveries": 2, "cached_answers": 1}
    assert Gap.objects.get().question == "And umbrella stands?"
    assert Delivery.objects.get().status == desk.deliveries.get().status == "pending"
    assert CachedAnswer.objects.count() == 2


def test_a_dry_run_counts_and_deletes_nothing(workspace: Workspace):
    talk = conversation_of(workspace, 181)
    file_of(talk, 91)

    done = counts(purge.run_all(dry_run=True))

    assert done == {"attachments": 1, "traces": 1, "conversations": 1}
    assert Conversation.objects.exists()
    assert Attachment.objects.exists()
    assert PurgeRun.objects.filter(workspace=workspace).get().dry_run


@pytest.mark.django_db(transaction=True)
def test_a_batch_has_at_most_so_many_rows_and_the_next_one_goes_on(workspace: Workspace, settings: Any):
    settings.PURGE_BATCH_ROWS = 4  # two conversations of two messages
    for _ in range(5):
        conversation_of(workspace, 181)
    batches = []
    real = retention.CONVERSATIONS.purge_some
    while done := real(workspace, days_ago(180), settings.PURGE_BATCH_ROWS):
        batches.append(done)

    assert batches == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_during_the_purge_keeps_its_conversation(workspace: Workspace):
    """P5: what the purge chose is read again under its lock."""
    talk = conversation_of(workspace, 181)
    rival = connection.copy()
    rival.ensure_connection()
    with rival.cursor() as cursor:  # a customer writes: the conversation is locked, and young again at the commit
        cursor.execute("BEGIN")
        cursor.execute("UPDATE conversations_conversation SET updated_at = now() WHERE id = %s", [talk.pk])

        assert retention.CONVERSATIONS.purge_some(workspace, days_ago(180), 1_000) == 0
        cursor.execute("COMMIT")
    rival.close()

    assert retention.CONVERSATIONS.purge_some(workspace, days_ago(180), 1_000) == 0
    assert talk.messages.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_running_reply_keeps_its_conversation(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    """The reply begins after the purge has chosen the conversation, and before it has the lock."""
    talk = conversation_of(workspace, 181)
    chosen = retention._as_many_as_fit

    def then_a_reply_begins(*args: Any) -> list[uuid.UUID]:
        ids = chosen(*args)
        store.accept(Conversation.objects.get(pk=talk.pk), "Are you there?")
        Conversation.objects.filter(pk=talk.pk).update(updated_at=days_ago(181))  # its time alone would not save it
        return ids

    monkeypatch.setattr(retention, "_as_many_as_fit", then_a_reply_begins)

    assert retention.CONVERSATIONS.purge_some(workspace, days_ago(180), 1_000) == 0
    assert talk.messages.count() == 4


def test_a_customer_who_comes_back_is_not_deleted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    ana = Contact.objects.create(workspace=workspace)
    Contact.objects.update(created_at=days_ago(181))
    chosen = retention._old_contacts

    def then_she_writes(*args: Any) -> list[Contact]:
        found = list(chosen(*args))
        Conversation.objects.create(workspace=workspace, contact=ana)
        return found

    class Chosen(list):
        def order_by(self, *_: str) -> "Chosen":
            return self

    monkeypatch.setattr(retention, "_old_contacts", lambda *args: Chosen(then_she_writes(*args)))

    assert retention.CONTACTS.purge_some(workspace, days_ago(180), 1_000) == 0
    assert Contact.objects.filter(pk=ana.pk).exists()

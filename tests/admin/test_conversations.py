"""Staff read conversations, answer, correct the summary and return them to the assistant."""

from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assistant.workspaces.models import Workspace
from conversations.events import stream
from conversations.messaging import attachments, file_reading, store
from conversations.models import Conversation, Message
from tests.admin.conftest import conversation_of

Status = Conversation.Status


def admin_action(conversation: Conversation, name: str) -> str:
    return reverse("admin:conversations_conversation_admin_action", args=[conversation.pk, name])


@async_to_sync
async def events_of(conversation: Conversation) -> list[dict[str, Any]]:
    here = await stream.place(conversation.pk)
    return await stream.read(conversation.pk, stream.Place(here.epoch, 0))


def test_a_persons_answer_reaches_the_customer_as_an_event(
    staff: Any, workspace: Workspace, django_capture_on_commit_callbacks: Any
):
    conversation = conversation_of(workspace)

    with django_capture_on_commit_callbacks(execute=True):
        staff("agent").post(admin_action(conversation, "answer"), {"text": "Hello, Rosa here."})

    conversation.refresh_from_db()
    told = [event for event in events_of(conversation) if event["type"] == "message.created"]
    assert told[0]["message"]["text"] == "Hello, Rosa here."
    assert told[0]["message"]["author"] == {"name": "Rosa"}
    assert conversation.status == Status.HUMAN
    assert Message.objects.filter(conversation=conversation, role="person", author__first_name="Rosa").exists()


def test_an_empty_answer_is_not_sent(staff: Any, workspace: Workspace):
    conversation = conversation_of(workspace)

    page = staff("agent").post(admin_action(conversation, "answer"), {"text": "  "}, follow=True)

    assert "Type a message first." in page.content.decode()
    assert conversation.messages.count() == 2


def test_a_conversation_is_given_back_resolved_and_queued(staff: Any, workspace: Workspace):
    conversation, client, seen = conversation_of(workspace), staff("agent"), []

    for name in ("back", "resolve", "handoff"):
        client.post(admin_action(conversation, name))
        conversation.refresh_from_db()
        seen.append(conversation.status)

    assert seen == [Status.BOT, Status.RESOLVED, Status.WAITING]


@pytest.mark.parametrize("name", ["answer", "summary", "resolve"])
def test_a_viewer_only_reads(staff: Any, workspace: Workspace, name: str):
    conversation = conversation_of(workspace)

    page = staff("viewer").post(admin_action(conversation, name), {"text": "No"})

    conversation.refresh_from_db()
    assert page.status_code == 403
    assert conversation.status == Status.WAITING


def test_an_agent_of_another_shop_finds_no_conversation(staff: Any, workspace: Workspace, other_shop: Workspace):
    conversation = conversation_of(other_shop)

    page = staff("agent").post(admin_action(conversation, "answer"), {"text": "Hello"})

    assert page.status_code == 404
    assert conversation.messages.count() == 2


def test_a_corrected_summary_is_a_new_version_by_staff(staff: Any, workspace: Workspace):
    conversation = conversation_of(workspace)

    staff("agent").post(admin_action(conversation, "summary"), {"text": "Ana waits for order 48231."})

    newest = conversation.summaries.order_by("-version").first()
    assert newest.text == "Ana waits for order 48231."
    assert newest.origin == "staff"
    assert newest.edited_by.username == "agent-rosa"


def test_the_page_shows_each_answer_with_its_receipt(staff: Any, workspace: Workspace):
    conversation = conversation_of(workspace)

    page = staff("viewer").get(reverse("admin:conversations_conversation_change", args=[conversation.pk]))

    html = page.content.decode()
    assert "<strong>at most</strong>" in html
    assert "semantic cache · $0.00 · 12 ms" in html
    assert "Saved by the cache" in html


def test_the_transcript_is_sent_again_only_when_it_changed(staff: Any, workspace: Workspace):
    conversation, client = conversation_of(workspace), staff("agent")
    address = reverse("admin:conversations_conversation_transcript", args=[conversation.pk])
    stamp = client.get(address)["X-Stamp"]

    unchanged = client.get(address, {"stamp": stamp})
    client.post(admin_action(conversation, "answer"), {"text": "Rosa here"})
    changed = client.get(address, {"stamp": stamp})

    assert unchanged.status_code == 204
    assert "Rosa here" in changed.content.decode()


def test_what_a_customer_writes_is_text(staff: Any, workspace: Workspace):
    conversation = conversation_of(workspace)
    conversation.messages.create(seq=3, role="customer", text="<div x-data x-init='alert(1)'>hi</div>")

    page = staff("viewer").get(reverse("admin:conversations_conversation_change", args=[conversation.pk]))

    assert "<div x-data x-init" not in page.content.decode()


def test_staff_see_what_file_a_customer_sent_and_other_shops_do_not(
    staff: Any, workspace: Workspace, other_shop: Workspace, settings: Any, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path
    pages = []
    for shop in (workspace, other_shop):
        conversation = conversation_of(shop)
        kept = attachments.take_in(conversation, SimpleUploadedFile("order.txt", b"Order 4711"))
        store.accept(conversation, "See the file.", attachments=[kept.pk])
        pages.append(reverse("admin:conversations_conversation_file", args=[conversation.pk, kept.pk]))
    client = staff("viewer")

    own, foreign = (client.get(page) for page in pages)

    assert own.content == b"Order 4711"
    assert own["Content-Disposition"].startswith("attachment")
    assert foreign.status_code == 404
    mine = Conversation.objects.get(workspace=workspace)
    transcript = client.get(reverse("admin:conversations_conversation_transcript", args=[mine.pk]))
    assert f'href="{pages[0]}"' in transcript.content.decode()


@pytest.mark.django_db(transaction=True)
def test_staff_see_what_was_read_of_a_file_beside_it(
    staff: Any, workspace: Workspace, other_shop: Workspace, settings: Any, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path
    pages = []
    for shop in (workspace, other_shop):
        conversation = conversation_of(shop)
        for name, content in (("order.txt", b"Order <4711>"), ("scan.pdf", b"%PDF-1.4 broken")):
            kept = attachments.take_in(conversation, SimpleUploadedFile(name, content))
            file_reading.start(kept).result(timeout=60)
            store.accept(conversation, "See the file.", attachments=[kept.pk])
        pages.append(reverse("admin:conversations_conversation_transcript", args=[conversation.pk]))

    client = staff("viewer")
    own, foreign = (client.get(page) for page in pages)

    assert "Order &lt;4711&gt;" in own.content.decode()
    assert "Not read: unreadable pdf" in own.content.decode()
    assert foreign.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_staff_who_answer_themselves_see_what_a_file_says_as_soon_as_it_is_read(
    staff: Any, workspace: Workspace, settings: Any, tmp_path: Path
):
    settings.MEDIA_ROOT, settings.FILE_QUEUE_MAX = tmp_path, 0
    conversation, client = conversation_of(workspace), staff("agent")
    client.post(admin_action(conversation, "answer"), {"text": "Please send me the order."})
    kept = attachments.take_in(conversation, SimpleUploadedFile("order.txt", b"Order <4711>"))
    message = store.accept(conversation, "Here.", attachments=[kept.pk]).message
    address = reverse("admin:conversations_conversation_transcript", args=[conversation.pk])
    stamp = client.get(address)["X-Stamp"]

    unread = client.get(address, {"stamp": stamp})
    settings.FILE_QUEUE_MAX = 50
    file_reading.start(kept).result(timeout=60)
    read = client.get(address, {"stamp": stamp})

    message.refresh_from_db()
    assert unread.status_code == 204
    assert "Order &lt;4711&gt;" in read.content.decode()
    assert message.files_read == [{"name": "order.txt", "says": "Order <4711>"}]

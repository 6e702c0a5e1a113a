"""Changes by staff or an erasure during slow writes are respected: summaries, memory, suggestions, files."""

import io
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from assistant.errors import NotFound
from assistant.workspaces.models import ApiKey, Workspace
from conversations import tasks
from conversations.context import memory, summaries
from conversations.context.summaries import SummaryCorrected
from conversations.messaging import attachments
from conversations.models import Attachment, Contact, Conversation, ConversationSummary, Message, MessageVector
from conversations.privacy import contacts
from conversations.reporting import article_suggestions
from knowledge.articles import publishing
from knowledge.articles.files import store as article_files
from knowledge.articles.files.models import ArticleFile
from knowledge.models import Article, Gap
from tests.assistant.uploads.test_images import picture
from tests.conversations.context.test_summaries import SAID, say
from tests.slow_writes.held_server import HeldServer
from tests.slow_writes.interleaving import PATIENCE_S, Beside, held_at, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Ana is a reseller."
ANSWER = "Yes. You can rent an e-bike at our shop in Aarhus for 45 euro a day, with a helmet and a lock."


@pytest.fixture
def ana(workspace: Workspace) -> Contact:
    return Contact.objects.create(workspace=workspace, name="Ana Holm")


@pytest.fixture
def conversation(workspace: Workspace, ana: Contact) -> Conversation:
    return Conversation.objects.create(workspace=workspace, contact=ana)


def again(conversation: Conversation) -> Conversation:
    """As another process would read it."""
    return Conversation.objects.select_related("workspace", "contact").get(pk=conversation.pk)


def versions() -> list[tuple[int, str, int]]:
    return list(ConversationSummary.objects.order_by("version").values_list("version", "origin", "upto_seq"))


# --- summaries: a fold and a correction ---


@pytest.fixture
def folding(conversation: Conversation, held_models: HeldServer) -> Beside:
    """A fold of eight messages that is stored, and is being shortened by the small model."""
    last = say(conversation, *SAID)
    held_models.hold()
    folding = Beside(lambda: summaries.fold_in(again(conversation), last))
    held_models.until_asked()
    return folding


def test_what_staff_correct_while_a_model_shortens_the_summary_stays(
    conversation: Conversation, folding: Beside, held_models: HeldServer
) -> None:
    """16 A.4: the model's version is not stored."""
    held_models.told(answer="We send a replacement by 24 November at no cost.")
    summaries.correct(again(conversation), WORDS, None)
    held_models.release()
    folding.result()

    assert versions() == [(1, "extractive", 8), (2, "staff", 8)]
    assert summaries.text_for(conversation).text.startswith(WORDS)


def test_without_a_correction_the_model_s_version_is_stored(
    conversation: Conversation, folding: Beside, held_models: HeldServer
) -> None:
    held_models.told(answer="We send a replacement by 24 November at no cost.")
    held_models.release()
    folding.result()

    assert versions() == [(1, "extractive", 8), (2, "model", 8)]


def test_an_erased_conversation_gets_no_summary(ana: Contact, folding: Beside, held_models: HeldServer) -> None:
    """16 A.4: and the worker does not fail."""
    held_models.told(answer="We send a replacement by 24 November at no cost.")
    contacts.erase(ana)
    held_models.release()

    folding.result()
    assert versions() == []


def test_a_correction_at_the_moment_of_a_fold_is_the_next_version(conversation: Conversation, no_engine: Any) -> None:
    """16 A.4: staff are not refused because a worker was quicker."""
    last = say(conversation, *SAID)

    with held_at("conversations_conversationsummary", "INSERT"):
        folding = Beside(lambda: summaries.fold_in(again(conversation), last))
        until_waiting("conversations_conversationsummary")
        correcting = Beside(lambda: summaries.correct(again(conversation), WORDS, None))
        until_waiting("conversations_conversation", sessions=2)
    folding.result()
    correcting.result()

    assert versions() == [(1, "extractive", 8), (2, "staff", 8)]


def test_a_fold_that_comes_after_a_correction_begins_anew(conversation: Conversation, no_engine: Any) -> None:
    """16 A.4: it was made from the version before, so it is not stored; the next one keeps staff's words."""
    summaries.fold_in(conversation, say(conversation, *SAID[:4]))
    last = say(conversation, *SAID[4:])

    with held_at("conversations_conversationsummary", "INSERT"):
        correcting = Beside(lambda: summaries.correct(again(conversation), WORDS, None))
        until_waiting("conversations_conversationsummary")
        folding = Beside(lambda: summaries.fold_in(again(conversation), last))
        until_waiting("conversations_conversation", sessions=2)
    correcting.result()

    assert folding.result() is None
    assert versions() == [(1, "extractive", 4), (2, "staff", 4)]
    assert summaries.fold_in(again(conversation), last).text.startswith(WORDS)


# --- summaries: a person is slow too ---


@pytest.fixture
def read(conversation: Conversation, no_engine: Any) -> int:
    """The version that staff had before their eyes; meanwhile more was folded in."""
    seen = summaries.fold_in(conversation, say(conversation, *SAID[:4])).version
    summaries.fold_in(conversation, say(conversation, *SAID[4:]))
    return seen


def test_what_was_folded_in_while_staff_wrote_is_not_lost(conversation: Conversation, read: int) -> None:
    """16 A.4: the correction replaces what staff read, and the rest is folded in behind it."""
    summaries.correct(again(conversation), WORDS, None, seen=read)

    row = summaries.fold_in(again(conversation), Message.objects.get(seq=8))

    assert versions() == [(1, "extractive", 4), (2, "extractive", 8), (3, "staff", 4), (4, "extractive", 8)]
    assert row.text.startswith(WORDS)
    assert "14 Oak Street" in row.text


def test_of_two_who_correct_the_same_version_the_second_is_told(conversation: Conversation, read: int) -> None:
    """16 A.4."""
    summaries.correct(again(conversation), WORDS, None, seen=read)

    with pytest.raises(SummaryCorrected):
        summaries.correct(again(conversation), "Ana is no reseller.", None, seen=read)
    with pytest.raises(NotFound):
        summaries.correct(again(conversation), "Ana is no reseller.", None, seen=99)


def test_the_door_takes_the_version_that_was_read(
    workspace: Workspace, conversation: Conversation, read: int, client: Any
) -> None:
    """16 A.4."""
    _, secret = ApiKey.issue(workspace, "key", ["conversations:write"])

    def patch(**body: Any) -> Any:
        path, key = f"/api/v1/conversations/{conversation.pk}/summary/", {"authorization": f"Bearer {secret}"}
        return client.patch(path, body, headers=key, content_type="application/json")

    first, second, unseen = patch(text=WORDS, version=read), patch(text="No.", version=read), patch(text="Yes.")

    assert (first.status_code, first.json()["upto_seq"]) == (200, 4)
    assert (second.status_code, second.json()["error"]["code"]) == (409, "summary_corrected")
    assert (unseen.status_code, unseen.json()["version"]) == (200, 4)


def test_the_page_of_a_conversation_sends_the_version_that_it_shows(
    conversation: Conversation, read: int, superuser: Any
) -> None:
    """16 A.4."""
    page = f"/admin/conversations/conversation/{conversation.pk}/change/"
    assert 'name="version" value="2"' in superuser.get(page).content.decode()

    superuser.post(
        f"/admin/conversations/conversation/{conversation.pk}/admin_action/summary/", {"text": WORDS, "version": read}
    )

    assert versions()[-1] == (3, "staff", 4)


# --- memory ---


def test_an_erased_conversation_is_not_remembered(
    ana: Contact, conversation: Conversation, held_embedder: HeldServer
) -> None:
    """16 A.4: its messages were being embedded; the worker does not fail."""
    last = say(conversation, *SAID)
    held_embedder.hold()
    indexing = Beside(lambda: memory.index(again(conversation), last))
    held_embedder.until_asked()
    contacts.erase(ana)
    held_embedder.release()

    assert indexing.result() == 0
    assert not MessageVector.objects.exists()


# --- suggestions ---


@pytest.fixture
def resolved(conversation: Conversation) -> Conversation:
    conversation.messages.create(seq=1, role="customer", text="Do you rent out e-bikes?")
    conversation.messages.create(seq=2, role="person", text=ANSWER)
    Conversation.objects.update(status=Conversation.Status.RESOLVED)
    return again(conversation)


@pytest.fixture
def suggesting_it(resolved: Conversation, held_embedder: HeldServer) -> Beside:
    held_embedder.hold()
    suggestion = Beside(tasks.suggest_articles)
    held_embedder.until_asked()
    return suggestion


def test_what_an_erased_customer_was_told_is_not_suggested(
    ana: Contact, suggesting_it: Beside, held_embedder: HeldServer
) -> None:
    """16 A.4."""
    contacts.erase(ana)
    held_embedder.release()
    suggesting_it.result()

    assert not Gap.objects.exists()


def test_a_matter_that_is_taken_up_again_is_not_suggested(suggesting_it: Beside, held_embedder: HeldServer) -> None:
    """16 A.4: the answer did not settle it."""
    Conversation.objects.update(status=Conversation.Status.BOT)
    held_embedder.release()
    suggesting_it.result()

    assert not Gap.objects.exists()


def test_an_erasure_at_the_moment_of_a_suggestion_finds_it(ana: Contact, resolved: Conversation) -> None:
    """16 A.4: it waits, and takes out what was just written down."""
    with held_at("knowledge_gap", "INSERT"):
        suggestion = Beside(lambda: article_suggestions.suggest_from(resolved))
        until_waiting("knowledge_gap")
        erasing = Beside(lambda: contacts.erase(ana))
        until_waiting("conversations_conversation", sessions=1)
    assert suggestion.result()
    erasing.result()

    assert not Gap.objects.exists()
    assert not Conversation.objects.exists()


# --- files ---


class SlowFile(io.BytesIO):
    """An upload whose reading the test holds."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.begun.set()
        assert self.go_on.wait(PATIENCE_S)
        return super().read(size)


@pytest.fixture
def slow_file(settings: Any, tmp_path: Path) -> SimpleUploadedFile:
    settings.MEDIA_ROOT = tmp_path
    upload = SimpleUploadedFile("photo.png", picture())
    upload.file = SlowFile(picture())
    return upload


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_of_an_erased_customer_is_not_kept(
    ana: Contact, conversation: Conversation, slow_file: Any, tmp_path: Path
) -> None:
    """16 A.4: neither its row nor its bytes."""
    taking = Beside(lambda: attachments.take_in(again(conversation), slow_file))
    assert slow_file.file.begun.wait(PATIENCE_S)
    contacts.erase(ana)
    slow_file.file.go_on.set()

    with pytest.raises(NotFound):
        taking.result()
    assert not Attachment.objects.exists()
    assert stored(tmp_path) == []


def test_a_file_of_a_deleted_article_is_not_kept(workspace: Workspace, slow_file: Any, tmp_path: Path) -> None:
    """16 A.4: and nobody waits for the article while a picture is written anew."""
    article = publishing.save_draft(workspace, title="Labels", body="See below.")
    adding = Beside(lambda: article_files.add(Article.objects.get(), slow_file))
    assert slow_file.file.begun.wait(PATIENCE_S)
    with transaction.atomic():
        assert Article.objects.select_for_update(nowait=True).get() == article
    publishing.delete(Article.objects.get())
    slow_file.file.go_on.set()

    with pytest.raises(NotFound):
        adding.result()
    assert not ArticleFile.objects.exists()
    assert stored(tmp_path) == []


def test_what_is_said_of_a_conversation_that_is_not_there_is_no_error() -> None:
    tasks.summarise_up_to(str(uuid.uuid4()))

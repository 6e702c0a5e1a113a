"""Files of customers: which are accepted, who can read them, and what erasure deletes."""

import asyncio
import io
import uuid

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from assistant.uploads import images
from assistant.workspaces.models import ApiKey, Workspace
from conversations import tasks
from conversations.messaging import attachments
from conversations.models import Attachment, Contact, Conversation, Message
from conversations.privacy import contacts
from tests.assistant.uploads.test_images import picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visitor(server):
    """A client with the session of whoever said hello: `async with visitor(ana) as browser:`."""
    return lambda customer: client_of(server, customer.ready["session"])


def client_of(server, secret):
    return httpx.AsyncClient(
        base_url=f"http://{server}/api/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=30
    )


async def upload(browser, conversation, content, name="photo.png"):
    return await browser.post("/attachments/", data={"conversation": conversation}, files={"file": (name, content)})


async def test_a_picture_goes_with_a_message_and_comes_back_as_a_file_to_save(chat, visitor, no_engine):
    async with chat() as ana, visitor(ana) as browser:
        kept = (await upload(browser, ana.ready["conversation"], picture())).json()
        ref = str(uuid.uuid4())
        await ana.send(type="message.send", client_ref=ref, text="See here", attachments=[kept["id"]])
        await ana.next("message.accepted")
        said = (await browser.get(f"/conversations/{ana.ready['conversation']}/messages/")).json()["results"][0]
        content = await browser.get(f"/attachments/{kept['id']}/content/")

    assert (kept["name"], kept["content_type"]) == ("photo.png", "image/png")
    assert said["attachments"] == [kept]
    assert Image.open(io.BytesIO(content.content)).size == (40, 30)
    assert content.headers["content-disposition"] == 'attachment; filename="photo.png"'
    assert content.headers["content-type"] == "image/png"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in content.headers["content-security-policy"]


async def test_a_file_without_words_is_acknowledged_with_the_offer_of_a_person(chat, visitor, engine):
    async with chat() as ana, visitor(ana) as browser:
        kept = (await upload(browser, ana.ready["conversation"], picture())).json()
        await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text="", attachments=[kept["id"]])
        completed = await ana.next("reply.completed")

    assert completed["action"] == "offer_handoff"
    assert engine.asked == []


async def test_an_answer_to_a_message_with_a_file_is_not_kept_for_others(chat, visitor, engine, returns_article):
    engine.script = ["You have 30 days [1].", "You have 30 days [1]."]
    question = "How do I send something back?"
    async with chat() as ana, visitor(ana) as browser:
        kept = (await upload(browser, ana.ready["conversation"], picture())).json()
        await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text=question, attachments=[kept["id"]])
        await ana.next("reply.completed")
    async with chat() as bob:
        await bob.ask(question)

    assert len(engine.asked) == 2


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"x" * 2_001, "long.txt", 413, "attachment_too_large"),
        (b"MZ\x90\x00\x03" + b"\0" * 50, "run.png", 415, "attachment_type_refused"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "x.png", 415, "attachment_type_refused"),
        (b"<!doctype html><script>alert(1)</script>", "x.txt", 415, "attachment_type_refused"),
        (b"PK\x03\x04" + b"\0" * 50, "x.docx", 415, "attachment_type_refused"),
        (b"\x89PNG\r\n\x1a\n" + b"not a picture", "x.png", 422, "attachment_unreadable"),
        (b"", "empty.txt", 400, "invalid_request"),
    ],
)
async def test_what_may_not_come_in_is_refused(chat, visitor, settings, content, name, status, code):
    settings.ATTACHMENT_MAX_BYTES = 2_000
    async with chat() as ana, visitor(ana) as browser:
        refused = await upload(browser, ana.ready["conversation"], content, name)

    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert not await Attachment.objects.aexists()


async def test_a_picture_of_more_pixels_than_are_allowed_is_refused_with_how_many_are(chat, visitor):
    """B4: 48 million, as some phones take them."""
    async with chat() as ana, visitor(ana) as browser:
        refused = (await upload(browser, ana.ready["conversation"], picture("JPEG", (8000, 6000)))).json()["error"]

    assert refused["code"] == "attachment_unreadable"
    assert refused["message"] == "This image has too many pixels. The maximum is 16 million."
    assert refused["details"]["max_pixels"] == 16_000_000


async def test_a_picture_that_waits_for_its_turn_holds_no_connection(chat, visitor):
    """B4."""
    async with chat() as ana, visitor(ana) as browser:
        with images.QUEUE.turn():
            of_the_test = lent()
            sent = asyncio.create_task(upload(browser, ana.ready["conversation"], picture()))
            await until(lambda: len(images.QUEUE.line) == 2)
            lent_meanwhile = lent()
        answer = await sent

    assert lent_meanwhile <= of_the_test
    assert answer.status_code == 201


async def test_a_picture_whose_turn_does_not_come_is_refused_as_busy(chat, visitor, settings):
    """B4."""
    settings.IMAGE_WAIT_S = 0
    async with chat() as ana, visitor(ana) as browser:
        with images.QUEUE.turn():
            refused = await upload(browser, ana.ready["conversation"], picture())
            text = await upload(browser, ana.ready["conversation"], b"Order 4711", "order.txt")
        later = await upload(browser, ana.ready["conversation"], picture())

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
    assert refused.headers["retry-after"] == "5"
    assert (text.status_code, later.status_code) == (201, 201)


def lent():
    """Connections of this process that somebody holds."""
    pool = connection.pool.get_stats()
    return pool["pool_size"] - pool["pool_available"]


async def until(what):
    async with asyncio.timeout(30):
        while not what():  # noqa: ASYNC110 - a queue has no event for it
            await asyncio.sleep(0.01)


async def test_a_picture_with_too_long_a_side_is_refused(chat, visitor, settings):
    settings.ATTACHMENT_MAX_SIDE_PIXELS = 100
    async with chat() as ana, visitor(ana) as browser:
        answers = [await upload(browser, ana.ready["conversation"], picture("PNG", (1, high))) for high in (100, 101)]

    assert answers[0].status_code == 201
    assert answers[1].json()["error"]["code"] == "attachment_unreadable"


async def test_a_visitor_has_room_for_so_many_bytes(chat, visitor, settings):
    settings.ATTACHMENTS_PER_VISITOR_BYTES = 100
    async with chat() as ana, visitor(ana) as browser:
        first = await upload(browser, ana.ready["conversation"], b"x" * 80, "a.txt")
        second = await upload(browser, ana.ready["conversation"], b"x" * 80, "b.txt")

    assert (first.status_code, second.json()["error"]["code"]) == (201, "attachments_full")


@pytest.mark.parametrize(("path", "most_bytes"), [("/attachments/", 10_065_536), ("/conversations/", 1_048_576)])
async def test_a_body_without_end_is_cut_off(chat, visitor, path, most_bytes):
    taken = 0

    async def endless():
        nonlocal taken
        while True:
            taken += 100_000
            yield b"x" * 100_000

    async with chat() as ana, visitor(ana) as browser:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        try:
            refused = (await browser.post(path, content=endless(), headers=headers)).status_code
        except httpx.HTTPError:  # the line was closed while it was still sending
            refused = 413

    assert refused == 413
    assert taken < most_bytes + 40_000_000  # 30 MB pass unread, the rest was in buffers on the way


async def test_somebody_elses_conversation_and_files_are_not_found(chat, visitor, server):
    globex = await Workspace.objects.acreate(slug="globex", name="Globex")
    _, foreign_key = await sync_to_async(ApiKey.issue)(globex, "k", list(ApiKey.SCOPES))
    async with chat() as ana, chat() as bob, visitor(ana) as anas, visitor(bob) as bobs:
        kept = (await upload(anas, ana.ready["conversation"], picture())).json()
        into_hers = await upload(bobs, ana.ready["conversation"], picture())
        async with client_of(server, foreign_key) as globex_api:
            answers = [
                await client.request(method, f"/attachments/{kept['id']}/{path}")
                for client in (bobs, globex_api)
                for method, path in (("GET", ""), ("GET", "content/"), ("DELETE", ""))
            ]
        ref = str(uuid.uuid4())
        await bob.send(type="message.send", client_ref=ref, text="Mine now", attachments=[kept["id"]])
        refused = await bob.next("error")

    assert into_hers.status_code == 404
    assert [answer.status_code for answer in answers] == [404] * 6
    assert (refused["code"], refused["client_ref"]) == ("not_found", ref)
    assert not await Message.objects.aexists()
    assert await Attachment.objects.acount() == 1


async def test_a_file_is_sent_once_and_can_be_taken_back_before(chat, visitor, no_engine):
    async with chat() as ana, visitor(ana) as browser:
        sent = (await upload(browser, ana.ready["conversation"], picture())).json()["id"]
        unsent = (await upload(browser, ana.ready["conversation"], picture())).json()["id"]
        await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text="Here", attachments=[sent])
        await ana.next("message.accepted")
        answers = [(await browser.delete(f"/attachments/{pk}/")).status_code for pk in (sent, unsent)]

    assert answers == [409, 204]
    assert await Attachment.objects.acount() == 1


async def test_staff_programs_read_what_a_customer_sent(chat, visitor, server, workspace):
    _, key = await sync_to_async(ApiKey.issue)(workspace, "k", ["conversations:read"])
    async with chat() as ana, visitor(ana) as browser, client_of(server, key) as helpdesk:
        kept = (await upload(browser, ana.ready["conversation"], b"Order 4711", "order.txt")).json()
        content = await helpdesk.get(f"/attachments/{kept['id']}/content/")
        written = await upload(helpdesk, ana.ready["conversation"], picture())

    assert content.text == "Order 4711"
    assert written.status_code == 403


def test_who_is_erased_leaves_no_file(workspace):
    conversation, kept = kept_file(workspace)

    contacts.erase(conversation.contact)

    assert not Attachment.objects.exists()
    assert not default_storage.exists(kept.file.name)


def test_files_that_an_erasure_could_not_delete_are_deleted_by_the_hour(workspace, tmp_path):
    """C9: the disk was away. Others' files stay, and so does what is not ours."""
    _, kept = kept_file(workspace)
    left = tmp_path / "attachments" / str(uuid.uuid4()) / "photo.png"
    left.parent.mkdir()
    left.write_bytes(b"Ana")
    (tmp_path / "attachments" / "lost+found").mkdir()

    tasks.purge_unsent_attachments()

    assert not left.parent.exists()
    assert (tmp_path / "attachments" / "lost+found").exists()
    assert default_storage.exists(kept.file.name)


def test_a_file_that_nobody_sent_is_deleted_after_a_day(workspace, settings):
    settings.ATTACHMENT_UNSENT_KEPT_S = 0
    _, unsent = kept_file(workspace)
    conversation, sent = kept_file(workspace)
    message = Message.objects.create(conversation=conversation, seq=1, role="customer")
    attachments.give_to(message, [sent])

    attachments.purge_unsent()

    assert list(Attachment.objects.all()) == [sent]
    assert [default_storage.exists(each.file.name) for each in (unsent, sent)] == [False, True]


def kept_file(workspace):
    contact = Contact.objects.create(workspace=workspace)
    conversation = Conversation.objects.create(workspace=workspace, contact=contact)
    return conversation, attachments.take_in(conversation, upload_of(picture()))


def upload_of(content):
    return SimpleUploadedFile("photo.png", content)

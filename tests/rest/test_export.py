"""A contact's export is one ZIP with files, behind a link that works once (P2)."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.utils import timezone

from assistant.audit.models import Event
from assistant.audit.pseudonyms import pseudonym
from conversations.models import Attachment, Contact, Conversation, ConversationSummary, FileReading
from conversations.privacy.models import ExportLink
from tests.rest.conftest import client_of, key_of

MINE = ("my turquoise giraffe", "A summary of it", "not what I asked", "ana@quibble.example", "what the invoice says")


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def customer_of(workspace: Any, name: str, words: str) -> Contact:
    contact = Contact.objects.create(workspace=workspace, name=name, email=f"{name.lower()}@quibble.example")
    talk = Conversation.objects.create(workspace=workspace, contact=contact, last_seq=2)
    asked = talk.messages.create(seq=1, role="customer", text=words)
    rated = {"rating": "dislike", "rating_comment": "not what I asked"}
    talk.messages.create(seq=2, role="assistant", text="Yes.", in_reply_to=asked, **rated)
    ConversationSummary.objects.create(conversation=talk, version=1, upto_seq=1, text="A summary of it", origin="staff")
    kept = Attachment(conversation=talk, message=asked, name="invoice.txt", content_type="text/plain", size_bytes=3)
    kept.file.save(f"attachments/{talk.pk}/{kept.pk}", ContentFile(f"file of {name}".encode()), save=False)
    kept.save()
    FileReading.objects.create(attachment=kept, text="what the invoice says", status="read")
    return contact


@pytest.fixture
async def ana(workspace: Any, transactional_db: None) -> Contact:
    await sync_to_async(customer_of)(workspace, "Bob", "a secret of Bob's")
    return await sync_to_async(customer_of)(workspace, "Ana", "my turquoise giraffe")


async def link_of(api: httpx.AsyncClient, contact: Contact) -> str:
    made = await api.post(f"/contacts/{contact.pk}/export/")
    assert made.status_code == 201, made.text
    return made.json()["url"].partition("/api/v1")[2]


async def test_the_archive_has_everything_of_the_contact_and_nothing_of_another(api: Any, server: str, ana: Contact):
    link = await link_of(api, ana)
    async with client_of(server, "") as nobody:
        answer = await nobody.get(link)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        exported = json.loads(archive.read("export.json"))
        (name,) = [each for each in archive.namelist() if each.startswith("files/")]
        content = archive.read(name)
    text = json.dumps(exported)
    assert answer.headers["content-type"] == "application/zip"
    assert "no-store" in answer.headers["cache-control"]
    assert [word for word in MINE if word not in text] == []
    assert "Bob" not in text
    assert name.endswith("/invoice.txt")
    assert content == b"file of Ana"
    assert exported["missing_files"] == []


async def test_a_link_works_once_for_a_day_and_not_after_an_erasure(api: Any, server: str, ana: Contact):
    used, old, erased = [await link_of(api, ana) for _ in range(3)]
    async with client_of(server, "") as nobody:
        assert (await nobody.get(used)).status_code == 200
        again = await nobody.get(used)
        await ExportLink.objects.filter(used_at=None).aupdate(created_at=timezone.now() - timedelta(hours=25))
        late = await nobody.get(old)
        await ExportLink.objects.filter(used_at=None).aupdate(created_at=timezone.now())
        assert (await api.delete(f"/contacts/{ana.pk}/")).status_code == 204
        gone = await nobody.get(erased)
        made_up = await nobody.get("/exports/made-up/")

    for answer in (again, late, gone, made_up):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert not await ExportLink.objects.filter(contact=ana.pk).aexists()


async def test_a_file_that_is_not_on_the_disk_is_named(api: Any, ana: Contact):
    kept = await Attachment.objects.aget(conversation__contact=ana)
    await sync_to_async(kept.file.storage.delete)(kept.file.name)

    answer = await api.get(await link_of(api, ana))

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("export.json"))["missing_files"] == [str(kept.pk)]


async def test_a_link_needs_the_scope_and_the_own_workspace_and_is_audited(api: Any, server: str, workspace: Any, ana):
    async with client_of(server, await key_of(workspace, "conversations:read")) as reader:
        refused = await reader.post(f"/contacts/{ana.pk}/export/")
    link = await link_of(api, ana)
    await api.get(link)
    await api.get(f"/contacts/{ana.pk}/export/")

    recorded = [event async for event in Event.objects.order_by("pk")]
    assert refused.status_code == 403
    assert [event.action for event in recorded] == [
        "POST contacts/<uuid:contact_id>/export/",
        "contact.export_downloaded",
        "GET contacts/<uuid:contact_id>/export/",
    ]
    assert recorded[0].actor.startswith("key bk_")
    assert recorded[0].detail == {"contact_id": pseudonym(ana.pk)}
    assert recorded[1].subject == pseudonym(ana.pk)
    assert link.split("/")[-2] not in json.dumps([event.detail for event in recorded])
